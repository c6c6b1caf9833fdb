import { CodedError } from '@amphi/base';

/**
 * `malformed`: text that is no playlist, or a directive that is no number; `rule`: a playlist that breaks a rule of
 * the standard (`data.rule`, `data.line`); the others answer operations of the live window.
 */
export type HlsErrorCode =
  | 'malformed'
  | 'rule'
  | 'out_of_order'
  | 'part_too_long'
  | 'segment_too_long'
  | 'not_independent'
  | 'ended';

export class HlsError extends CodedError<HlsErrorCode> {}

export function malformed(message: string): HlsError {
  return new HlsError('malformed', message);
}
