import type { Duplex } from 'node:stream';
import type { Millis } from '@amphi/base';
import type {
  ClientFailure,
  ClientTokenClaims,
  Composition,
  CompositionWish,
  Level,
  LiveStreamObject,
  OutputResolution,
  TimedMetadataBody,
  TrackState,
} from '@amphi/protocol';
import type { BackEndTarget, Fact, FactPeer, RecordingKind, RenamedRole } from '@amphi/rooms';
import type { ProgramViewing } from '@amphi/sfu';
import type { WebSocket } from 'ws';
import type { PeerChannel } from '../peer-channel.ts';
import type { EarlierSession } from './earlier.ts';

/** What REST, `/init` and the WebSocket endpoint ask of the session host. They never touch the state of a session. */

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

/** How a socket came to be. */
export interface SocketRequest {
  /** What the socket speaks on. */
  readonly wire: Duplex;
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
  recomposeLiveStream(request: { readonly roomId: string; readonly change: CompositionWish }): Composition | undefined;
  /** The template's destination says otherwise now: streams that run by it are drawn so, in every room of the template. */
  recomposeLiveStreams(request: {
    readonly templateId: string;
    readonly destination: string;
    readonly change: CompositionWish;
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
