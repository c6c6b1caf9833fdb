import { assert, type Millis } from '@amphi/base';

/** Below the folder of a recording: track files, and playlists once nobody writes to these any more. */
export const VOD_FOLDER = 'vod';
/** Without the extension. */
export const AUDIO_NAME = 'audio';
/** What is known of a recording when it begins, and not said in its tracks. */
export const BEGINNING_NAME = 'beginning.json';

export interface VodBeginning {
  /** When what is seen and heard at media time 0 was captured, Unix epoch. */
  readonly capturedAtMs: Millis;
}

/** @throws Error for anything else than a `VodBeginning` as JSON */
export function readBeginning(text: string): VodBeginning {
  const { capturedAtMs } = Object(JSON.parse(text));
  assert(Number.isFinite(capturedAtMs), `capturedAtMs: got ${capturedAtMs}, must be a number`);
  return { capturedAtMs };
}
