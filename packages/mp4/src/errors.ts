import { CodedError } from '@amphi/base';

/**
 * `truncated`: a box or field runs past the end; `malformed`: a field contradicts the standard or its neighbours;
 * `unsupported`: valid but outside what this package reads or writes.
 */
export type Mp4ErrorCode = 'truncated' | 'malformed' | 'unsupported';

export class Mp4Error extends CodedError<Mp4ErrorCode> {}
