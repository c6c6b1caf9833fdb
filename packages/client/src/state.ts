import type { Millis } from '@amphi/base';
import type { Composition, Level, Role } from '@amphi/protocol';
import type { RosterPeer, RosterTrack } from '@amphi/signaling';
import { type BoardState, NO_BOARD } from './board-state.ts';
import type { CaptureState } from './devices/capture-device.ts';
import { SCREEN_OFF, type ScreenState } from './devices/screen-capture.ts';
import type { SharedScreen } from './devices/screen-shares.ts';
import type { MediaDevice } from './environment.ts';
import type { ClientErrorCode } from './errors.ts';
import type { Poll } from './poll-state.ts';

/** Everything an app can show of a session, as one immutable value. Parts that did not change keep their identity. */
export interface SessionState {
  readonly connection: ConnectionState;
  readonly self: SelfState;
  readonly room: RoomInfo;
  readonly liveStream: LiveStream;
  /** How the stream is drawn, or the next one will be, once it was asked for (`composeLiveStream`). */
  readonly composition: Composition | undefined;
  /** Of the stage, with or without a live stream. */
  readonly recording: RecordingState;
  /** Of the live stream: begins and ends with it. */
  readonly streamRecording: RecordingState;
  /** Of what each on stage sends, by itself: the server begins and ends it. */
  readonly trackRecording: RecordingState;
  /** What is sent to other platforms. */
  readonly rtmp: RtmpState;
  /** All roles of the room's template, by name. Empty before the server has sent them. */
  readonly roles: Readonly<Record<string, Role>>;
  /** The others, by peer id. */
  readonly peers: Readonly<Record<string, RemotePeer>>;
  /** Tracks of the others, by track id. */
  readonly tracks: Readonly<Record<string, RemoteTrack>>;
  /** Peers who speak now, ourselves included: peer id → 1–100. The loudest comes first. */
  readonly speakers: Readonly<Record<string, number>>;
  /** Oldest first, at most `MESSAGES_KEPT`. */
  readonly messages: readonly ChatMessage[];
  readonly chatHistory: ChatHistoryState;
  /** What is kept for everyone in the room, by key: of the keys that `watchValues` named. A key without a value is not there. */
  readonly values: Readonly<Record<string, unknown>>;
  /** By id, as far as we were told or have asked (`session.polls.load`). */
  readonly polls: Readonly<Record<string, Poll>>;
  /** The whiteboard, and what is on it. */
  readonly board: BoardState;
  /** How well those on stage, and we, receive: peer id → 0 (worst) to 5. Nobody of whom nothing is known. */
  readonly quality: Readonly<Record<string, number>>;
  /** How loud we hear others, 0 to 1, where `setPeerVolume` has changed it: by peer id. */
  readonly volumes: Readonly<Record<string, number>>;
  /** Someone asks us to take another role; gone when it is answered, or expired (5 minutes). */
  readonly invitation: Invitation | undefined;
  readonly microphone: CaptureState;
  readonly camera: CaptureState;
  /** The first of `screens`. */
  readonly screen: ScreenState;
  /** All that we share of our screens, in the order in which it was begun. */
  readonly screens: readonly SharedScreen[];
  readonly devices: readonly MediaDevice[];
  /** The speaker that was selected; undefined: the system's own choice. */
  readonly speakerId: string | undefined;
  /** Others are not heard: the browser wants a gesture, or the system paused the sound. Call `unblockAudio` from one. */
  readonly isAudioBlocked: boolean;
}

/** Where the session is between connecting and leaving. */
export type ConnectionState =
  | { readonly status: 'idle' }
  /** First connect under way. */
  | { readonly status: 'connecting' }
  /** Connected without being in the room: nobody sees us. */
  | { readonly status: 'preview' }
  | { readonly status: 'joining' }
  | { readonly status: 'joined' }
  | { readonly status: 'reconnecting'; readonly since: Millis; readonly wasJoined: boolean }
  /** Over; a new session has to be made to come back. */
  | { readonly status: 'left'; readonly reason: LeaveReason };

/** Why the session is over. */
export type LeaveReason =
  | { readonly kind: 'left' }
  /** We were removed: by another person, or by the server when `by` is undefined. */
  | { readonly kind: 'removed'; readonly by: string | undefined; readonly message: string }
  /** The session was ended for all. */
  | { readonly kind: 'ended'; readonly by: string | undefined; readonly message: string }
  | {
      readonly kind: 'failed';
      readonly code: ClientErrorCode;
      readonly message: string;
      readonly serverCode: number | undefined;
    };

/** Ourselves, as the others know us. */
export interface SelfState {
  readonly peerId: string;
  readonly name: string;
  readonly data: string;
  readonly userId: string;
  readonly role: Role | undefined;
  /** Stage, webinar audience or stream audience; undefined until the role is known. */
  readonly level: Level | undefined;
  /** Names of the groups we are in; with `HAND_RAISED` among them our hand is up. */
  readonly groups: readonly string[];
}

/** The room and the session in it. */
export interface RoomInfo {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly sessionId: string;
  /** Start of the session; 0 while unknown. */
  readonly startedAt: Millis;
  /** Everyone in the room, ourselves included; undefined until the server has said it. */
  readonly peerCount: number | undefined;
  /** How many have each role, ourselves included; undefined until the server has said it. */
  readonly countsByRole: Readonly<Record<string, number>> | undefined;
  /** Not everyone is in `peers`: ask `session.people`. */
  readonly isLarge: boolean;
}

/** Somebody else in the room. */
export type RemotePeer = RosterPeer;

/** A microphone, camera or screen of somebody else. */
export interface RemoteTrack extends RosterTrack {
  /** Sent in a form for which this browser has no decoder: it cannot be shown here. */
  readonly isUnplayable: boolean;
  /** Present once it is received. Show it with `attachVideo`; sound plays by itself. */
  readonly media: MediaStreamTrack | undefined;
}

/**
 * The composed stream of the room.
 * `off` — not started in this session as far as we know. `starting` — asked for, not playable yet. `live` — `url` plays.
 * `stopping` — we asked for the end. `ended` — it was live and is over. `failed` — could not start or broke; `error` says why.
 */
export interface LiveStream {
  readonly status: 'off' | 'starting' | 'live' | 'stopping' | 'ended' | 'failed';
  /** Multivariant playlist; kept after the end, so that a player can finish what it has. */
  readonly url: string | undefined;
  /** All pictures of a stream that is drawn in several shapes, `url` first; else empty. */
  readonly shapes: readonly StreamShape[];
  readonly startedAt: Millis | undefined;
  /** The stream is kept for viewers who go back in it: all of it, or its last minutes. */
  readonly canGoBack: boolean;
  readonly error: string | undefined;
}

/** A picture of a live stream. */
export interface StreamShape {
  /** Multivariant playlist. */
  readonly url: string;
  /** Width by height. */
  readonly ratio: number;
}

/**
 * A recording. `starting` — asked for, nothing is written yet. `on` — since `startedAt`. `stopping` — we asked for the end.
 * `failed` — could not start or broke; `error` says why. Where its files are, back ends are told.
 */
export interface RecordingState {
  readonly status: 'off' | 'starting' | 'on' | 'stopping' | 'failed';
  readonly startedAt: Millis | undefined;
  readonly error: string | undefined;
  /** It is on, and what happens now is left out of it. */
  readonly isPaused: boolean;
}

/** The state of a recording that has not begun. */
export const NOT_RECORDED: RecordingState = {
  status: 'off',
  startedAt: undefined,
  error: undefined,
  isPaused: false,
};

/** One of the platforms to which the stage is sent. */
export interface RtmpTarget {
  /** Its host. */
  readonly server: string;
  readonly state: 'starting' | 'running' | 'retrying' | 'failed';
  /** Why it does not run. */
  readonly reason: string | undefined;
}

/** What is sent to other platforms, as a recording; on as soon as one takes it. */
export interface RtmpState extends Omit<RecordingState, 'isPaused'> {
  /** In the order in which they were given, as long as it runs. */
  readonly targets: readonly RtmpTarget[];
}

/** The state while nothing is sent to other platforms. */
export const NOT_SENT: RtmpState = { status: 'off', startedAt: undefined, error: undefined, targets: [] };

/** Who gets a message. */
export type Recipients =
  | { readonly to: 'everyone' }
  | { readonly to: 'roles'; readonly roles: readonly string[] }
  | { readonly to: 'peer'; readonly peerId: string };

/** A message of the chat, one of ours included. */
export interface ChatMessage {
  /** The server's id; a local one until it has answered. */
  readonly id: string;
  readonly text: string;
  readonly sentAt: Millis;
  readonly sender: {
    /** Undefined when the server itself wrote. */
    readonly peerId: string | undefined;
    /** Stays the same when the person comes in again. */
    readonly userId: string | undefined;
    readonly name: string;
    readonly roleName: string;
    readonly isSelf: boolean;
  };
  readonly recipients: Recipients;
  /** Peer ids of those whom it names, as its sender has chosen them; undefined where they could not. */
  readonly mentions: readonly string[] | undefined;
  /** Of others' messages always `sent`. */
  readonly delivery: 'sending' | 'sent' | 'failed';
  /** It was said before we came. */
  readonly isEarlier: boolean;
}

/** What can be had of what was said before we came. */
export interface ChatHistoryState {
  /** The room keeps its chat for those who come later. */
  readonly isKept: boolean;
  readonly isLoading: boolean;
  /** There may be more before the oldest in `messages`; no more once `MESSAGES_KEPT` are there. */
  readonly hasEarlier: boolean;
}

/** Somebody wants us to take another role. */
export interface Invitation {
  readonly roleName: string;
  readonly level: Level | undefined;
  /** Peer id of who asks, and the name as known when it came. */
  readonly requestedBy: string | undefined;
  readonly requesterName: string;
  readonly token: string;
}

/** So many messages are in `messages`; the oldest go first. */
export const MESSAGES_KEPT = 500;

/** The group that is a raised hand. */
export const HAND_RAISED = '_handraise';

const CAPTURE_OFF: CaptureState = {
  isEnabled: false,
  status: 'off',
  deviceId: undefined,
  track: undefined,
  source: undefined,
  isSubstitute: false,
  error: undefined,
};

/** The state of a session before it connects. */
export function initialState(peerId: string): SessionState {
  return {
    connection: { status: 'idle' },
    self: { peerId, name: '', data: '', userId: '', role: undefined, level: undefined, groups: [] },
    room: {
      id: '',
      name: '',
      description: '',
      sessionId: '',
      startedAt: 0,
      peerCount: undefined,
      countsByRole: undefined,
      isLarge: false,
    },
    liveStream: { status: 'off', url: undefined, startedAt: undefined, canGoBack: false, error: undefined, shapes: [] },
    composition: undefined,
    recording: NOT_RECORDED,
    streamRecording: NOT_RECORDED,
    trackRecording: NOT_RECORDED,
    rtmp: NOT_SENT,
    roles: {},
    peers: {},
    tracks: {},
    speakers: {},
    messages: [],
    chatHistory: { isKept: false, isLoading: false, hasEarlier: false },
    values: {},
    polls: {},
    board: NO_BOARD,
    quality: {},
    volumes: {},
    invitation: undefined,
    microphone: CAPTURE_OFF,
    camera: CAPTURE_OFF,
    screen: SCREEN_OFF,
    screens: [],
    devices: [],
    speakerId: undefined,
    isAudioBlocked: false,
  };
}
