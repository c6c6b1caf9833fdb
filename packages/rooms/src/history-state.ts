import type { Millis } from '@amphi/base';

/** A chat message that is kept, with what decides who may read it later. */
export interface KeptMessage {
  readonly id: string;
  /** Its place in the room's chat; grows, also from session to session. */
  readonly position: number;
  readonly sentAt: Millis;
  /** As it was then; absent for a back end. */
  readonly sender?: {
    readonly peerId: string;
    readonly userId: string;
    readonly name: string;
    readonly role: string;
    /** See `Member.identity`. */
    readonly identity: string;
  };
  readonly recipients:
    | { readonly to: 'everyone' }
    | { readonly to: 'roles'; readonly roles: readonly string[] }
    | { readonly to: 'peer'; readonly peerId: string; readonly identity: string };
  readonly text: string;
}

/** What is kept of a room's chat, as the session has it: bounded by `HISTORY_LIMITS`. */
export interface ChatHistory {
  /** Messages are kept for so long, from session to session; 0: they are the session's own. */
  readonly days: number;
  /** By id, oldest first. */
  readonly messages: Map<string, KeptMessage>;
  bytes: number;
  /** Of the newest. */
  lastPosition: number;
}

export function emptyHistory(days: number): ChatHistory {
  return { days, messages: new Map(), bytes: 0, lastPosition: 0 };
}
