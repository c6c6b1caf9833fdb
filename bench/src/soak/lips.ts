import { arrange, PICTURE_ALIGNMENT } from '@amphi/layout';
import {
  beepOnsets,
  clockErrorMs,
  decodeAudio,
  decodeLuma,
  percentile,
  readBarcode,
  withMediaFile,
} from '@amphi/testkit';
import type { Follower, KeptSegment } from './follower.ts';

const CANVAS = { width: 1280, height: 720 };
/** The canvas is judged at half its size. */
const SIZE = { width: 640, height: 360 };
/** A clock that is further off is not read right. */
const CLOCK_TOLERANCE_MS = 2_000;
/** Of the pictures, in which the clock of one who is alone is to be seen. */
const ALONE = 0.8;

/**
 * How much later than what is seen is what is heard, in ms, of one person who is alone on stage: their picture has the
 * time at which it was drawn in it, and beeps begin at full seconds. Both are compared to the playlist.
 * @returns undefined when somebody else is in the last segments, or too little of them can be read
 */
export async function soundBehindPictures(video: Follower, audio: Follower): Promise<number | undefined> {
  const [seen, heard] = [[...video.recent], [...audio.recent]];
  if (seen.length === 0 || heard.length === 0) return undefined;
  const frames = await withSegments(seen, (path) => decodeLuma(path, SIZE.width, SIZE.height));
  const tiles = arrange([{ id: 'p', kind: 'person' }], CANVAS, {
    layout: 'grid',
    tileAspectRatio: '16:9',
    gap: 8,
    align: PICTURE_ALIGNMENT,
  });
  const { x, y, width } = tiles[0]!;
  const place = { x: x / 2, y: y / 2, width: width / 2 };
  const codes = frames.map(({ luma }) => readBarcode(luma, place));
  const { programDateTimeMs } = seen[0]!;
  const errors = frames.map((frame) =>
    clockErrorMs(frame, place, programDateTimeMs + (frame.ptsSeconds - frames[0]!.ptsSeconds) * 1000),
  );
  const right = errors.filter((error) => Math.abs(error) < CLOCK_TOLERANCE_MS);
  if (right.length < frames.length * ALONE) return undefined;
  const fresh = errors.filter((error, i) => Math.abs(error) < CLOCK_TOLERANCE_MS && codes[i] !== codes[i - 1]);
  const sound = await withSegments(heard, decodeAudio);
  const beeps = beepOnsets(sound)
    .map((at) => heard[0]!.programDateTimeMs + (at - sound.startSeconds) * 1000)
    .map((at) => at - Math.round(at / 1000) * 1000);
  return beeps.length < 3 ? undefined : percentile(beeps, 0.5) - percentile(fresh, 0.5);
}

function withSegments<T>(segments: readonly KeptSegment[], use: (path: string) => Promise<T>): Promise<T> {
  return withMediaFile([segments[0]!.init, ...segments.map(({ data }) => data)], use);
}
