import type { Millis } from '@amphi/base';
import { LIMITS } from '@amphi/protocol';

/** What one signaling connection may cost the server. */
export interface SignalingLimits {
  /** Larger frames are refused with 413. */
  readonly maxFrameBytes: number;
  /** Messages of any kind: a token bucket. Beyond it requests are answered 429 and notifications dropped. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Messages beyond the bucket that are borne before the connection is closed; a bucket as well. */
  readonly excessPerSecond: number;
  readonly excessBurst: number;
  /** Messages that may wait while the peer is being admitted. */
  readonly maxWaitingCalls: number;
  /** A socket without any traffic for so long is dead; public clients ping every 3 s. */
  readonly silenceMs: Millis;
  /** Unsent bytes above which what is soon out of date (active speakers) is not sent any more. */
  readonly droppableAboveBytes: number;
  /** Unsent bytes above which the receiver is given up: it reconnects and gets the whole truth anew. */
  readonly closeAboveBytes: number;
}

export const DEFAULT_SIGNALING_LIMITS: SignalingLimits = {
  maxFrameBytes: LIMITS.frameBytes,
  messagesPerSecond: 60,
  messageBurst: 240,
  excessPerSecond: 20,
  excessBurst: 600,
  maxWaitingCalls: 64,
  silenceMs: 20_000,
  droppableAboveBytes: 256 * 1024,
  closeAboveBytes: 8 * 1024 * 1024,
};

/**
 * Options for the `ws` server that accepts signaling sockets. Frames up to `maxPayload` are read, so that those above
 * `maxFrameBytes` can still be answered; beyond it `ws` closes with 1009.
 */
export const WEBSOCKET_OPTIONS = { maxPayload: 1024 * 1024, perMessageDeflate: false, clientTracking: false } as const;
