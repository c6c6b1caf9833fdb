import { CodedError } from '@amphi/base';

/** Codes of the errors this package throws. */
export type SdpErrorCode = 'invalid_sdp';

/** SDP that cannot be read or used. `where` names the line or section, `reason` the value got and what is allowed. */
export function invalidSdp(where: string, reason: string): CodedError<SdpErrorCode> {
  return new CodedError('invalid_sdp', `${where}: ${reason}`, { data: { where, reason } });
}

/** A value for an error message: quoted, control characters escaped, cut to a readable length. */
export function shown(value: unknown): string {
  const text = JSON.stringify(String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}
