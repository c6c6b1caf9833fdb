import type { Notification, NotificationName, NotificationParams } from '@amphi/protocol';
import type { Fact } from './facts.ts';
import type { KeptMessage } from './history-state.ts';

/** What is to happen because of a decision, in this order. The rules do none of it themselves. */
export type Effect =
  /**
   * Tell peers. The recipient list is complete: nobody else may get it. Peers without a socket miss it. With `except` one
   * of them does not get it, so that many notifications can share a list.
   */
  | {
      readonly type: 'notify';
      readonly to: readonly string[];
      readonly except?: string;
      readonly notification: Notification;
    }
  /** What these peers are to be sent has changed: compare `visibleTracks` with what is there. */
  | { readonly type: 'subscriptionsChanged'; readonly peerIds: readonly string[] }
  /** The track may no longer be received from its publisher. */
  | { readonly type: 'closeTrack'; readonly peerId: string; readonly trackId: string }
  /** The publisher muted or unmuted. */
  | { readonly type: 'trackMuted'; readonly peerId: string; readonly trackId: string; readonly muted: boolean }
  /** Peers, roles or tracks changed: numbers in `session-info` and the presence of broadcasters may differ. */
  | { readonly type: 'membershipChanged' }
  /** Whoever came with this bearer's token does not come back to this session. */
  | { readonly type: 'bearerBarred'; readonly bearer: string }
  /** The peer is out: release its media and its socket. */
  | { readonly type: 'peerGone'; readonly peerId: string }
  /** Its counts are others; they are told at intervals (`pollStats`). */
  | { readonly type: 'pollChanged'; readonly pollId: string }
  /** Nobody here may have the whiteboard that is open: it closes after a time, if nobody comes (`closeDesertedBoard`). */
  | { readonly type: 'boardDeserted' }
  /** The stream is in another phase; everyone in the session has been told by a `notify` before. */
  | { readonly type: 'streamChanged' }
  /** A recording, or what is sent to other platforms, is in another phase; as with the stream. */
  | { readonly type: 'outputChanged' }
  /** Nobody may join this room again until it is enabled. */
  | { readonly type: 'roomLocked' }
  /** A message of the chat is to outlive the session. */
  | { readonly type: 'messageKept'; readonly message: KeptMessage }
  /** Messages are not to be kept any more. */
  | { readonly type: 'messagesForgotten'; readonly ids: readonly string[] }
  /** Something has happened that is to be remembered. */
  | { readonly type: 'fact'; readonly fact: Fact }
  /** The session is over for everyone. */
  | { readonly type: 'sessionEnded' };

export type Effects = readonly Effect[];

/** One `notify`, or nothing without recipients. */
export function notify<Name extends NotificationName>(
  to: readonly string[],
  method: Name,
  params: NotificationParams<Name>,
  options: { readonly except?: string } = {},
): Effect[] {
  if (to.length === 0 || (to.length === 1 && to[0] === options.except)) return [];
  // `method` and `params` were typed as a pair by the signature; the union cannot be rebuilt from a generic.
  return [{ type: 'notify', to, ...options, notification: { method, params } as Notification }];
}

/** One `subscriptionsChanged`, or nothing without peers. */
export function subscriptionsChanged(peerIds: readonly string[]): Effect[] {
  return peerIds.length === 0 ? [] : [{ type: 'subscriptionsChanged', peerIds }];
}

export function fact(happened: Fact): Effect {
  return { type: 'fact', fact: happened };
}
