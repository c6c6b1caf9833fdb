import { CodedError, type Millis } from '@amphi/base';

/** Codes of the errors that this package throws or exposes in its state. */
export type ClientErrorCode =
  /** The auth token cannot be decoded. */
  | 'invalid_token'
  /** The server did not answer over HTTP. */
  | 'endpoint_unreachable'
  /** The server said no; `serverCode` and the message are its own. */
  | 'refused'
  /** What the server sent does not follow the protocol. */
  | 'malformed_answer'
  /** A request was not answered in time. */
  | 'request_timed_out'
  /** More was asked for than the server has answered yet; nothing was sent. */
  | 'too_many_requests'
  /** The signaling socket went away while a request was waiting, or is away now. */
  | 'connection_lost'
  /** Reconnecting was given up. */
  | 'reconnect_failed'
  /** The media connections could not be brought back. */
  | 'media_lost'
  /** SDP could not be made or applied. */
  | 'negotiation_failed'
  /** The call does not fit the state, e.g. a message before joining. */
  | 'wrong_state'
  /** The session was left or closed meanwhile. */
  | 'closed'
  /** The role does not permit it; nothing was sent. */
  | 'not_allowed'
  /** Cameras and microphones need HTTPS or localhost. */
  | 'insecure_page'
  | 'device_denied'
  | 'device_missing'
  | 'device_in_use'
  | 'device_lost'
  | 'device_failed'
  /** The person closed the browser's screen picker. */
  | 'capture_cancelled';

export class ClientError extends CodedError<ClientErrorCode> {
  /** The server's own code, when it was the server who refused (`errorCodes` of the protocol). */
  readonly serverCode: number | undefined;
  /** How long the server asks to wait before the same is tried again. */
  readonly retryAfterMs: Millis | undefined;

  constructor(
    code: ClientErrorCode,
    message: string,
    options: { cause?: unknown; serverCode?: number; retryAfterMs?: Millis | undefined } = {},
  ) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ClientError';
    this.serverCode = options.serverCode;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether trying the same again later may succeed. */
  get isTransient(): boolean {
    if (this.code === 'refused') {
      return this.serverCode !== undefined && (this.serverCode === 429 || this.serverCode >= 500);
    }
    return this.code === 'endpoint_unreachable' || this.code === 'request_timed_out' || this.code === 'connection_lost';
  }
}

/** Wraps whatever was thrown; an error that is ours already stays as it is. */
export function toClientError(error: unknown, code: ClientErrorCode, what: string): ClientError {
  if (error instanceof ClientError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ClientError(code, `${what}: ${reason}`, { cause: error });
}
