// A client with two peer connections, as the genuine one behaves on the wire. Runs in a page; the functions
// `sendPublishOffer`, `sendAnswer`, `gotData` are given by the test.
const publishPc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
const subscribePc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
let channel;
let answered = Promise.resolve();

/** Tracks published, by name: { transceiver, state }. */
const published = new Map();
/** Events of the subscribe connection, oldest first. */
const events = [];

publishPc.createDataChannel('ion-sfu', { protocol: 'SCTP' });

subscribePc.ondatachannel = (event) => {
  channel = event.channel;
  channel.onmessage = (message) => globalThis.gotData(message.data);
};
subscribePc.ontrack = ({ track, streams, transceiver }) => {
  events.push({ type: 'track', kind: track.kind, mid: transceiver.mid, streamId: streams[0]?.id });
  const element = document.createElement(track.kind);
  element.autoplay = true;
  element.muted = true;
  element.srcObject = new MediaStream([track]);
  document.body.append(element);
  streams[0]?.addEventListener('removetrack', () => events.push({ type: 'removetrack', mid: transceiver.mid }));
};

/** A moving picture that costs nothing to make, with a hue of its own. */
function picture(hue, width = 640, height = 360) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  let frame = 0;
  setInterval(() => {
    frame += 1;
    context.fillStyle = `hsl(${hue} 80% 50%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = 'white';
    context.fillRect((frame * 16) % width, 0, 32, height);
  }, 50);
  return canvas.captureStream(20).getVideoTracks()[0];
}

/** A picture that no encoder can make small: it takes all of its bit rate. */
function noise(width, height) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const size = 8;
  setInterval(() => {
    for (let x = 0; x < width; x += size)
      for (let y = 0; y < height; y += size) {
        context.fillStyle = `hsl(${Math.random() * 360} 80% 50%)`;
        context.fillRect(x, y, size, size);
      }
  }, 50);
  return canvas.captureStream(20).getVideoTracks()[0];
}

let audioContext;
function tone(frequency) {
  audioContext ??= new AudioContext();
  const oscillator = audioContext.createOscillator();
  oscillator.frequency.value = frequency;
  const destination = audioContext.createMediaStreamDestination();
  oscillator.connect(destination);
  oscillator.start();
  return destination.stream.getAudioTracks()[0];
}

/** A picture that flashes and a sound that beeps together, 100 ms long at each full second of the page's clock. */
function flashAndBeep() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
  const context = canvas.getContext('2d');
  audioContext ??= new AudioContext();
  const oscillator = audioContext.createOscillator();
  const gain = audioContext.createGain();
  gain.gain.value = 0;
  const destination = audioContext.createMediaStreamDestination();
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  setInterval(() => {
    const isOn = Date.now() % 1000 < 100;
    gain.gain.value = isOn ? 1 : 0;
    context.fillStyle = isOn ? '#fff' : '#000';
    context.fillRect(0, 0, 320, 180);
  }, 10);
  return { video: canvas.captureStream(30).getVideoTracks()[0], audio: destination.stream.getAudioTracks()[0] };
}

/** Passes each encoded frame on later, as an uplink does that is too narrow for pictures. */
function holdBack(sender, delayMs) {
  const code = `onrtctransform = ({ transformer: { readable, writable } }) =>
    readable.pipeThrough(new TransformStream({
      transform: (frame, controller) => void setTimeout(() => controller.enqueue(frame), ${delayMs}),
    })).pipeTo(writable);`;
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
  sender.transform = new RTCRtpScriptTransform(worker);
}

/** Times (`performance.now()`) at which received flashes and beeps began, oldest first. */
const seen = [];
const heard = [];

/** Notes each time `isOn` has become true. */
function onset(times) {
  let was = true;
  return (isOn) => {
    if (isOn && !was) times.push(performance.now());
    was = isOn;
  };
}

async function negotiatePublish(options) {
  const offer = await publishPc.createOffer(options);
  const sdp = offer.sdp.replaceAll('useinbandfec=1', 'useinbandfec=1;usedtx=1');
  await publishPc.setLocalDescription({ type: 'offer', sdp });
  const tracks = [...published.values()].map(({ state }) => state);
  const result = await globalThis.sendPublishOffer(sdp, tracks);
  await publishPc.setRemoteDescription({ type: 'answer', sdp: result.answer });
  return result;
}

globalThis.peer = {
  connect: () => negotiatePublish(),

  async publish(
    name,
    {
      kind,
      source = 'regular',
      simulcast = false,
      stream = 'cam',
      width = simulcast ? 1280 : 640,
      codec,
      scalabilityMode,
      isClock = false,
      isNoise = false,
      heldBackMs = 0,
    },
  ) {
    if (isClock) peer.clock ??= flashAndBeep();
    const height = (width * 9) / 16;
    const draw = () => (isNoise ? noise(width, height) : picture(simulcast ? 120 : 240, width, height));
    const made = () => (kind === 'audio' ? tone(440) : draw());
    const track = isClock ? peer.clock[kind] : made();
    const media = peer.streams[stream] ?? new MediaStream();
    peer.streams[stream] = media;
    media.addTrack(track);
    const sendEncodings = simulcast
      ? [
          { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 900_000 },
          { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 300_000 },
          { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 100_000 },
        ]
      : scalabilityMode && [{ scalabilityMode, maxBitrate: 1_300_000 }];
    const transceiver = publishPc.addTransceiver(track, {
      direction: 'sendonly',
      streams: [media],
      ...(sendEncodings && { sendEncodings }),
    });
    if (codec) {
      const { codecs } = RTCRtpSender.getCapabilities(kind);
      transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === codec));
    }
    if (heldBackMs > 0) holdBack(transceiver.sender, heldBackMs);
    const state = { trackId: track.id, streamId: media.id, kind, source, muted: false };
    published.set(name, { transceiver, state });
    return { ...(await negotiatePublish()), trackId: track.id };
  },
  streams: {},

  /** From now on flashes and beeps that are received are noted. */
  watchLips() {
    const video = document.querySelector('video');
    const small = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
    const context = small.getContext('2d', { willReadFrequently: true });
    const flash = onset(seen);
    const look = () => {
      context.drawImage(video, 0, 0, 1, 1);
      flash(context.getImageData(0, 0, 1, 1).data[1] > 128);
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);

    audioContext ??= new AudioContext();
    const analyser = audioContext.createAnalyser();
    analyser.fftSize = 256;
    audioContext.createMediaStreamSource(document.querySelector('audio').srcObject).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const beep = onset(heard);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      beep(Math.max(...samples.map(Math.abs)) > 0.1);
    }, 5);
  },

  /** Per flash that had a beep within half a second: by how many ms it came after it, oldest first. */
  lips: () =>
    seen.flatMap((at) => {
      const nearest = heard.reduce((best, other) => (Math.abs(other - at) < Math.abs(best - at) ? other : best), 0);
      return Math.abs(at - nearest) < 500 ? [at - nearest] : [];
    }),

  async unpublish(name) {
    publishPc.removeTrack(published.get(name).transceiver.sender);
    published.delete(name);
    return negotiatePublish();
  },

  restartIce: () => negotiatePublish({ iceRestart: true }),
  renegotiate: () => negotiatePublish(),

  /** Answers a subscribe offer; two at once would be a fault of the server. */
  answer(sdp) {
    if (subscribePc.signalingState !== 'stable') throw new Error('an offer came while another was being answered');
    answered = answered.then(async () => {
      await subscribePc.setRemoteDescription({ type: 'offer', sdp });
      const answer = await subscribePc.createAnswer();
      await subscribePc.setLocalDescription(answer);
      return globalThis.sendAnswer(answer.sdp);
    });
    return answered;
  },

  sendData: (text) => channel.send(text),
  hasChannel: () => channel?.readyState === 'open' && channel.label,
  events: () => events,
  states: () => ({ publish: publishPc.connectionState, subscribe: subscribePc.connectionState }),
  transceivers: () => subscribePc.getTransceivers().map(({ mid, currentDirection }) => ({ mid, currentDirection })),

  /** Per received section: frames decoded, height, packets. */
  async received() {
    const report = await subscribePc.getStats();
    return [...report.values()]
      .filter(({ type }) => type === 'inbound-rtp')
      .map(({ mid, kind, framesDecoded = 0, frameHeight = 0, packetsReceived, framesReceived = 0, ...audio }) => ({
        mid,
        kind,
        framesDecoded,
        frameHeight,
        packetsReceived,
        framesReceived,
        samples: audio.totalSamplesReceived ?? 0,
        madeUpSamples: audio.concealedSamples ?? 0,
      }));
  },

  /** Per sent layer: rid, height, packets. */
  async sent() {
    const report = await publishPc.getStats();
    return [...report.values()]
      .filter(({ type }) => type === 'outbound-rtp')
      .map(({ mid, rid, kind, frameHeight = 0, packetsSent, framesEncoded = 0, pliCount = 0, firCount = 0 }) => ({
        mid,
        rid,
        kind,
        frameHeight,
        packetsSent,
        framesEncoded,
        keyFrameRequests: pliCount + firCount,
      }));
  },

  /** Protocol of the candidate pair in use. */
  async protocols() {
    const protocolOf = async (pc) => {
      const report = await pc.getStats();
      const transport = [...report.values()].find(({ type }) => type === 'transport');
      const pair = report.get(transport.selectedCandidatePairId);
      return report.get(pair.localCandidateId).protocol;
    };
    return [await protocolOf(publishPc), await protocolOf(subscribePc)];
  },
};
