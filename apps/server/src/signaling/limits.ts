import type { Millis } from '@amphi/base';
import { LIMITS } from '@amphi/protocol';

/** What one signaling connection may cost the server beside what its bearer may send (`Meter`). */
export interface ConnectionLimits {
  /**
   * What may wait, unread, while the peer is being admitted; who sends more is closed. And what is passed over of one that we
   * have closed, before it is not read any more.
   */
  readonly maxWaitingFrames: number;
  readonly maxWaitingBytes: number;
  /** A socket without any traffic for so long is dead; public clients ping every 3 s. */
  readonly silenceMs: Millis;
  /** Unsent bytes above which the receiver is given up: it reconnects and gets the whole truth anew. */
  readonly maxUnsentBytes: number;
}

export const DEFAULT_CONNECTION_LIMITS: Omit<ConnectionLimits, 'maxUnsentBytes'> = {
  maxWaitingFrames: 64,
  maxWaitingBytes: LIMITS.frameBytes,
  silenceMs: 20_000,
};

/** Options for the `ws` server that accepts signaling sockets. A larger frame is not read: `ws` closes with 1009. */
export const WEBSOCKET_OPTIONS = {
  maxPayload: LIMITS.frameBytes,
  perMessageDeflate: false,
  clientTracking: false,
} as const;
