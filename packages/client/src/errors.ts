import { SignalingError, type SignalingErrorCode } from '@amphi/signaling';

/** Codes of the errors that this package throws or exposes in its state. */
export type ClientErrorCode =
  | SignalingErrorCode
  /** The auth token cannot be decoded. */
  | 'invalid_token'
  /** The server did not answer over HTTP. */
  | 'endpoint_unreachable'
  /** The media connections could not be brought back. */
  | 'media_lost'
  /** SDP could not be made or applied. */
  | 'negotiation_failed'
  /** The call does not fit the state, e.g. a message before joining. */
  | 'wrong_state'
  /** The role does not permit it; nothing was sent. */
  | 'not_allowed'
  /** Cameras and microphones need HTTPS or localhost. */
  | 'insecure_page'
  | 'device_denied'
  | 'device_missing'
  | 'device_in_use'
  | 'device_lost'
  | 'device_failed'
  /** What an app has a camera or microphone go through does not work. */
  | 'processor_failed'
  /** The person closed the browser's screen picker. */
  | 'capture_cancelled';

/** What calls of the SDK reject with; `code` says what went wrong. */
export class ClientError extends SignalingError<ClientErrorCode> {
  override name = 'ClientError';

  override get isTransient(): boolean {
    return super.isTransient || this.code === 'endpoint_unreachable';
  }
}

/** Wraps whatever was thrown; an error that is ours already stays as it is, one of signaling keeps what it says. */
export function toClientError(error: unknown, code: ClientErrorCode, what: string): ClientError {
  if (error instanceof ClientError) return error;
  if (error instanceof SignalingError) {
    const { serverCode, retryAfterMs, cause } = error;
    return new ClientError(error.code as SignalingErrorCode, error.message, { serverCode, retryAfterMs, cause });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new ClientError(code, `${what}: ${reason}`, { cause: error });
}
