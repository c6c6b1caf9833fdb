import type { Closable, CloseReason } from '@amphi/base';
import type { Notification } from '@amphi/protocol';
import type { ConnectionState } from '@amphi/sfu';
import type { IncomingCall } from '../signaling/connection.ts';
import type { Meter } from '../signaling/meter.ts';
import type { Importance } from '../signaling/receiving.ts';

/**
 * How a session and one peer speak: a signaling socket, or who speaks for an encoder. A session knows no difference but
 * what is said here.
 */
export interface PeerChannel extends Closable {
  readonly isClosed: boolean;
  /** Base URL by which the peer reached the server. */
  readonly reachedAt: string;
  /** Whether what many are told comes as the bytes of a frame; else it comes to `notify`. */
  readonly takesFrames: boolean;
  /** Hands over all calls from now on. To be called once, for a peer that was admitted. */
  receive(meter: Meter, handler: (call: IncomingCall) => void): void;
  notify(notification: Notification): void;
  /** @param frame a whole one of a WebSocket (`textFrame`) */
  send(frame: Buffer, importance?: Importance): void;
  /** Its publish connection is in another state. */
  publishStateChanged?(state: ConnectionState): void;
  /** Tells the peer that it cannot go on, then closes. */
  fail(error: { readonly code: number; readonly message: string }, reason?: CloseReason): void;
  /** A fault of ours at something that the peer sent: logged, and the end of the channel. */
  failAt(error: unknown): void;
}
