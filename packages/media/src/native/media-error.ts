import { CodedError } from '@amphi/base';
import { AV_LOG_FATAL, FFmpegError, Log } from './codec-library.ts';

export type MediaErrorCode =
  | 'codec_missing'
  | 'codec_refused'
  | 'invalid_data'
  | 'unsupported_picture'
  | 'image_unusable';

/**
 * The library's log goes to standard error. What it calls an error is told by the call as well, and a sender of garbage would
 * write a line of it with each picture: only what it does not survive is worth one.
 */
export function quietCodecLibrary(): void {
  Log.setLevel(AV_LOG_FATAL);
}

/** @throws CodedError `codec_refused` when a call of the library answered with a negative code */
export function check(result: number, what: string): number {
  if (result >= 0) return result;
  throw new CodedError<MediaErrorCode>('codec_refused', `${what}: ${new FFmpegError(result).message} (${result})`);
}
