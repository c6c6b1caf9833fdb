import type { Unsubscribe } from '@amphi/base';
import type { Socket, SocketListener } from '@amphi/signaling';

export type { Socket, SocketListener };

/**
 * What this package needs of a browser, as narrow as it is used. `browserEnvironment()` gives the real one;
 * tests and other hosts give their own.
 */
export interface Environment {
  fetch(url: string, init: HttpRequest): Promise<HttpResponse>;
  openSocket(url: string, listener: SocketListener): Socket;
  createPeerConnection(configuration: RTCConfiguration): PeerConnectionPort;
  /** Whether it sends VP9 in one stream that has its layers in itself, as far as one can know beforehand. Absent: it does not. */
  sendsSpatialLayers?(): boolean;
  /** Absent on a page that is neither HTTPS nor localhost. */
  readonly media: MediaPort | undefined;
  readonly page: PagePort;
  readonly audioOutput: AudioOutput;
  createVideoSink(element: HTMLVideoElement): VideoSink;
  /** A picture that is hard to compress, to measure what a connection carries. */
  createTestPicture(): TestPicture;
  /** The browser noticed that the network came or went. */
  onNetworkChange(listener: (online: boolean) => void): Unsubscribe;
  /** A UUID. */
  randomId(): string;
  /** `user_agent_v2` of the protocol: `key:value` pairs joined by commas. */
  readonly userAgent: string;
}

/** A request, as `fetch` takes it. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** What came back; a status other than 2xx is an answer, too. */
export interface HttpResponse {
  readonly status: number;
  /** Value of a response header, where the server lets this page read it. */
  header(name: string): string | null;
  text(): Promise<string>;
}

/** One `RTCPeerConnection`. Descriptions travel as SDP text. */
export interface PeerConnectionPort {
  readonly state: RTCPeerConnectionState;
  onState(listener: (state: RTCPeerConnectionState) => void): void;
  onCandidate(listener: (candidate: RTCIceCandidateInit) => void): void;
  onDataChannel(listener: (channel: DataChannelPort) => void): void;
  createDataChannel(label: string): void;
  /**
   * ICE servers for the next ICE restart. To be called only when one follows, or when the other side makes the offers: it
   * turns the next offer of this side into an ICE restart (RFC 8829, 4.1.18).
   */
  configure(configuration: RTCConfiguration): void;
  /** Makes an offer and sets it as the local description. */
  offer(options: { readonly iceRestart: boolean }): Promise<string>;
  acceptAnswer(sdp: string): Promise<void>;
  /** Applies an offer of the other side and gives the answer, set as the local description. */
  answer(offer: string): Promise<string>;
  addSender(options: SenderOptions): SenderPort;
  /** What is received, by section; only sections with a mid. */
  receivers(): readonly { readonly mid: string; readonly track: MediaStreamTrack }[];
  addCandidate(candidate: RTCIceCandidateInit): Promise<void>;
  stats(): Promise<readonly StatsEntry[]>;
  close(): void;
}

/** How a track is sent from the start. */
export interface SenderOptions {
  readonly kind: 'audio' | 'video';
  /** Senders with the same group share one stream id. */
  readonly group: string;
  readonly track: MediaStreamTrack | undefined;
  readonly encodings: readonly RTCRtpEncodingParameters[];
}

/** What sends one track on a connection, or none at present. */
export interface SenderPort {
  /** Undefined before the first offer that carries it. */
  readonly mid: string | undefined;
  /** Without renegotiation. `undefined` sends nothing. */
  replaceTrack(track: MediaStreamTrack | undefined): Promise<void>;
  /** Stops sending from the next offer on. */
  deactivate(): void;
}

/** The subscribe connection's data channel. */
export interface DataChannelPort {
  readonly label: string;
  readonly isOpen: boolean;
  onOpen(listener: () => void): void;
  onText(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
  send(text: string): void;
}

/** One entry of an `RTCStatsReport`. */
export type StatsEntry = Readonly<Record<string, unknown>> & { readonly type: string; readonly timestamp: number };

/** Which of the devices of a person it is. */
export type DeviceKind = 'microphone' | 'camera' | 'speaker';

/** A device that can be chosen. */
export interface MediaDevice {
  readonly id: string;
  readonly kind: DeviceKind;
  /** Empty until the person allowed a capture. */
  readonly label: string;
}

/** What a microphone or camera is asked for. */
export interface CaptureRequest {
  readonly kind: 'audio' | 'video';
  readonly deviceId?: string;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
}

/** The browser's devices. */
export interface MediaPort {
  /** @throws ClientError `device_denied`, `device_missing`, `device_in_use`, `device_failed` */
  capture(request: CaptureRequest): Promise<MediaStreamTrack>;
  /** False on browsers without display capture (phones). */
  readonly canCaptureScreen: boolean;
  /** @throws ClientError `capture_cancelled`, `device_denied`, `device_failed` */
  captureScreen(request: {
    readonly width: number;
    readonly height: number;
    readonly frameRate: number;
  }): Promise<{ readonly video: MediaStreamTrack; readonly audio: MediaStreamTrack | undefined }>;
  listDevices(): Promise<readonly MediaDevice[]>;
  onDeviceChange(listener: () => void): Unsubscribe;
}

/** Whether somebody can see the page, and its end. */
export interface PagePort {
  readonly isVisible: boolean;
  onVisibility(listener: (isVisible: boolean) => void): Unsubscribe;
  /** It is closed, or another takes its place; not when it is only put aside and may come back (`pagehide`, HTML 7.4). */
  onEnd(listener: () => void): Unsubscribe;
}

/** Plays what others say. */
export interface AudioOutput {
  play(trackId: string, track: MediaStreamTrack): void;
  stop(trackId: string): void;
  /** Of a track that plays: 0 (silent) to 1. Phones of Apple leave it to their keys. */
  setVolume(trackId: string, volume: number): void;
  /** False where the browser leaves the speaker to the system. */
  readonly canSelect: boolean;
  /**
   * Plays everything through this device from now on; '' = the system's own choice.
   * @throws ClientError `device_missing`, `device_denied`, `device_failed`
   */
  select(deviceId: string): Promise<void>;
  /** Plays a short sound there. To be called from a click or key handler. */
  test(): Promise<void>;
  /** True while sound does not play because the browser wants a gesture first or the system has paused it. */
  onBlocked(listener: (blocked: boolean) => void): Unsubscribe;
  /** To be called from a click or key handler. */
  unblock(): Promise<void>;
}

/** A track without a camera, until it is stopped. */
export interface TestPicture {
  readonly track: MediaStreamTrack;
  stop(): void;
}

/** How much of a video element can be seen, in device pixels. */
export interface VideoSize {
  readonly isVisible: boolean;
  readonly width: number;
  readonly height: number;
}

/** A video element: what is shown in it, and how large it is. */
export interface VideoSink {
  show(track: MediaStreamTrack | undefined): void;
  /** Calls `listener` at once and on every change. */
  watch(listener: (size: VideoSize) => void): Unsubscribe;
}
