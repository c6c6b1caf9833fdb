import type { Words } from '../words/words.ts';

/** An arrow key moves by this many seconds, as in other players; the keys of pages by a minute. */
export const STEP_S = 10;
const PAGE_S = 60;

/**
 * Where a key on the seek bar leads, in seconds behind live; undefined where it means nothing.
 * @param behind where playback is
 * @param kept how far back the stream is kept
 */
export function soughtByKey(key: string, behind: number, kept: number): number | undefined {
  const within = (seconds: number): number => Math.min(kept, Math.max(0, seconds));
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return within(behind + STEP_S);
    case 'ArrowRight':
    case 'ArrowUp':
      return within(behind - STEP_S);
    case 'PageDown':
      return within(behind + PAGE_S);
    case 'PageUp':
      return within(behind - PAGE_S);
    case 'Home':
      return kept;
    case 'End':
      return 0;
    default:
      return undefined;
  }
}

/**
 * Where on the seek bar a pointer is, in whole seconds behind live.
 * @param share of the bar's width, from its old end on; a little outside is its end
 */
export function behindAt(share: number, kept: number): number {
  return Math.round(Math.min(1, Math.max(0, 1 - share)) * kept);
}

/** How far behind live, in words to be read aloud. */
export function behindLiveWords({ viewer }: Words, behind: number): string {
  if (behind <= 0) return viewer.live;
  const units = [
    [Math.floor(behind / 3_600), viewer.hours],
    [Math.floor(behind / 60) % 60, viewer.minutes],
    [Math.floor(behind) % 60, viewer.seconds],
  ] as const;
  const parts = units.filter(([count]) => count > 0).map(([count, unit]) => unit(count));
  return viewer.behindLive(parts.join(' '));
}
