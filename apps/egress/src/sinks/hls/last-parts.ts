import type { AudioPackager } from './audio-packager.ts';
import type { PartInHand, VideoPackager } from './video-packager.ts';

/** By which the middle of a part has to be heard and seen: times of samples are rounded on their way. */
const MARGIN_SECONDS = 0.01;

/**
 * Cuts the last part of each rendition so that all end together. Players that wait until the middle of the last part of each
 * can be seen and heard (hls.js does) would never come to the end otherwise: under load the last ticks have no picture of
 * their own, and a part of one picture is over before the sound, which comes in frames, has reached its middle.
 *
 * A part that one rendition has and another has not is left out, and so are the parts in hand when they are that short: some
 * hundredths of a second. The last pictures stay for as long as there is sound.
 */
export function flushTogether(videos: readonly VideoPackager[], audios: readonly AudioPackager[]): void {
  const packagers = [...videos, ...audios];
  const last = Math.min(...packagers.map(({ inHand, partNumber }) => (inHand ? partNumber : partNumber - 1)));
  const unfinished = packagers.filter(({ partNumber }) => partNumber === last);
  // Where others have all of the part, its last pictures stay to its end.
  const endSeconds =
    unfinished.length < packagers.length
      ? Number.POSITIVE_INFINITY
      : Math.max(...packagers.map(({ inHand }) => inHand!.endSeconds));
  const isWorthIt =
    endSeconds === Number.POSITIVE_INFINITY || isReached(packagers.map((packager) => packager.lastPart(endSeconds)!));
  for (const packager of packagers) {
    if (isWorthIt && packager.partNumber === last) packager.flush(endSeconds);
    else packager.drop();
  }
}

/** Whether the middle of each part is before the end of all. */
function isReached(parts: readonly PartInHand[]): boolean {
  const end = Math.min(...parts.map(({ endSeconds }) => endSeconds));
  return parts.every(({ startSeconds, endSeconds }) => (startSeconds + endSeconds) / 2 + MARGIN_SECONDS <= end);
}
