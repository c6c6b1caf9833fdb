import { CodedError, type Millis } from '@amphi/base';

/** Codes of the errors of this package. */
export type SignalingErrorCode =
  /** The server said no; `serverCode` and the message are its own. */
  | 'refused'
  /** What the server sent does not follow the protocol. */
  | 'malformed_answer'
  /** A request was not answered in time. */
  | 'request_timed_out'
  /** More was asked for than the server has answered yet; nothing was sent. */
  | 'too_many_requests'
  /** The socket went away while a request was waiting, or is away now. */
  | 'connection_lost'
  /** Reconnecting was given up. */
  | 'reconnect_failed'
  /** The connection was closed meanwhile. */
  | 'closed';

export class SignalingError<Code extends string = SignalingErrorCode> extends CodedError<Code> {
  /** The server's own code, when it was the server who refused (`errorCodes` of the protocol). */
  readonly serverCode: number | undefined;
  /** How long the server asks to wait before the same is tried again. */
  readonly retryAfterMs: Millis | undefined;

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; serverCode?: number | undefined; retryAfterMs?: Millis | undefined } = {},
  ) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'SignalingError';
    this.serverCode = options.serverCode;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether trying the same again later may succeed. */
  get isTransient(): boolean {
    const { code, serverCode } = this;
    if (code === 'refused') return serverCode !== undefined && (serverCode === 429 || serverCode >= 500);
    return code === 'request_timed_out' || code === 'connection_lost';
  }
}
