import type { Millis } from '@amphi/base';
import { type AspectRatio, type HlsUpdate, type HlsVariant, PublicError } from '@amphi/protocol';
import type { StopReason } from './stop-reason.ts';

/** The live stream of a session. */
export type StreamState =
  | { readonly phase: 'none' }
  | ({ readonly phase: 'initialised'; readonly second?: SecondPicture } & Beginning)
  /** `path`: where this server serves it. Its address is for each client where that reached the server. */
  | ({
      readonly phase: 'started';
      readonly path: string;
      readonly startedAt: Millis;
      readonly second?: SecondPicture;
    } & Beginning)
  /** `path`: where those who watch see it to its end; absent when it was stopped before it was playable. */
  | { readonly phase: 'stopped'; readonly streamId: string; readonly path?: string }
  | { readonly phase: 'failed'; readonly streamId: string; readonly error: StreamFailure };

export interface Beginning {
  readonly streamId: string;
  readonly initialisedAt: Millis;
  /** Name of the template's destination. */
  readonly destination: string;
  /** `dvr`: the playlist keeps everything; `no-dvr`: a sliding window. */
  readonly playlistType: 'dvr' | 'no-dvr';
  /** Shape of the picture; said of a stream that has a second one. */
  readonly aspectRatio?: AspectRatio;
}

/** The picture of another shape beside the stream's own, as long as it can be played. */
export interface SecondPicture {
  readonly path: string;
  readonly aspectRatio: AspectRatio;
  readonly startedAt: Millis;
}

export interface StreamFailure {
  readonly code: number;
  readonly message: string;
}

/** Facts about a stream. Those about another stream than the present one change nothing. */
export type StreamEvent =
  | ({ readonly type: 'requested' } & Beginning)
  | { readonly type: 'playable'; readonly streamId: string; readonly path: string; readonly at: Millis }
  /** Its second picture can be played, or cannot any more. */
  | { readonly type: 'secondPicture'; readonly streamId: string; readonly second: SecondPicture | undefined }
  /** It is made in another shape. */
  | { readonly type: 'reshaped'; readonly streamId: string; readonly aspectRatio: AspectRatio }
  | { readonly type: 'stopped'; readonly streamId: string; readonly why: StopReason }
  | {
      readonly type: 'failed';
      readonly streamId: string;
      readonly error: StreamFailure;
      /** For back ends (server API, 5.7). */
      readonly errorType?: string;
    };

/** A state in which a stream is on its way or on air. */
export type RunningStream = Extract<StreamState, { phase: 'initialised' | 'started' }>;

export function isRunning(state: StreamState): state is RunningStream {
  return state.phase === 'initialised' || state.phase === 'started';
}

/**
 * The next state; the same object when the event changes nothing.
 * @throws PublicError 400 when a stream is requested while one runs
 */
export function transition(state: StreamState, event: StreamEvent): StreamState {
  if (event.type === 'requested') {
    if (isRunning(state)) throw new PublicError(400, 'beam already started');
    const { type: _, ...beginning } = event;
    return { phase: 'initialised', ...beginning };
  }
  if (!isRunning(state) || state.streamId !== event.streamId) return state;
  switch (event.type) {
    case 'playable':
      // A restarted egress makes the same stream playable again; its first start stays.
      return state.phase === 'started' ? state : { ...state, phase: 'started', path: event.path, startedAt: event.at };
    case 'secondPicture': {
      const { second: before, ...rest } = state;
      if (before?.path === event.second?.path) return state;
      return event.second ? { ...rest, second: event.second } : rest;
    }
    case 'reshaped':
      // Said only where clients have to choose.
      return state.aspectRatio === undefined ? state : { ...state, aspectRatio: event.aspectRatio };
    case 'stopped':
      return { phase: 'stopped', streamId: state.streamId, ...(state.phase === 'started' ? { path: state.path } : {}) };
    case 'failed':
      return { phase: 'failed', streamId: state.streamId, error: event.error };
  }
}

/** The state in the words of `on-hls-update` (client protocol, 10.1). */
export function hlsUpdateOf(state: StreamState): HlsUpdate {
  switch (state.phase) {
    case 'none':
      return { enabled: false, variants: [] };
    case 'initialised':
      return { enabled: true, variants: [variantOf(state, { url: '', state: 'initialised' })] };
    case 'started':
      return {
        enabled: true,
        // Clients that know of one picture play the first. One that is not there yet is not told of: they would wait for it.
        variants: [
          variantOf(state, { url: state.path, state: 'started', started_at: state.startedAt }),
          ...(state.second ? [variantOfSecond(state, state.second)] : []),
        ],
      };
    case 'stopped':
      return { enabled: false, variants: [{ url: state.path ?? '', state: 'stopped' }] };
    case 'failed':
      return { enabled: false, variants: [], error: { ...state.error } };
  }
}

/** The same as a part of the room object, which newcomers get: for them, what is over has no address. */
export function hlsInRoom(state: StreamState): HlsUpdate {
  return hlsUpdateOf(state.phase === 'stopped' ? { phase: 'stopped', streamId: state.streamId } : state);
}

function variantOf(beginning: Beginning, now: HlsVariant): HlsVariant {
  return {
    ...now,
    initialised_at: beginning.initialisedAt,
    playlist_type: beginning.playlistType,
    stream_type: 'composite',
    // Nobody in the room needs to know which page is shown, and its address may let in who knows it.
    meeting_url: '',
    metadata: '',
    ...(beginning.aspectRatio && { aspect_ratio: beginning.aspectRatio }),
  };
}

function variantOfSecond(beginning: Beginning, { path, aspectRatio, startedAt }: SecondPicture): HlsVariant {
  const variant = variantOf(beginning, { url: path, state: 'started', started_at: startedAt });
  return { ...variant, aspect_ratio: aspectRatio };
}
