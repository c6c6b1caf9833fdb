import type { Millis, Seconds } from '@amphi/base';
import type { CaptionTrack, Level } from './engine.ts';
import type { PlayerState } from './player-state.ts';

/** Everything a view shows. A new object whenever anything in it changed, the same one otherwise. */
export interface PlayerSnapshot {
  readonly state: PlayerState;
  readonly url: string | undefined;
  /** The playlist goes on. */
  readonly isLive: boolean;
  /**
   * Age of the picture shown: this machine's clock against EXT-X-PROGRAM-DATE-TIME, so it is off by what their clocks
   * differ. Undefined before the first picture. Rounded to 0.1 s.
   */
  readonly latency: Seconds | undefined;
  /** How far playback is behind where a live viewer should be. Rounded to 0.1 s. */
  readonly behindLive: Seconds;
  /** How far back from there the stream is kept: where `seekBehindLive` can go. Whole seconds; 0 when that is not known. */
  readonly seekableBehind: Seconds;
  /** Those with a picture, the largest first. */
  readonly levels: readonly Level[];
  readonly currentLevel: Level | undefined;
  /** What the viewer chose; undefined: automatic. */
  readonly chosenLevel: Level | undefined;
  /** None where the stream has no captions. */
  readonly captions: readonly CaptionTrack[];
  /** Those that are shown over the picture. */
  readonly chosenCaptions: CaptionTrack | undefined;
  readonly volume: number;
  readonly isMuted: boolean;
}

/** Figures of what plays now. */
export interface PlayerStats {
  readonly width: number;
  readonly height: number;
  readonly bitrateBps: number | undefined;
  /** Of the connection, as far as the engine can tell. */
  readonly bandwidthBps: number | undefined;
  /** Buffered ahead of the picture. */
  readonly bufferAhead: Seconds;
  readonly latency: Seconds | undefined;
  readonly behindLive: Seconds;
  readonly playbackRate: number;
  readonly framesShown: number;
  readonly framesDropped: number;
  /** Times the picture stood still for want of media, and for how long in all. */
  readonly stalls: number;
  readonly stalledMs: Millis;
}

/** True when a view would show the same. Arrays and objects are compared by identity. */
export function isSameSnapshot(a: PlayerSnapshot, b: PlayerSnapshot): boolean {
  const keys = Object.keys(a) as (keyof PlayerSnapshot)[];
  return keys.every((key) => Object.is(a[key], b[key]));
}
