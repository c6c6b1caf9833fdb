import { CodedError } from '@amphi/base';

/**
 * `network`: playlists or media cannot be loaded; `media`: the browser cannot decode or buffer them; `unsupported`: this
 * browser can play HLS in no way.
 */
export type PlayerErrorCode = 'network' | 'media' | 'unsupported';

/** Why nothing plays; `code` says what went wrong. */
export class PlayerError extends CodedError<PlayerErrorCode> {}
