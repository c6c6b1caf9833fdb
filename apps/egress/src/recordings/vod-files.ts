import { assert, type Millis, type Seconds } from '@amphi/base';
import type { ThumbnailImage } from '@amphi/hls';

/** Below the folder of a recording: track files, and playlists once nobody writes to these any more. */
export const VOD_FOLDER = 'vod';
/** Without the extension. */
export const AUDIO_NAME = 'audio';
/** When what is in it was captured, which its tracks do not say: a line of JSON for each stretch without a pause. */
export const TAKES_NAME = 'takes.jsonl';

export interface VodTake {
  /** Media time of its first picture. */
  readonly atSeconds: Seconds;
  /** When that was captured, Unix epoch. */
  readonly capturedAtMs: Millis;
}

/** What is on the images of thumbnails, which these do not say: a line of JSON for each. */
export const THUMBNAIL_IMAGES_NAME = 'thumbnails.jsonl';
export const thumbnailFile = (number: number): string => `thumbnails-${number}.jpg`;

/** An image of small pictures, by its name. */
export interface VodThumbnails extends ThumbnailImage {
  readonly uri: string;
}

/** As `readTakes`. */
export function readThumbnails(text: string): VodThumbnails[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const { uri, dates, columns, tileWidth, tileHeight } = Object(JSON.parse(line));
    const numbers = [columns, tileWidth, tileHeight, ...(Array.isArray(dates) ? dates : [undefined])];
    assert(typeof uri === 'string' && numbers.every(Number.isFinite), `${THUMBNAIL_IMAGES_NAME}: got ${line}`);
    return { uri, dates, columns, tileWidth, tileHeight };
  });
}

/** A killed writer leaves a last line that is not whole; it is as if it were not there. @throws Error for anything else */
export function readTakes(text: string): VodTake[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const { atSeconds, capturedAtMs } = Object(JSON.parse(line));
    assert(Number.isFinite(atSeconds) && Number.isFinite(capturedAtMs), `${TAKES_NAME}: got ${line}`);
    return { atSeconds, capturedAtMs };
  });
}
