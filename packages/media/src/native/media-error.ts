import { CodedError } from '@amphi/base';
import { AV_LOG_FATAL, FFmpegError, Log } from './codec-library.ts';

const SVT_LOG_ERROR = '1';

export type MediaErrorCode =
  | 'codec_missing'
  | 'codec_refused'
  | 'invalid_data'
  | 'unsupported_picture'
  | 'image_unusable';

/**
 * The library's log goes to standard error. What it calls an error is told by the call as well, and a sender of garbage would
 * write a line of it with each picture: only what it does not survive is worth one. SVT-AV1 has a log of its own, which the
 * environment of the process bounds: it can be set on the first thread alone.
 */
export function quietCodecLibrary(): void {
  Log.setLevel(AV_LOG_FATAL);
  process.env.SVT_LOG ??= SVT_LOG_ERROR;
}

/** @throws CodedError `codec_refused` when a call of the library answered with a negative code */
export function check(result: number, what: string): number {
  if (result >= 0) return result;
  throw new CodedError<MediaErrorCode>('codec_refused', `${what}: ${new FFmpegError(result).message} (${result})`);
}
