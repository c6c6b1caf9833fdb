import type { Seconds } from '@amphi/base';

/** Where playback is compared with where a live viewer should be. */
export interface LivePosition {
  /** False once the playlist has ended. */
  readonly isLive: boolean;
  /** How far playback is behind the position where a live viewer should be. */
  readonly behind: Seconds;
}

/** Further behind than this is no longer live; back to live below the other, so that the mark does not flicker. */
export const BEHIND_LIVE: Seconds = 3;
export const CAUGHT_UP: Seconds = 1.5;

/** What a position says about the state: an event for the state machine, or nothing. */
export function livePositionEvent({ isLive, behind }: LivePosition): 'fellBehind' | 'caughtUp' | undefined {
  if (!isLive) return 'caughtUp';
  if (behind > BEHIND_LIVE) return 'fellBehind';
  return behind < CAUGHT_UP ? 'caughtUp' : undefined;
}
