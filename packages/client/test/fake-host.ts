import type { NetworkHealth, Role } from '@amphi/protocol';
import { role as roleSchema } from '@amphi/protocol';
import type {
  CaptureRequest,
  Environment,
  HttpRequest,
  HttpResponse,
  MediaDevice,
  SocketListener,
  TestPicture,
  VideoSink,
  VideoSize,
} from '../src/index.ts';
import { ClientError } from '../src/index.ts';
import { FakePeerConnection, fakeTrack } from './fake-peer-connection.ts';

const layers = [
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1200, maxFramerate: 30 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 400, maxFramerate: 30 },
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150, maxFramerate: 15 },
];

export const roles: Record<string, Role> = {
  broadcaster: roleSchema.parse({
    name: 'broadcaster',
    publishParams: {
      allowed: ['audio', 'video', 'screen'],
      video: { width: 1280, height: 720, frameRate: 30, bitRate: 1200 },
      simulcast: { video: { layers }, screen: {} },
    },
    subscribeParams: { subscribeToRoles: ['broadcaster', 'guest'] },
    permissions: {
      endRoom: true,
      changeRole: true,
      hlsStreaming: true,
      browserRecording: true,
      rtmpStreaming: true,
      removeOthers: true,
      pollWrite: true,
    },
  }),
  guest: roleSchema.parse({
    name: 'guest',
    publishParams: { allowed: ['audio', 'video'], video: { width: 640, height: 360, frameRate: 25, bitRate: 400 } },
    subscribeParams: { subscribeToRoles: ['broadcaster', 'guest'] },
  }),
  webinar: roleSchema.parse({ name: 'webinar', subscribeParams: { subscribeToRoles: ['broadcaster'] } }),
  viewer: roleSchema.parse({ name: 'viewer' }),
};

export interface Frame {
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly id?: string;
}

/** One socket as the server sees it. */
export class FakeServerSocket {
  readonly url: URL;
  readonly frames: Frame[] = [];
  isClosed = false;
  readonly #host: FakeHost;
  readonly #listener: SocketListener;

  constructor(host: FakeHost, url: string, listener: SocketListener) {
    this.#host = host;
    this.url = new URL(url);
    this.#listener = listener;
  }

  open(): void {
    this.#listener.opened();
    if (this.#host.sendsPolicy) this.notify('on-policy-change', this.#host.policy());
  }

  receive(text: string): void {
    const frame = JSON.parse(text) as Frame;
    this.frames.push(frame);
    if (frame.method === undefined) return;
    if (frame.id === undefined) {
      this.#host.onNotification(frame.method, frame.params ?? {});
      return;
    }
    const answer = this.#host.answers[frame.method];
    if (answer === 'silent') return;
    const reply = answer ? answer(frame.params ?? {}) : { result: {} };
    queueMicrotask(() => {
      this.send({ id: frame.id, ...reply });
      if (frame.method === 'join' && 'result' in reply && this.#host.saysWhoIsThere) {
        this.notify('peer-list', { peers: {}, room: roomObject() });
      }
    });
  }

  notify(method: string, params: unknown): void {
    this.send({ jsonrpc: '2.0', method, params });
  }

  send(message: unknown): void {
    if (!this.isClosed) this.#listener.message(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.#listener.message(text);
  }

  /** The network or the server lets go of it. */
  drop(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#listener.closed();
  }

  requests(method: string): Frame[] {
    return this.frames.filter((frame) => frame.method === method);
  }
}

type Answer = (
  params: Record<string, unknown>,
) =>
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

/** A server and a browser in one: everything that a session touches, and records of what it did. */
export class FakeHost implements Environment {
  roleName = 'broadcaster';
  sendsPolicy = true;
  /** By itself, behind the answer to `join`: nobody. */
  saysWhoIsThere = true;
  /** Answers by method; without one a request gets `{}`. */
  readonly answers: Record<string, Answer | 'silent'> = {
    join: (params) => ({ result: params.offer ? { type: 'answer', sdp: 'v=0 answer' } : {} }),
    offer: () => ({ result: { type: 'answer', sdp: 'v=0 answer' } }),
    broadcast: () => ({ result: { timestamp: 1_793_000_000_500, message_id: 'm-1' } }),
  };
  /** What the client says without asking for an answer. */
  onNotification: (method: string, params: Record<string, unknown>) => void = () => {};
  /** Refuses or loses HTTP requests when set. */
  http: { status: number; body: unknown; retryAfter?: string } | 'unreachable' | 'silent' | undefined;
  /** As the init answer tells it. */
  networkHealth: NetworkHealth | undefined;
  /** Of the init answer. */
  /** How the room is to look; what is no layout is told all the same. */
  layouts: readonly unknown[] = [];
  iceServers: { urls: string; username?: string; credential?: string }[] = [{ urls: 'stun:live.example.org' }];
  flags: string[] = ['simulcast'];
  readonly refusedTokens = new Set<string>();
  readonly httpRequests: { url: string; request: HttpRequest }[] = [];
  readonly sockets: FakeServerSocket[] = [];
  readonly peerConnections: FakePeerConnection[] = [];
  readonly captures: CaptureRequest[] = [];
  captureError: ClientError | undefined;
  /** By device; '' is the browser's choice. */
  readonly captureErrors = new Map<string, ClientError>();
  screenAudio = true;
  devices: MediaDevice[] = [{ id: 'cam-1', kind: 'camera', label: 'Front' }];
  readonly sinks: FakeVideoSink[] = [];
  readonly playing = new Map<string, MediaStreamTrack>();
  readonly volumes = new Map<string, number>();
  sinkId = '';
  testSounds = 0;
  readonly userAgent = 'sdk:test';
  #nextId = 0;
  readonly #visibility = new Set<(isVisible: boolean) => void>();
  #network: (online: boolean) => void = () => {};
  #blocked: (blocked: boolean) => void = () => {};

  readonly media: NonNullable<Environment['media']> = {
    canCaptureScreen: true,
    capture: async (request) => {
      this.captures.push(request);
      await Promise.resolve();
      const error = this.captureError ?? this.captureErrors.get(request.deviceId ?? '');
      if (error) throw error;
      return fakeTrack(request.kind, `capture-${this.captures.length}`);
    },
    captureScreen: async () => {
      if (this.captureError) throw this.captureError;
      return {
        video: fakeTrack('video', 'screen-video'),
        audio: this.screenAudio ? fakeTrack('audio', 'screen-audio') : undefined,
      };
    },
    listDevices: async () => this.devices,
    onDeviceChange: (listener) => {
      this.#deviceListeners.add(listener);
      return () => this.#deviceListeners.delete(listener);
    },
  };
  readonly #deviceListeners = new Set<() => void>();

  /** A device was plugged in or out: `devices` has been changed. */
  changeDevices(): void {
    for (const listener of this.#deviceListeners) listener();
  }

  readonly page = {
    isVisible: true,
    onVisibility: (listener: (isVisible: boolean) => void) => {
      this.#visibility.add(listener);
      return () => this.#visibility.delete(listener);
    },
    onEnd: (listener: () => void) => {
      this.#pageEnd.add(listener);
      return () => this.#pageEnd.delete(listener);
    },
  };
  readonly #pageEnd = new Set<() => void>();

  /** The page is closed. */
  endPage(): void {
    for (const listener of this.#pageEnd) listener();
  }

  setVisible(isVisible: boolean): void {
    this.page.isVisible = isVisible;
    for (const listener of this.#visibility) listener(isVisible);
  }

  readonly audioOutput: Environment['audioOutput'] = {
    play: (id, track) => {
      this.playing.set(id, track);
    },
    stop: (id) => {
      this.playing.delete(id);
      this.volumes.delete(id);
    },
    setVolume: (id, volume) => {
      this.volumes.set(id, volume);
    },
    canSelect: true,
    select: async (deviceId) => {
      if (deviceId === 'gone') throw new ClientError('device_missing', 'speaker: not found');
      this.sinkId = deviceId;
    },
    test: async () => {
      this.testSounds += 1;
    },
    onBlocked: (listener) => {
      this.#blocked = listener;
      return () => {};
    },
    unblock: async () => this.#blocked(false),
  };

  policy(): unknown {
    return { name: this.roleName, template_id: 't-1', known_roles: roles };
  }

  get socket(): FakeServerSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }

  get publish(): FakePeerConnection {
    return this.#connection(0);
  }

  get subscribe(): FakePeerConnection {
    return this.#connection(1);
  }

  async fetch(url: string, request: HttpRequest): Promise<HttpResponse> {
    this.httpRequests.push({ url, request });
    if (this.http === 'unreachable') throw new TypeError('Failed to fetch');
    if (this.http === 'silent') {
      return new Promise((_, reject) =>
        request.signal?.addEventListener('abort', () => reject(new TypeError('aborted'))),
      );
    }
    if (this.http) return answerOf(this.http.status, this.http.body, this.http.retryAfter);
    if (this.refusedTokens.has(request.headers?.authorization?.replace('Bearer ', '') ?? '')) {
      return answerOf(401, { code: 401, message: 'token expired' });
    }
    if (url.includes('/v2/layouts/ui')) return answerOf(200, { data: this.layouts, limit: 1, last: '' });
    if (url.includes('/v2/client/feedback')) return answerOf(200, {});
    if (url.includes('/v2/token')) return answerOf(200, { token: testToken() });
    return answerOf(200, {
      endpoint: 'wss://live.example.org/ws?a=1',
      rtcConfiguration: { ice_servers: this.iceServers },
      config: { enabledFlags: this.flags, ...(this.networkHealth && { networkHealth: this.networkHealth }) },
    });
  }

  openSocket(url: string, listener: SocketListener): { send(text: string): void; close(): void } {
    const socket = new FakeServerSocket(this, url, listener);
    this.sockets.push(socket);
    queueMicrotask(() => socket.open());
    return {
      send: (text) => {
        if (!socket.isClosed) socket.receive(text);
      },
      close: () => socket.drop(),
    };
  }

  createPeerConnection(): FakePeerConnection {
    const connection = new FakePeerConnection();
    this.peerConnections.push(connection);
    return connection;
  }

  createTestPicture(): TestPicture {
    return { track: fakeTrack('video', 'noise'), stop: () => {} };
  }

  createVideoSink(): VideoSink {
    const sink = new FakeVideoSink();
    this.sinks.push(sink);
    return sink;
  }

  onNetworkChange(listener: (online: boolean) => void): () => void {
    this.#network = listener;
    return () => {};
  }

  setOnline(online: boolean): void {
    this.#network(online);
  }

  setBlocked(blocked: boolean): void {
    this.#blocked(blocked);
  }

  randomId = (): string => `id-${++this.#nextId}`;

  #connection(index: number): FakePeerConnection {
    const connection = this.peerConnections[index];
    if (!connection) throw new Error(`peer connection ${index} was not made`);
    return connection;
  }
}

export class FakeVideoSink implements VideoSink {
  shown: MediaStreamTrack | undefined;
  #listener: (size: VideoSize) => void = () => {};

  show(track: MediaStreamTrack | undefined): void {
    this.shown = track;
  }

  watch(listener: (size: VideoSize) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = () => {};
    };
  }

  resize(size: VideoSize): void {
    this.#listener(size);
  }
}

/** An auth token with the claims a client reads; a name beyond ASCII makes it URL-safe base64. */
export function testToken(
  claims: Record<string, unknown> = { room_id: 'r-1', role: 'broadcaster', user_id: 'ü>?~' },
): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part(claims)}.c2ln`;
}

function answerOf(status: number, body: unknown, retryAfter: string | null = null): HttpResponse {
  return {
    status,
    header: (name) => (name === 'retry-after' ? retryAfter : null),
    text: async () => (typeof body === 'string' ? body : JSON.stringify(body)),
  };
}

/** A room object as the server sends it. */
export function roomObject(hls: unknown = { enabled: false, variants: [] }): Record<string, unknown> {
  const off = { enabled: false, state: 'none' };
  return {
    name: 'town hall',
    session_id: 's-1',
    started_at: 1_793_000_000_000,
    recording: { sfu: off, browser: off, hls: off },
    streaming: { enabled: false, rtmp: off, hls },
    transcriptions: [],
  };
}

export function peerInfo(id: string, role: string, name = id): Record<string, unknown> {
  return { peer_id: id, role, groups: [], info: { name, data: '', user_id: `u-${id}`, type: 'regular' } };
}

export function peerObject(id: string, role: string, tracks: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...peerInfo(id, role), joined_at: 1_793_000_000_000, realtime: true, tracks };
}

export function trackObject(
  id: string,
  type: 'audio' | 'video',
  mute = false,
  source = 'regular',
): Record<string, unknown> {
  return { track_id: id, stream_id: `stream-of-${id}`, type, source, description: '', mute };
}
