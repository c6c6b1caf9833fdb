import type { DataChannelPort, PeerConnectionPort, SenderOptions, SenderPort, StatsEntry } from '../environment.ts';
import type { LayeredEncoding } from '../tracks/encodings.ts';

/** A `PeerConnectionPort` on the browser's `RTCPeerConnection` (WebRTC 1.0, W3C). */
export function browserPeerConnection(configuration: RTCConfiguration): PeerConnectionPort {
  const complete = (given: RTCConfiguration): RTCConfiguration => ({ bundlePolicy: 'max-bundle', ...given });
  const connection = new RTCPeerConnection(complete(configuration));
  const streams = new Map<string, MediaStream>();

  const streamOf = (group: string): MediaStream => {
    const stream = streams.get(group) ?? new MediaStream();
    streams.set(group, stream);
    return stream;
  };

  return {
    get state() {
      return connection.connectionState;
    },
    onState(listener) {
      connection.onconnectionstatechange = () => listener(connection.connectionState);
    },
    onCandidate(listener) {
      connection.onicecandidate = ({ candidate }) => {
        // An empty candidate ends the gathering; the protocol does not signal that (client protocol, 5.8).
        if (candidate?.candidate) listener(candidate.toJSON());
      };
    },
    onDataChannel(listener) {
      connection.ondatachannel = ({ channel }) => listener(dataChannel(channel));
    },
    createDataChannel(label) {
      connection.createDataChannel(label, { protocol: 'SCTP' });
    },
    configure: (next) => connection.setConfiguration(complete(next)),
    async offer({ iceRestart }) {
      await connection.setLocalDescription(await connection.createOffer({ iceRestart }));
      return localSdp(connection);
    },
    acceptAnswer: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
    async answer(offer) {
      await connection.setRemoteDescription({ type: 'offer', sdp: offer });
      await connection.setLocalDescription(await connection.createAnswer());
      return localSdp(connection);
    },
    addSender: (options) => addSender(connection, streamOf(options.group), options),
    receivers: () =>
      connection
        .getTransceivers()
        .flatMap(({ mid, receiver }) => (mid === null ? [] : [{ mid, track: receiver.track }])),
    addCandidate: (candidate) => connection.addIceCandidate(candidate),
    async stats() {
      const entries: StatsEntry[] = [];
      (await connection.getStats()).forEach((entry: StatsEntry) => {
        entries.push(entry);
      });
      return entries;
    },
    close() {
      connection.onconnectionstatechange = null;
      connection.onicecandidate = null;
      connection.ondatachannel = null;
      connection.close();
    },
  };
}

let spatialLayers: boolean | undefined;

/** Browsers that do not know scalability modes (WebRTC-SVC, W3C) give none back. */
export function sendsSpatialLayers(): boolean {
  spatialLayers ??= asksForSpatialLayers();
  return spatialLayers;
}

function asksForSpatialLayers(): boolean {
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  if (!codecs.some(({ mimeType }) => mimeType === 'video/VP9')) return false;
  const connection = new RTCPeerConnection();
  try {
    const sendEncodings: LayeredEncoding[] = [{ scalabilityMode: 'L3T3_KEY' }];
    const { sender } = connection.addTransceiver('video', { direction: 'sendonly', sendEncodings });
    const [encoding]: LayeredEncoding[] = sender.getParameters().encodings;
    return encoding?.scalabilityMode !== undefined;
  } catch {
    return false;
  } finally {
    connection.close();
  }
}

function addSender(connection: RTCPeerConnection, stream: MediaStream, options: SenderOptions): SenderPort {
  const transceiver = connection.addTransceiver(options.track ?? options.kind, {
    direction: 'sendonly',
    streams: [stream],
    sendEncodings: [...options.encodings],
  });
  return {
    get mid() {
      return transceiver.mid ?? undefined;
    },
    replaceTrack: (track) => transceiver.sender.replaceTrack(track ?? null),
    deactivate() {
      transceiver.direction = 'inactive';
    },
  };
}

function dataChannel(channel: RTCDataChannel): DataChannelPort {
  return {
    label: channel.label,
    get isOpen() {
      return channel.readyState === 'open';
    },
    onOpen(listener) {
      channel.onopen = () => listener();
    },
    onText(listener) {
      channel.onmessage = ({ data }: MessageEvent<unknown>) => {
        if (typeof data === 'string') listener(data);
      };
    },
    onClose(listener) {
      channel.onclose = () => listener();
    },
    send: (text) => channel.send(text),
  };
}

function localSdp(connection: RTCPeerConnection): string {
  return connection.localDescription?.sdp ?? '';
}
