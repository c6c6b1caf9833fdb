import { CodedError } from '@amphi/base';

export type RtmpErrorCode =
  /** What the other side sent is no RTMP, or more than has to be taken. */
  | 'rtmp_malformed'
  /** It does not want the stream: wrong key, or somebody publishes there already. */
  | 'rtmp_refused';

/** Never holds the stream key, nor words of the other side, which may repeat it. */
export class RtmpError extends CodedError<RtmpErrorCode> {}
