import type { DataChannelPort, PeerConnectionPort, SenderOptions, SenderPort, StatsEntry } from '../src/index.ts';

interface FakeSender {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly streamId: string;
  readonly trackId: string;
  readonly encodings: readonly RTCRtpEncodingParameters[];
  track: MediaStreamTrack | undefined;
  isActive: boolean;
}

let made = 0;

/** What a browser does takes time; here some turns of the queue of microtasks. */
const TURNS = 3;

/**
 * A peer connection that writes and reads just as much SDP as the client looks at. As in browsers, what is under way when it
 * is closed never settles (WebRTC 1.0, 4.4.1.2).
 */
export class FakePeerConnection implements PeerConnectionPort {
  readonly sessionId = `${++made}`;
  readonly senders: FakeSender[] = [];
  readonly accepted: string[] = [];
  readonly remoteCandidates: RTCIceCandidateInit[] = [];
  version = 0;
  iceRestarts = 0;
  configuration: RTCConfiguration | undefined;
  isClosed = false;
  channelLabel: string | undefined;
  /** Makes `answer` fail. */
  answerError: Error | undefined;
  /** Sections that the browser has no decoder for. */
  readonly refusedMids = new Set<string>();
  state: RTCPeerConnectionState = 'new';
  #onState: (state: RTCPeerConnectionState) => void = () => {};
  #onCandidate: (candidate: RTCIceCandidateInit) => void = () => {};
  #onDataChannel: (channel: DataChannelPort) => void = () => {};
  #received: { mid: string; track: MediaStreamTrack }[] = [];

  onState(listener: (state: RTCPeerConnectionState) => void): void {
    this.#onState = listener;
  }

  onCandidate(listener: (candidate: RTCIceCandidateInit) => void): void {
    this.#onCandidate = listener;
  }

  onDataChannel(listener: (channel: DataChannelPort) => void): void {
    this.#onDataChannel = listener;
  }

  createDataChannel(label: string): void {
    this.channelLabel = label;
  }

  configure(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  async offer({ iceRestart }: { iceRestart: boolean }): Promise<string> {
    if (this.isClosed) throw new DOMException('The connection is closed.', 'InvalidStateError');
    await this.#underWay();
    if (iceRestart) this.iceRestarts++;
    this.version++;
    this.#onCandidate({ candidate: `candidate:${this.version}`, sdpMid: '0', sdpMLineIndex: 0 });
    const sections = this.senders.map((sender) =>
      [
        `m=${sender.kind} 9 UDP/TLS/RTP/SAVPF 96`,
        `a=mid:${sender.mid}`,
        sender.isActive ? 'a=sendonly' : 'a=inactive',
        ...(sender.isActive ? [`a=msid:${sender.streamId} ${sender.trackId}`] : []),
      ].join('\r\n'),
    );
    return [
      `v=0\r\no=- ${this.sessionId} ${this.version} IN IP4 127.0.0.1\r\ns=-`,
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0',
      ...sections,
    ].join('\r\n');
  }

  async acceptAnswer(sdp: string): Promise<void> {
    await this.#underWay();
    this.accepted.push(sdp);
  }

  async answer(offer: string): Promise<string> {
    await this.#underWay();
    if (this.answerError) throw this.answerError;
    this.#received = [...offer.matchAll(/m=(audio|video)[\s\S]*?a=mid:(\S+)/g)].map(([, kind, mid]) => ({
      mid: mid ?? '',
      track: fakeTrack(kind === 'audio' ? 'audio' : 'video', `browser-${mid}`),
    }));
    const refused = [...this.refusedMids].map((mid) => `m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:${mid}`);
    return [`answer to ${offer.length}`, ...refused].join('\r\n');
  }

  addSender(options: SenderOptions): SenderPort {
    const mid = String(this.senders.length + 1);
    const sender: FakeSender = {
      mid,
      kind: options.kind,
      streamId: `stream-${options.group}`,
      trackId: `track-${this.sessionId}-${mid}`,
      encodings: options.encodings,
      track: options.track,
      isActive: true,
    };
    this.senders.push(sender);
    return {
      mid,
      replaceTrack: async (track) => {
        await this.#underWay();
        sender.track = track;
      },
      deactivate: () => {
        sender.isActive = false;
      },
    };
  }

  receivers(): readonly { mid: string; track: MediaStreamTrack }[] {
    return this.#received;
  }

  async addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    this.remoteCandidates.push(candidate);
  }

  /** What the browser says of it. */
  statsEntries: () => readonly StatsEntry[] = () => [];

  async stats(): Promise<readonly StatsEntry[]> {
    return this.statsEntries();
  }

  close(): void {
    this.isClosed = true;
  }

  async #underWay(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
    if (this.isClosed) await new Promise(() => {});
  }

  setState(state: RTCPeerConnectionState): void {
    this.state = state;
    this.#onState(state);
  }

  /** The server's data channel opens. @returns what was sent on it, and a way to answer */
  openChannel(): FakeChannel {
    const channel = new FakeChannel();
    this.#onDataChannel(channel);
    return channel;
  }
}

export class FakeChannel implements DataChannelPort {
  readonly label = 'ion-sfu';
  readonly isOpen = true;
  readonly sent: { id: string; method: string; params: Record<string, unknown> }[] = [];
  /** Answers every request at once when set. */
  autoAnswer = true;
  #onText: (text: string) => void = () => {};

  onOpen(): void {}

  onText(listener: (text: string) => void): void {
    this.#onText = listener;
  }

  onClose(): void {}

  send(text: string): void {
    const request = JSON.parse(text) as FakeChannel['sent'][number];
    this.sent.push(request);
    if (this.autoAnswer) queueMicrotask(() => this.receive({ id: request.id, result: {} }));
  }

  receive(message: unknown): void {
    this.#onText(JSON.stringify(message));
  }
}

export interface FakeTrack {
  readonly kind: 'audio' | 'video';
  readonly id: string;
  enabled: boolean;
  isStopped: boolean;
  muted: boolean;
  onended: (() => void) | null;
  onmute: (() => void) | null;
  onunmute: (() => void) | null;
  stop(): void;
  /** The system takes the source, or gives it back. */
  setMuted(muted: boolean): void;
}

export function fakeTrack(kind: 'audio' | 'video', id: string): MediaStreamTrack & FakeTrack {
  const track: FakeTrack = {
    kind,
    id,
    enabled: true,
    isStopped: false,
    muted: false,
    onended: null,
    onmute: null,
    onunmute: null,
    stop() {
      track.isStopped = true;
    },
    setMuted(muted) {
      track.muted = muted;
      if (muted) track.onmute?.();
      else track.onunmute?.();
    },
  };
  return track as unknown as MediaStreamTrack & FakeTrack;
}
