import type { Seconds } from '@amphi/base';

/** Browsers show a picture that begins a little later than they stand. */
const GAP: Seconds = 0.1;

/** What a video element has to play from where it is. */
export function aheadOf({ buffered, currentTime }: HTMLVideoElement): Seconds {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= currentTime + GAP && buffered.end(i) > currentTime) return buffered.end(i) - currentTime;
  }
  return 0;
}
