import { decodeLuma, readBarcode } from '@amphi/testkit';

/** Wide enough for the clock in a picture to be read. */
const SIZE = { width: 640, height: 360 };
/** Longer than any recording of a benchmark. A clock that is read wrong is off by weeks. */
const LONGEST_MS = 3_600_000;

/** Of a recorded file with one person alone on stage, whose picture has a clock in it. */
export interface RecordedPictures {
  readonly frames: number;
  /** From the first in which the clock can be read on: those in which it can not. */
  readonly unreadable: number;
  /** Pictures that show an earlier time than one before them. */
  readonly backward: number;
}

/** @param path of an MP4 file */
export async function picturesOf(path: string): Promise<RecordedPictures> {
  const frames = await decodeLuma(path, SIZE.width, SIZE.height);
  const now = Date.now() >>> 0;
  const ages = frames.map(({ luma }) => (now - readBarcode(luma, { x: 0, y: 0, width: SIZE.width })) | 0);
  const isRight = (age: number): boolean => age >= 0 && age < LONGEST_MS;
  const shown = ages.slice(Math.max(0, ages.findIndex(isRight)));
  const right = shown.filter(isRight);
  return {
    frames: frames.length,
    unreadable: shown.length - right.length,
    backward: right.filter((age, i) => i > 0 && age > right[i - 1]!).length,
  };
}
