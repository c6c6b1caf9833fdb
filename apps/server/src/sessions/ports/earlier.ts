import type { Millis } from '@amphi/base';
import type { ClientTokenClaims, Composition, HlsDestination, StreamLadder, StreamTrouble } from '@amphi/protocol';
import type { KeptContent } from '@amphi/rooms';
import type { BeamSettings } from './records.ts';
import type { RoomSettings } from './rooms.ts';

/** Who is in which session, as it is written for a process that comes after this one, and read by it. */

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
  /** Undefined while its hand is down. */
  readonly handRaisedAt: Millis | undefined;
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
  readonly troubles: readonly StreamTrouble[];
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
