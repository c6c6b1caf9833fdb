import type { Millis } from '@amphi/base';
import type { ClientFailure, PollResponse, RecordedTrack } from '@amphi/protocol';
import type { OutputKind } from './output-state.ts';
import type { Ending, Member } from './session.ts';

/**
 * What has happened in a session, for whoever writes its history: the store, webhooks, reports. Facts stand among the
 * effects, in the order in which they came about; when that was is for who takes them. The hidden peer makes none.
 */
export type Fact =
  | ({ readonly type: 'peerJoined' } & FactPeer)
  | ({
      readonly type: 'peerLeft';
      readonly why: LeaveReason;
      readonly by?: string;
      /** What the one that was put out was told. */
      readonly message?: string;
    } & FactPeer)
  /** It was not let in; it is no member. */
  | ({ readonly type: 'joinRefused' } & FactPeer)
  /** It said that it leaves, and is no member: not yet, or not any more. */
  | ({ readonly type: 'leaveRefused' } & FactPeer)
  /** The role that it was to have is full. `by`: empty for a back end. */
  | ({ readonly type: 'roleRefused'; readonly by: string } & FactPeer)
  | ({
      readonly type: 'roleChanged';
      readonly from: string;
      /** Who asked for it; empty for a back end. */
      readonly by: string;
      /** The peer was asked, and agreed. */
      readonly agreed: boolean;
    } & FactPeer)
  /** A track came, was muted or unmuted (by its owner, or by a host), or went; those of a killed server are not told to have gone. */
  | ({ readonly type: 'trackAdded' | 'trackUpdated' | 'trackRemoved'; readonly track: FactTrack } & FactPeer)
  /** Its client says that something went wrong. It need not be, or have been, a member. */
  | ({ readonly type: 'clientFailed'; readonly failure: ClientFailure } & FactPeer)
  | {
      readonly type: 'messageSent';
      readonly messageId: string;
      /** Empty for a back end. */
      readonly peerId: string;
      readonly recipients: MessageScope;
    }
  | ({ readonly type: 'streamChanged'; readonly phase: StreamPhase; readonly streamId: string } & Partial<FactFailure>)
  | ({
      readonly type: 'outputChanged';
      /** By which it changed. */
      readonly kind: OutputKind;
      /** Of a recording and what is sent to other platforms together, if they were started so. */
      readonly phase: StreamPhase;
      /** Of the recording, live stream or external stream that it belongs to. */
      readonly jobId: string;
    } & Partial<FactFailure>)
  /** An encoder is connected: it is a peer, and what it sends comes in. `streamId`: of the live stream, empty without one. */
  | { readonly type: 'ingestStarted'; readonly ingestId: string; readonly streamId: string }
  | {
      readonly type: 'ingestEnded';
      readonly ingestId: string;
      readonly streamId: string;
      readonly startedAt: Millis;
      /** When its media stopped coming; absent when they came to the end. */
      readonly lostAt?: Millis;
      readonly why: IngestEnd;
    }
  /** An encoder was not let in, or its media never came. */
  | { readonly type: 'ingestRefused'; readonly why: string }
  /** Files are whole, and can be got. The session may be over by then. */
  | { readonly type: 'recordingFinished'; readonly kind: 'beam' | 'live_stream'; readonly jobId: string }
  /** A track is recorded by itself: a file was begun, or had nothing to play in it once it was over. `jobId`: of their recording. */
  | {
      readonly type: 'trackRecordingStarted' | 'trackRecordingFailed';
      readonly jobId: string;
      readonly track: RecordedTrack;
    }
  | { readonly type: 'pollStarted'; readonly pollId: string; readonly by: string }
  /** `by`: empty when its time was over. */
  | {
      readonly type: 'pollStopped';
      readonly pollId: string;
      readonly by: string;
      readonly startedAt: Millis;
      readonly voters: number;
      readonly answers: readonly PollAnswer[];
    }
  /** `by`: empty for a back end. */
  | { readonly type: 'roomLocked'; readonly by: string }
  /** A back end wanted to end a session, and there is none. */
  | { readonly type: 'endRefused'; readonly reason: string; readonly lock: boolean }
  /** Nobody is in it any more: all that are still listed have left before, with `sessionEnded`. */
  | { readonly type: 'sessionEnded'; readonly ending?: Ending };

/** A peer as it is after what happened. */
export interface FactPeer {
  readonly peerId: string;
  readonly userId: string;
  readonly role: string;
  readonly name: string;
  /** Its metadata. */
  readonly data: string;
  readonly joinedAt: Millis;
}

/** A track as it is after what happened. */
export interface FactTrack {
  readonly trackId: string;
  readonly streamId: string;
  readonly kind: 'audio' | 'video';
  /** `regular`, `screen`, or what its owner says. */
  readonly source: string;
  readonly muted: boolean;
  readonly startedAt: Millis;
}

export type LeaveReason =
  /** Its own wish. */
  | 'left'
  /** Another put it out. */
  | 'removed'
  /** It did not come back in time. */
  | 'lost'
  /** Its owner came anew as another peer. */
  | 'replaced'
  /** It was away for long, and somebody else needed its place. */
  | 'yielded'
  /** It sent far more than it may. */
  | 'flooded'
  | 'sessionEnded';

/** What somebody answered to one question of a poll that is over. */
export interface PollAnswer {
  readonly id: string;
  readonly response: PollResponse;
  readonly at: Millis;
  /** Points of a quiz. */
  readonly score: number;
  /** Empty in an anonymous poll. */
  readonly peerId: string;
  readonly userId: string;
}

export type MessageScope =
  | { readonly to: 'everyone' }
  | { readonly to: 'roles'; readonly roles: readonly string[] }
  | { readonly to: 'peer'; readonly peerId: string };

/** `closed`: it stopped, or was put out; `lost`: its media stopped coming; `failed`: a fault of ours. */
export type IngestEnd = 'closed' | 'lost' | 'failed';

export type StreamPhase = 'initialised' | 'started' | 'stopped' | 'failed';

export function factPeer({ peerId, userId, role, name, data, joinedAt }: Member): FactPeer {
  return { peerId, userId, role: role.name, name, data, joinedAt };
}

/** Why an output failed, or was stopped. */
interface FactFailure {
  readonly why: string;
  /** As back ends are told of it (server API, 5.7); absent for what no type of its own says. */
  readonly errorType?: string;
}

/** Of the event by which it stopped or failed; of another, nothing. */
export function whyOf(event: {
  readonly type: string;
  readonly why?: string;
  readonly error?: { readonly message: string };
  readonly errorType?: string;
}): Partial<FactFailure> {
  const { type, why, error, errorType } = event;
  if (type === 'stopped' && why !== undefined) return { why };
  if (type !== 'failed' || !error) return {};
  return { why: error.message, ...(errorType === undefined ? {} : { errorType }) };
}
