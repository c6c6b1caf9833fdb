import type { Millis } from '@amphi/base';
import type {
  ClientFailure,
  ClientTokenClaims,
  Composition,
  CompositionChange,
  HlsDestination,
  Level,
  LiveStreamObject,
  LiveStreamStatus,
  OutputResolution,
  OutputStatus,
  StreamLadder,
  TemplateBody,
  TimedMetadataBody,
  TrackQuality,
  TrackState,
} from '@amphi/protocol';
import type {
  BackEndTarget,
  Fact,
  FactPeer,
  KeptContent,
  KeptMessage,
  PresetPoll,
  RecordingKind,
  RenamedRole,
} from '@amphi/rooms';
import type { ProgramViewing } from '@amphi/sfu';
import type { WebSocket } from 'ws';
import type { JobOutput } from '../egress-jobs/feed.ts';
import type { PeerChannel } from './peer-channel.ts';
import type { VerifiedToken } from './verified-token.ts';

/**
 * What the session host and the rest of the server know of each other. The host (rooms, signaling, SFU, egress jobs)
 * never touches SQL or HTTP routes; the routes never touch a session's state.
 */

/** A room as a session needs it. */
export interface RoomSettings {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Most peers at a time; 0 = no limit. */
  readonly size: number;
  /** A session ends by itself after so many seconds; 0 = never. */
  readonly maxDurationS: number;
  readonly appId: string;
  readonly templateId: string;
  /** Those that back ends have made for it. */
  readonly polls: readonly PresetPoll[];
  /** As it is now. */
  readonly template: TemplateBody;
}

export interface RoomDirectory {
  findRoom(roomId: string): Promise<RoomSettings | undefined>;
  /** Whether the room code with this id still lets people in. */
  isCodeEnabled(codeId: string): Promise<boolean>;
  /** `end-room` with `lock`: nobody can join any more. */
  disableRoom(roomId: string): Promise<void>;
}

export interface ClientTokens {
  /**
   * A peer that is still known may come back with a token that expired meanwhile; whether it is, is for the caller to
   * look at.
   * @param from whom wrong tokens count for (`addressKey`)
   * @throws PublicError 401, 429 after too many wrong ones
   */
  verify(token: string, from: string): Promise<VerifiedToken>;
  /** Signs a token for the room; used for the egress peer. */
  issue(claims: { readonly roomId: string; readonly role: string; readonly userId?: string }): Promise<string>;
}

/** Who opened a socket, and from where. */
export interface NewSocket {
  readonly peerId: string;
  readonly claims: ClientTokenClaims;
  readonly tokenHash: string;
  /** Whom the client counts for (`addressKey`). */
  readonly from: string;
  /** What the client says that it is (`user_agent_v2`). */
  readonly userAgent: string;
  /** It takes no media. */
  readonly publishesOnly?: boolean | undefined;
}

/** Durable record of live streams; each call is written before it returns. */
export interface LiveStreamRecords {
  create(stream: {
    readonly id: string;
    readonly roomId: string;
    readonly sessionId: string;
    readonly destination: string;
    /** The destination as it is now: the stream keeps it. */
    readonly settings: HlsDestination;
    readonly ladder: StreamLadder;
    /** Of a web page that is shown in place of the stage. */
    readonly pageUrl?: string | undefined;
    readonly playbackUrl: string;
    /** Its layers are kept as files. */
    readonly isRecorded: boolean;
    /** It is kept as an HLS playlist of all layers. */
    readonly hasVod: boolean;
    /** Peer id, or empty for REST. */
    readonly startedBy: string;
  }): Promise<LiveStreamObject>;
  update(
    id: string,
    change: {
      readonly status?: LiveStreamStatus;
      /** When the composition was changed while it runs. */
      readonly settings?: HlsDestination;
      /** When its lower layers get fewer pictures, or all again. */
      readonly ladder?: StreamLadder;
      /** What is kept of it is to be paused. */
      readonly isPaused?: boolean;
      readonly startedAt?: Date;
      readonly stoppedAt?: Date;
      readonly stoppedBy?: string;
    },
  ): Promise<LiveStreamObject>;
}

/** What was asked for with a recording, or with what is sent to other platforms. */
export interface BeamSettings {
  readonly record: boolean;
  readonly rtmpUrls: readonly string[];
  readonly resolution: OutputResolution;
  /** The destination by which the stage is composed, as it is now: it is kept. */
  readonly destination: HlsDestination;
  /** Of a web page that is shown in place of the stage. */
  readonly pageUrl?: string;
}

/** Durable record of recordings and external streams; each call is written before it returns. */
export interface BeamRecords {
  create(beam: {
    readonly id: string;
    /** How it was asked for, and is listed. */
    readonly kind: 'recording' | 'external_stream' | 'tracks';
    readonly roomId: string;
    readonly sessionId: string;
    /** Name of the destination. */
    readonly destination: string;
    readonly settings: BeamSettings;
    /** Peer id, or empty for REST. */
    readonly startedBy: string;
  }): Promise<void>;
  update(
    id: string,
    change: {
      readonly status?: OutputStatus;
      /** Its recording is to be paused. */
      readonly isPaused?: boolean;
      readonly startedAt?: Date;
      readonly stoppedAt?: Date;
      readonly stoppedBy?: string;
    },
  ): Promise<void>;
}

/** Where recordings are kept. */
export interface RecordingArchive {
  /** A recording as an output: into another folder for each process that makes it. */
  output(recording: {
    readonly jobId: string;
    /** Of the output. */
    readonly id: string;
    readonly rungs: readonly string[];
    /** `mp4`: each rung becomes a file; `vod`: all of them a playlist. */
    readonly forms: readonly ('mp4' | 'vod')[];
    /** Whether nothing is to be written; asked whenever a process is told. */
    readonly isPaused: () => boolean;
  }): JobOutput;
  /** Each track by itself, as an output of a process that composes nothing; otherwise as `output`. */
  trackOutput(recording: { readonly jobId: string; readonly id: string }): JobOutput;
  /** Nothing of it is written any more: makes its files whole, and records them and that the job is completed. */
  finalise(job: { readonly kind: 'live_stream' | 'beam'; readonly id: string }): void;
}

/** Something that happened in a session, and when. */
export interface RecordedFact {
  /** Empty for what was asked of a session that there is not. */
  readonly sessionId: string;
  readonly roomId: string;
  /** Of the session. */
  readonly startedAt: Millis;
  readonly at: Millis;
  readonly fact: Fact;
}

/** Takes what happens in all sessions, each in its order, as it is decided. Never throws, and keeps nobody waiting. */
export interface FactRecorder {
  record(happened: RecordedFact): void;
}

/** A message of a chat that is kept. */
export interface ChatRecord {
  readonly roomId: string;
  readonly sessionId: string;
  /** It is kept for so long; 0: for the session alone, and a day at most. */
  readonly days: number;
  readonly message: KeptMessage;
}

/**
 * Keeps what is said in rooms whose templates want that. `keep` and `forget` never throw, and keep nobody waiting; what
 * they are told is in the database a moment later, and lost when that does not answer for long.
 */
export interface ChatArchive {
  keep(record: ChatRecord): void;
  forget(messageIds: readonly string[]): void;
  /** The newest of a room, or of one of its sessions; oldest first. */
  read(of: {
    readonly roomId: string;
    readonly sessionId?: string;
    readonly limit: number;
  }): Promise<readonly KeptMessage[]>;
}

/** What a peer has measured of its tracks since it last told. */
export interface QualityReport {
  readonly sessionId: string;
  readonly peerId: string;
  readonly tracks: readonly TrackQuality[];
}

/** Keeps how media have fared. `keep` never throws, and keeps nobody waiting; what it is told is there to be read at once. */
export interface QualityArchive {
  keep(report: QualityReport): void;
  /** All reports of a peer, oldest first. */
  read(sessionId: string, peerId: string): Promise<readonly (readonly TrackQuality[])[]>;
}

/** Someone in a session, as another process needs it to let them go on there. */
export interface PeerRecord {
  readonly peerId: string;
  readonly tokenHash: string;
  readonly claims: ClientTokenClaims;
  /** The role it has by now. */
  readonly role: string;
  readonly name: string;
  readonly data: string;
  readonly joinedAt: Millis;
  /** Where its media are, as far as it has been told; undefined without media. */
  readonly sfuNodeId: string | undefined;
  readonly autoVideo: boolean;
  readonly groups: readonly string[];
  /** Keys of the session store that it listens to. */
  readonly listens: readonly string[];
}

/** A part of what a session keeps beside its peers. */
export interface StateRecord {
  readonly key: string;
  readonly content: StateContent;
}

export type StateContent =
  | KeptContent
  | { readonly kind: 'barred'; readonly tokenHash: string }
  /** How the room wants its next stream to be drawn. */
  | { readonly kind: 'composition'; readonly wished: Partial<Composition> };

/**
 * Durable copy of who is in which session; each call is written before it returns. A row that the database does not take
 * for its values is left out alone, and told in the log: one of many must not keep the others from being written.
 */
export interface SessionRecords {
  /** Between two rounds of newcomers there is a rest so long at most, as each costs everyone something. */
  readonly maxRestMs: Millis;
  open(session: { readonly id: string; readonly roomId: string; readonly startedAt: Millis }): Promise<void>;
  savePeers(sessionId: string, peers: readonly PeerRecord[]): Promise<void>;
  removePeers(sessionId: string, peerIds: readonly string[]): Promise<void>;
  saveState(sessionId: string, records: readonly StateRecord[]): Promise<void>;
  removeState(sessionId: string, keys: readonly string[]): Promise<void>;
  close(sessionId: string): Promise<void>;
}

/** A session that ran when the process before this one was killed. */
export interface EarlierSession {
  readonly id: string;
  readonly startedAt: Millis;
  /** As it is now. */
  readonly room: RoomSettings;
  /** Everyone who may come back. */
  readonly peers: readonly PeerRecord[];
  readonly state: readonly StateRecord[];
  readonly stream?: EarlierStream | undefined;
  readonly beam?: EarlierBeam | undefined;
  /** The recording of its tracks. */
  readonly tracks?: EarlierBeam | undefined;
}

/** Its stream, which is to be on air again. */
export interface EarlierStream {
  readonly streamId: string;
  /** Where this server has served it. */
  readonly path: string;
  /** Its picture of another shape, if it has one. */
  readonly second?: { readonly path: string; readonly isPlayable: boolean } | undefined;
  /** Name and settings of the destination it was started with. */
  readonly destination: string;
  readonly settings: HlsDestination;
  /** Of a web page that is shown in place of the stage. */
  readonly pageUrl?: string | undefined;
  /** Undefined for one of an earlier version. */
  readonly ladder: StreamLadder | undefined;
  readonly isRecorded: boolean;
  readonly hasVod: boolean;
  /** What is kept of it goes on paused. */
  readonly isPaused: boolean;
  readonly initialisedAt: Millis;
  /** Undefined when it had not been announced as started. */
  readonly startedAt: Millis | undefined;
  /** The origin serves it again from where it was. */
  readonly isPlayable: boolean;
}

/** Its recording, or what is sent to other platforms, which is to go on. */
export interface EarlierBeam {
  readonly id: string;
  /** Name of the destination. */
  readonly destination: string;
  readonly settings: BeamSettings;
  /** Its recording goes on paused. */
  readonly isPaused: boolean;
  readonly initialisedAt: Millis;
}

/** How a socket came to be. */
export interface SocketRequest {
  readonly query: URLSearchParams;
  /** Base URL by which the client reached the server. */
  readonly reachedAt: string;
  /** Whom the client counts for (`addressKey`). */
  readonly from: string;
}

export interface PeerCredentials {
  readonly roomId: string;
  readonly peerId: string;
  readonly token: string;
}

/** What the bearer of a room's token tells over HTTP. */
export interface ReportedFailure {
  readonly roomId: string;
  /** As the client says; empty when it says nothing. */
  readonly sessionId: string;
  readonly peer: FactPeer;
  readonly failure: ClientFailure;
}

export interface LiveStreamRequest {
  readonly roomId: string;
  /** Name of one of the template's; the first one if absent. */
  readonly destination?: string;
  /** In place of what the destination says. */
  readonly isRecorded?: boolean | undefined;
  readonly hasVod?: boolean | undefined;
  /** Address of a page in place of the stage, as it came. */
  readonly meetingUrl?: string | undefined;
}

export interface BeamStart {
  /** Absent when a back end asks, which needs no role. */
  readonly peerId?: string | undefined;
  readonly kind: 'recording' | 'external_stream';
  /** Undefined: as the RTMP destination says. */
  readonly record: boolean | undefined;
  /** None for an external stream: those of the RTMP destination. */
  readonly rtmpUrls: readonly string[];
  /** Name of one of the template's, of an external stream also of one for RTMP; the first of each kind if absent. */
  readonly destination?: string | undefined;
  readonly resolution?: OutputResolution | undefined;
  /** Address of a page in place of the stage, as it came. */
  readonly meetingUrl?: string | undefined;
}

/** A room code that was switched off, by its id. */
export interface ClosedCode {
  readonly roomId: string;
  readonly codeId: string;
}

/** A session as the dashboard lists it. */
export interface ActiveSession {
  readonly sessionId: string;
  readonly peerCount: number;
}

/** A peer as REST tells of it. */
export interface ActivePeer {
  readonly peerId: string;
  readonly name: string;
  readonly userId: string;
  readonly data: string;
  readonly role: string;
  readonly joinedAt: Millis;
  readonly tracks: readonly { readonly track: TrackState; readonly startedAt: Millis }[];
}

/** A session with somebody in it, as back ends look at it and act on it. Each call is done when it returns. */
export interface ActiveRoom {
  readonly sessionId: string;
  readonly startedAt: Millis;
  /** In the order of joining. */
  peers(wanted: { readonly userId?: string; readonly role?: string }): readonly ActivePeer[];
  /** @throws PublicError 404 */
  peer(peerId: string): ActivePeer;
  /** @throws PublicError 403 when the role is full; 404; 413; 429 */
  changePeer(
    peerId: string,
    change: { readonly name?: string; readonly data?: string; readonly role?: string },
  ): ActivePeer;
  /** @throws PublicError 404, 429 */
  send(message: BackEndTarget & { readonly message: string; readonly type: string }): void;
  /** @throws PublicError 400 without a target, 404, 429 */
  removePeers(target: BackEndTarget, reason: string): void;
  end(options: { readonly lock: boolean; readonly reason: string }): void;
}

/** A template was written. */
export interface TemplateChange {
  readonly templateId: string;
  /** Whoever has the role goes on with it under its new name. */
  readonly renamed?: RenamedRole | undefined;
}

/** What REST and the WebSocket endpoint ask of the host. */
export interface Census {
  readonly sessions: number;
  /** Without the hidden ones. */
  readonly peers: Readonly<Record<Level, number>>;
  /** That run or are starting. */
  readonly outputs: { readonly live_stream: number; readonly beam: number };
  /** Who watches a stream by WHEP; each of them is a peer, too. */
  readonly players: number;
}

/** What whoever speaks for a peer may do in its session beside its calls. */
export interface Seat {
  /** Something has happened to it that no rule decided. */
  record(fact: Fact): void;
  /** Starts the session's live stream unless one runs. @returns id of the one that runs then; empty when it may not */
  goLive(): Promise<string>;
  /** The session's live stream by WebRTC. @throws PublicError as `ProgramAudience.open` */
  watch(offer: string): Promise<ProgramViewing>;
}

export interface SessionHost {
  /** Takes over an accepted socket; speaks the signaling protocol on it until either side closes. */
  handleSocket(socket: WebSocket, request: SocketRequest): void;
  /**
   * Lets in a peer that speaks by another channel than a socket, with claims that were verified: it makes its calls, `join`
   * first, once this has returned.
   * @throws PublicError 401, 403, 429, 503 as a socket is refused
   */
  admit(channel: PeerChannel, arrival: NewSocket): Promise<Seat>;
  /** Something was asked of a room in which no session is, or whose session does not matter. */
  recordFor(roomId: string, fact: Fact): void;
  /**
   * Checks what `/init` must refuse: unknown, disabled or locked room, role not in the template.
   * @throws PublicError 401 or 403, never 404
   */
  checkAdmission(claims: ClientTokenClaims): Promise<void>;
  /**
   * A peer that is in a session, or may still come back to it, with the token it came with. It is let in again although
   * the token has expired or the room was disabled meanwhile.
   */
  knowsPeer(credentials: PeerCredentials): boolean;
  /** @throws PublicError 404 without a session, 400 when one runs already, 403 when the destination is off */
  startLiveStream(request: LiveStreamRequest): Promise<LiveStreamObject>;
  /** Streams stopped. @throws PublicError 404 when none runs */
  stopLiveStreams(request: Pick<LiveStreamRequest, 'roomId'>): Promise<readonly LiveStreamObject[]>;
  /** @returns its id. @throws PublicError 404 without a session, 400 when one runs already */
  startBeam(roomId: string, request: BeamStart): Promise<string>;
  /** @returns its id. @throws PublicError 404 when none runs */
  stopBeam(roomId: string): Promise<string | undefined>;
  /** The recording of the stage, or of the live stream. @throws PublicError as `Beam.setPaused` */
  setRecordingPaused(request: {
    readonly roomId: string;
    readonly kind: RecordingKind;
    readonly isPaused: boolean;
  }): Promise<void>;
  /** Draws the room's running stream otherwise. @returns all of its composition; undefined when none runs */
  recomposeLiveStream(request: {
    readonly roomId: string;
    readonly change: CompositionChange;
  }): Composition | undefined;
  /** The template's destination says otherwise now: streams that run by it are drawn so, in every room of the template. */
  recomposeLiveStreams(request: {
    readonly templateId: string;
    readonly destination: string;
    readonly change: CompositionChange;
  }): void;
  /** A message for viewers of the room's stream. @throws PublicError as `SessionStream.sendTimedMetadata` */
  sendTimedMetadata(request: { readonly roomId: string; readonly message: TimedMetadataBody }): Promise<void>;
  /** The room was switched off: everyone is put out, and as long as it is off nobody comes back. */
  endSession(roomId: string): void;
  /** The room code was switched off: whoever came by it is put out. */
  closeCode(code: ClosedCode): void;
  /** The key was revoked: whoever came by a token that it signed is put out, of whatever room. */
  closeKey(accessKey: string): void;
  /**
   * The template was written: its roles count at once in all sessions of its rooms. How streams are made counts from their
   * next start on, the rest from the next session on. Never rejects.
   */
  templateChanged(change: TemplateChange): Promise<void>;
  /** A back end ends the session of a room. That there is none is remembered. @throws PublicError as `activeRoom` */
  endRoom(roomId: string, options: { readonly lock: boolean; readonly reason: string }): void;
  /** A client without a socket says that something went wrong. Of a room's many, some are not kept. */
  clientFailed(reported: ReportedFailure): void;
  /** @throws PublicError 404 without a session, or when nobody is in it */
  activeRoom(roomId: string): ActiveRoom;
  /** Undefined without a session, or when nobody is in it. */
  activeSession(roomId: string): ActiveSession | undefined;
  /** How many of what there are now, of sessions with somebody in them. */
  census(): Census;
  /**
   * Opens the sessions again in which a killed process was: their peers are away and may come back with the tokens they
   * had. To be called before the first socket comes.
   * @returns puts their streams on air again; to be called once this server can be reached
   */
  restore(sessions: readonly EarlierSession[]): () => void;
  /** Ends all sessions, streams drained; resolves when all child processes are gone. */
  close(): Promise<void>;
}
