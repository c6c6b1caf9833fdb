import { type Millis, unreachable } from '@amphi/base';
import type { PlayerError } from './errors.ts';

/** What a viewer is to see. Each state has the fields that make sense in it. */
export type PlayerState =
  /** Nothing to play. */
  | { readonly name: 'idle' }
  /** On the way to the first picture; `attempt` counts from 0, `error` is why the last one failed. */
  | { readonly name: 'loading'; readonly attempt: number; readonly error?: PlayerError }
  /** Close to the live edge, or anywhere in a stream that has ended. */
  | { readonly name: 'playing' }
  /** Playing, but further behind the live edge than a live viewer should be. */
  | { readonly name: 'behindLive' }
  /** The picture stands still for want of media. */
  | { readonly name: 'buffering' }
  | { readonly name: 'paused' }
  /** The browser wants a gesture of the user before it plays (with sound). */
  | { readonly name: 'autoplayBlocked' }
  /** Played to the end of a stream that has ended. */
  | { readonly name: 'ended' }
  /** Given up for now. Tried again at `retryAt` if there is one, or by `retry()`. */
  | { readonly name: 'failed'; readonly error: PlayerError; readonly retryAt?: Millis };

/** Where a player is between loading and the end. */
export type PlayerStateName = PlayerState['name'];

export type PlayerEvent =
  | { readonly type: 'loadCalled' }
  | { readonly type: 'unloadCalled' }
  /** Another attempt begins after one that failed. */
  | { readonly type: 'retryStarted'; readonly attempt: number; readonly error?: PlayerError }
  /** The browser shows moving pictures. */
  | { readonly type: 'playbackStarted' }
  | { readonly type: 'mediaRanOut' }
  | { readonly type: 'pauseCalled' }
  | { readonly type: 'autoplayRefused' }
  | { readonly type: 'fellBehind' }
  | { readonly type: 'caughtUp' }
  | { readonly type: 'endReached' }
  | { readonly type: 'gaveUp'; readonly error: PlayerError; readonly retryAt?: Millis };

export const IDLE: PlayerState = { name: 'idle' };

/** The state after an event. An event that means nothing in a state leaves it as it is (the same object). */
export function transition(state: PlayerState, event: PlayerEvent): PlayerState {
  switch (event.type) {
    case 'loadCalled':
      return { name: 'loading', attempt: 0 };
    case 'unloadCalled':
      return state.name === 'idle' ? state : IDLE;
    case 'retryStarted': {
      // A failed view stays until something plays: it must not flicker with every attempt behind it.
      if (state.name === 'idle' || state.name === 'failed') return state;
      const { attempt, error } = event;
      return { name: 'loading', attempt, ...(error ? { error } : {}) };
    }
    case 'playbackStarted':
      if (state.name === 'idle' || state.name === 'playing' || state.name === 'behindLive') return state;
      return { name: 'playing' };
    case 'mediaRanOut':
      return state.name === 'playing' || state.name === 'behindLive' ? { name: 'buffering' } : state;
    case 'pauseCalled':
      return canPause(state) ? { name: 'paused' } : state;
    case 'autoplayRefused':
      return state.name === 'idle' || state.name === 'failed' ? state : { name: 'autoplayBlocked' };
    case 'fellBehind':
      return state.name === 'playing' ? { name: 'behindLive' } : state;
    case 'caughtUp':
      return state.name === 'behindLive' ? { name: 'playing' } : state;
    case 'endReached':
      return state.name === 'idle' || state.name === 'failed' ? state : { name: 'ended' };
    case 'gaveUp': {
      if (state.name === 'idle') return state;
      const { error, retryAt } = event;
      return { name: 'failed', error, ...(retryAt === undefined ? {} : { retryAt }) };
    }
    default:
      return unreachable(event);
  }
}

const canPause = ({ name }: PlayerState): boolean =>
  name === 'playing' || name === 'behindLive' || name === 'buffering';
