import type { Millis } from '@amphi/base';
import { LIMITS } from '@amphi/protocol';

/** What one signaling connection may cost the server. */
export interface SignalingLimits {
  /** Messages of any kind: a token bucket. Beyond it requests are answered 429 and notifications dropped. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Messages beyond the bucket that are borne before the connection is closed; a bucket as well. */
  readonly excessPerSecond: number;
  readonly excessBurst: number;
  /** What may wait, unread, while the peer is being admitted; who sends more is closed. */
  readonly maxWaitingFrames: number;
  readonly maxWaitingBytes: number;
  /** A socket without any traffic for so long is dead; public clients ping every 3 s. */
  readonly silenceMs: Millis;
  /** Unsent bytes above which what is soon out of date (active speakers) is not sent any more. */
  readonly droppableAboveBytes: number;
  /** Unsent bytes above which the receiver is given up: it reconnects and gets the whole truth anew. */
  readonly closeAboveBytes: number;
}

export const DEFAULT_SIGNALING_LIMITS: SignalingLimits = {
  messagesPerSecond: 60,
  messageBurst: 240,
  excessPerSecond: 20,
  excessBurst: 600,
  maxWaitingFrames: 64,
  maxWaitingBytes: LIMITS.frameBytes,
  silenceMs: 20_000,
  droppableAboveBytes: 256 * 1024,
  closeAboveBytes: 8 * 1024 * 1024,
};

/** Options for the `ws` server that accepts signaling sockets. A larger frame is not read: `ws` closes with 1009. */
export const WEBSOCKET_OPTIONS = {
  maxPayload: LIMITS.frameBytes,
  perMessageDeflate: false,
  clientTracking: false,
} as const;
