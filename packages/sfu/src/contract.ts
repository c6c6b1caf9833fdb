import type { Clock, Closable, Emitter, Logger, Millis } from '@amphi/base';

/** Codes of the errors this package throws as `CodedError`. */
export type SfuErrorCode =
  /** The SDP cannot be read or used; the message says why. */
  | 'invalid_sdp'
  /** A publish offer older than one already answered on the same peer connection. */
  | 'stale_offer'
  /** An answer came although no offer waits for one. */
  | 'unexpected_answer'
  /** A plain subscription was asked for a track nobody publishes here. */
  | 'unknown_track'
  /** The thing (or what it hangs on) is closed, or its worker died. */
  | 'closed'
  /** More calls wait on one peer connection than a real client can cause. */
  | 'too_many_requests'
  /** No worker runs at the moment: one died and its successor has not started yet. */
  | 'no_worker'
  /** Workers, sockets or the listening address cannot be had. */
  | 'unavailable';

/** Simulcast layer names of the client protocol, lowest first. A track without simulcast has `high` only. */
export type LayerName = 'low' | 'medium' | 'high';
export type MediaKind = 'audio' | 'video';

export interface ListenAddress {
  /** Local address; `0.0.0.0` and `::` are all of their family. */
  readonly ip: string;
  /** What is written into ICE candidates in place of `ip` (NAT, or all addresses), asked for each connection anew. */
  readonly announced?: () => readonly string[];
}

export interface SfuOptions {
  /** Worker processes; one per core that may be kept busy. */
  readonly workers: number;
  /** Where media are received: each worker has one UDP and one TCP socket on each address. */
  readonly listen: readonly ListenAddress[];
  /** UDP port of the first worker; the n-th listens on `udpPort + n`. 0 or absent: any free port. */
  readonly udpPort?: number;
  /** TCP port (ICE-TCP fallback, RFC 6544), counted like `udpPort`. 0 or absent: any free port. */
  readonly tcpPort?: number;
  /** Where the plain RTP legs of egress are sent from. Default `127.0.0.1`. */
  readonly plainIp?: string;
  /** What a subscriber's downlink is taken to carry until it is measured. Default 1 500 000. */
  readonly initialOutgoingBitrateBps?: number;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** One worker process, for metrics. */
export interface WorkerStats {
  readonly pid: number;
  readonly sessionRouters: number;
  /** CPU time used since start, user + system, milliseconds. */
  readonly cpuMs: number;
  readonly udpPort: number;
  readonly tcpPort: number;
}

export interface SfuStats {
  readonly workers: readonly WorkerStats[];
  /** Workers that died since start and were replaced. */
  readonly workerDeaths: number;
  readonly sessionRouters: number;
  readonly publishings: number;
  readonly subscribings: number;
  readonly plainSubscriptions: number;
  /** Players of composed programs. */
  readonly viewings: number;
  readonly producers: number;
  readonly consumers: number;
}

/** The media plane of one server process: a pool of mediasoup workers. */
export interface Sfu extends Closable {
  /** On the least loaded worker. Throws `no_worker`, `closed`. */
  createSessionRouter(options: { readonly sessionId: string }): Promise<SessionRouter>;
  /** Asks the workers for their CPU use; the rest is counted here. */
  stats(): Promise<SfuStats>;
}

/** A track that can be subscribed to. */
export interface PublishedTrack {
  readonly trackId: string;
  readonly streamId: string;
  readonly peerId: string;
  readonly kind: MediaKind;
  /** `regular`, `screen`, … as the publisher states it. */
  readonly source: string;
  readonly muted: boolean;
  /** Names of the simulcast layers, lowest first; one entry when not simulcast; empty for audio. */
  readonly layers: readonly LayerName[];
}

export interface AudioLevel {
  readonly peerId: string;
  readonly trackId: string;
  /** 1–100. */
  readonly level: number;
}

export interface SessionRouterEvents {
  /** Loudest first, at most every 500 ms, unmuted tracks only; an empty list once when it becomes quiet. */
  audioLevels: { readonly levels: readonly AudioLevel[] };
  /** Unpublished, no longer allowed, or its publishing closed. */
  trackUnpublished: { readonly trackId: string; readonly peerId: string };
}

/** The media of one session, on one worker. Closes with `{ by: 'failure', code: 'worker_died' }` when the worker dies. */
export interface SessionRouter extends Closable {
  readonly sessionId: string;
  readonly events: Emitter<SessionRouterEvents>;
  createPublishing(options: { readonly peerId: string }): Promise<Publishing>;
  createSubscribing(options: { readonly peerId: string }): Promise<Subscribing>;
  /** Throws `unknown_track`. */
  createPlainSubscription(options: PlainSubscriptionOptions): Promise<PlainSubscription>;
  /** @param options where the program is sent from, and feedback is taken */
  createProgramSource(options: { readonly ip: string; readonly port: number }): Promise<ProgramSource>;
  tracks(): readonly PublishedTrack[];
}

/** What signaling says about a track that a publish offer may carry. */
export interface PublishableTrack {
  readonly trackId: string;
  readonly streamId: string;
  readonly kind: MediaKind;
  readonly source: string;
  readonly muted: boolean;
}

/** What a role allows of one kind of track. What is undefined is not limited. */
export interface TrackLimits {
  /** Mime type that is taken when the sender offers it; one that cannot is received as the SFU likes best. */
  readonly codec?: string;
  /** Simulcast streams, by rid; a sender whose rids are others may send as many. */
  readonly rids?: readonly string[];
  readonly maxBitrateBps?: number;
  /** Of video, in pixels and pictures per second: what the answer asks the sender to keep to. */
  readonly maxPicture?: { readonly width: number; readonly height: number; readonly frameRate: number };
}

export interface PublishLimits {
  readonly audio: TrackLimits;
  readonly video: TrackLimits;
  readonly screen: TrackLimits;
  readonly screenAudio: TrackLimits;
}

export interface PublishAnswer {
  readonly answer: string;
  /** New with this offer. */
  readonly published: readonly PublishedTrack[];
  /** Track ids gone with this offer. To be announced before `published`: a track id may stand in both. */
  readonly unpublished: readonly string[];
  /** Track ids of live sections that were not taken: not in `tracks`, no common codec, id in use, or bad parameters. */
  readonly refused: readonly string[];
  /** The client restarted ICE: its network may have changed, so its subscribe connection may need it too. */
  readonly iceRestarted: boolean;
  /** The offer came from a new peer connection that replaced an earlier one. */
  readonly replaced: boolean;
}

/**
 * `disconnected` may heal by itself or by an ICE restart; `failed` (DTLS) never does. `closed` without a call of `close`:
 * the client closed its peer connection.
 */
export type ConnectionState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

export interface PublishingEvents {
  connectionState: { readonly state: ConnectionState };
}

/** One publish peer connection: the client offers, the server answers. */
export interface Publishing extends Closable {
  readonly peerId: string;
  readonly connectionState: ConnectionState;
  readonly events: Emitter<PublishingEvents>;
  /**
   * Offers are processed one at a time in the order given. Sections are matched by the track id of their `a=msid`.
   * A live section whose track id is not in `tracks` (or of another kind) is published to nobody and named in `refused`.
   * Same `o=` session and a lower version: throws `stale_offer`; an equal version is a retry and answered again.
   * Another `o=` session: a new peer connection; the old transport and its producers are discarded first, and late
   * offers of the old one are stale.
   * Throws `invalid_sdp`, `stale_offer`, `too_many_requests`, `closed`. After a throw the connection is as before.
   */
  handleOffer(options: {
    readonly sdp: string;
    readonly tracks: ReadonlyMap<string, PublishableTrack>;
    /** Codec and streams of a section are agreed once, when it is first received; bit rates follow with each offer. */
    readonly limits?: PublishLimits;
  }): Promise<PublishAnswer>;
  /** Stops or resumes forwarding. Unknown ids are ignored. */
  setTrackMuted(trackId: string, muted: boolean): void;
  /**
   * The role no longer allows it: the track is unpublished now; the client's next offer should drop the section. An offer
   * that still sends it, with the track in `tracks`, publishes it again.
   */
  closeTrack(trackId: string): void;
  /** Tracks of this connection. */
  tracks(): readonly PublishedTrack[];
}

export interface DesiredTrack {
  /** false: the section stays, nothing is sent. */
  readonly subscribed: boolean;
  /** Highest layer wanted; `none` sends nothing. Ignored for audio. Without simulcast anything but `none` means send. */
  readonly maxLayer: 'none' | LayerName;
  /** 1 (default) is kept last, 255 first when the downlink does not carry everything. */
  readonly priority?: number;
}

/** How a subscriber is spared that loses packets: its video goes down a layer at a time, and comes back so. */
export interface DegradationPolicy {
  /** Share of packets lost, 0–1, from which on the downlink counts as struggling. */
  readonly lossThreshold: number;
  /** So long it struggles before a layer is taken … */
  readonly degradeAfterMs: Millis;
  /** … and so long it is well before one is given back. */
  readonly recoverAfterMs: Millis;
}

export interface SubscribeLimits {
  readonly maxBitrateBps?: number;
  readonly degradation?: DegradationPolicy;
}

export interface SubscribingEvents {
  /** To be sent to the client as it is. At most one is outstanding; `repeatOffer` emits the same one again. */
  offer: { readonly sdp: string };
  /** A text message on the server's data channel. */
  dataMessage: { readonly text: string };
  layersChanged: {
    readonly trackId: string;
    /** What is being sent. */
    readonly current: 'none' | LayerName;
    /** What is wanted, as far as the publisher's encodings allow. */
    readonly expected: 'none' | LayerName;
    /** Set when `current` is below `expected`: by the subscriber's downlink, or because the publisher does not send it. */
    readonly degraded: false | 'subscriber' | 'publisher';
  };
  connectionState: { readonly state: ConnectionState };
}

/**
 * One subscribe peer connection: the server offers, the client answers. What is wanted (`setTracks`) and what is
 * there are reconciled; changes within one tick, and all changes while an offer is outstanding, go into one offer.
 */
export interface Subscribing extends Closable {
  readonly peerId: string;
  readonly connectionState: ConnectionState;
  readonly events: Emitter<SubscribingEvents>;
  /** Tracks sent at present (their section is negotiated or being offered). */
  readonly trackIds: readonly string[];
  /**
   * Quality of the downlink, 0 (worst) – 5, from the receivers' RTCP; -1 while no media is sent.
   */
  readonly downlinkScore: number;
  /** Sends the first offer: data channel `ion-sfu`, and the tracks wanted so far. Does nothing when called again. */
  start(): void;
  /**
   * Replaces the whole wish. A track that is not (yet) published here appears when it is. A peer's own tracks are
   * taken like any others: leave them out.
   */
  setTracks(desired: ReadonlyMap<string, DesiredTrack>): void;
  /** Replaces what was said before. */
  setLimits(limits: SubscribeLimits): void;
  /** Throws `invalid_sdp` (the offer stays outstanding), `unexpected_answer`, `closed`. */
  handleAnswer(sdp: string): Promise<void>;
  /**
   * After a socket reconnect: emits the outstanding offer once more, if there is one. Tracks that the client refused are
   * offered again with the next one.
   */
  repeatOffer(): void;
  /** Offers new ICE credentials. Also done without being asked when ICE disconnects, and while it stays so. */
  restartIce(): void;
  /**
   * Sends text on the data channel, in order.
   * @returns false when it was dropped: channel not open, or more than 256 KiB wait for a slow receiver.
   */
  sendData(text: string): boolean;
}

export interface PlainSubscriptionOptions {
  readonly trackId: string;
  /** Where RTP and RTCP (muxed) are sent. */
  readonly ip: string;
  readonly port: number;
  /** Index of the highest simulcast layer wanted, 0 the lowest. Default: the highest. */
  readonly preferredSpatialLayer?: number;
}

/** What a receiver of plain RTP must know. Plain JSON, to be handed to another process. */
export interface PlainRtp {
  readonly mimeType: string;
  readonly payloadType: number;
  readonly clockRate: number;
  readonly channels?: number;
  /** Of video: layers that the publisher sends. One comes as it is, whatever layer is wanted. */
  readonly spatialLayers?: number;
  /** fmtp parameters of the codec. */
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly ssrc: number;
  /** Retransmissions on their own SSRC (RFC 4588); asked for by generic NACK. */
  readonly rtx?: { readonly payloadType: number; readonly ssrc: number };
  readonly headerExtensions: readonly { readonly uri: string; readonly id: number }[];
  readonly cname: string;
  /** Where RTP comes from and where RTCP (NACK, PLI, receiver reports) is to be sent. */
  readonly remoteIp: string;
  readonly remotePort: number;
}

export interface PlainSubscriptionEvents {
  /**
   * The publisher reported (RTCP SR, RFC 3550, 6.4.1): it lives, and this RTP timestamp of the stream it sends as `ssrc` was
   * captured at `ntp` of its clock, in ms. The SFU's own reports tell when packets reached the SFU instead. RTP timestamps
   * go on to receivers as they are; with simulcast they are in the clock of one of the layers.
   */
  captureReport: { readonly ssrc: number; readonly ntp: number; readonly rtpTimestamp: number };
}

/** One track as plain RTP, for the egress process. Sends nothing until `resume`. Closes by `remote` with its track. */
export interface PlainSubscription extends Closable {
  readonly track: PublishedTrack;
  readonly rtp: PlainRtp;
  readonly events: Emitter<PlainSubscriptionEvents>;
  /** Starts sending; for video a key frame is asked of the publisher. */
  resume(): Promise<void>;
  setPreferredSpatialLayer(layer: number): Promise<void>;
  /** For receivers that send no RTCP; egress has PLI on its socket, which does the same. */
  requestKeyFrame(): Promise<void>;
}

/** One stream of plain RTP as it is to be sent. */
export interface ProgramStream {
  readonly ssrc: number;
  readonly payloadType: number;
}

/** What the sender of a composed program must know. Plain JSON, to be handed to another process. */
export interface ProgramRtp {
  /** Where RTP and RTCP (muxed) are to be sent. NACKs and PLIs come from there. */
  readonly ip: string;
  readonly port: number;
  /** Opus, 48 kHz. */
  readonly audio: ProgramStream;
  /** H.264 in packetization mode 1, without B-frames, 90 kHz. */
  readonly video: ProgramStream;
}

/** A composed program that comes as plain RTP, for any number of players. Closes with its session's router. */
export interface ProgramSource extends Closable {
  readonly rtp: ProgramRtp;
  /**
   * A player's connection. The offer is real SDP of any WebRTC program; of its sections the first that receives Opus and the
   * first that receives H.264 are sent. Throws `invalid_sdp`, `too_many_requests`, `closed`.
   */
  createViewing(options: { readonly sdp: string }): Promise<ProgramViewing>;
}

export interface ProgramViewingEvents {
  connectionState: { readonly state: ConnectionState };
}

/** One player of a composed program. Pictures begin with the next key frame. Closes with its source. */
export interface ProgramViewing extends Closable {
  readonly answer: string;
  readonly connectionState: ConnectionState;
  readonly events: Emitter<ProgramViewingEvents>;
  /** New credentials of the server's. Throws `closed`. @returns the answer with them */
  restartIce(): Promise<string>;
}
