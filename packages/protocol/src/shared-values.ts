import type { Role } from './role.ts';

/**
 * Keys of the session store by which ready-made rooms agree about chat and stage (prebuilt UI, section 24), whoever made
 * them. `read` gives undefined for what is no value of the key: anyone's client may have written it.
 */
export interface SharedValue<T> {
  readonly key: string;
  readonly read: (value: unknown) => T | undefined;
}

/** Chat is on; off is a pause. Without a value it is on. */
export interface ChatState {
  readonly enabled: boolean;
  readonly updatedBy?: { readonly peerId: string; readonly userId?: string; readonly userName: string };
  /** Milliseconds since 1970. */
  readonly updatedAt?: number;
}

/** A message that stands above the chat. */
export interface PinnedMessage {
  /** Id of the message. */
  readonly id: string;
  /** `name: what was said`. */
  readonly text: string;
  /** Name of who pinned it. */
  readonly pinnedBy: string;
}

export const MAX_PINNED_MESSAGES = 3;

/** Whether the chat is on, or paused. */
export const CHAT_STATE: SharedValue<ChatState> = {
  key: 'chatState',
  read: (value) => {
    const { enabled, updatedBy, updatedAt } = fieldsOf(value);
    if (typeof enabled !== 'boolean') return undefined;
    const { peerId, userId, userName } = fieldsOf(updatedBy);
    return {
      enabled,
      ...(typeof peerId === 'string' &&
        typeof userName === 'string' && {
          updatedBy: { peerId, userName, ...(typeof userId === 'string' && { userId }) },
        }),
      ...(typeof updatedAt === 'number' && { updatedAt }),
    };
  },
};

/** Ids of messages that nobody is to see any more. */
export const HIDDEN_MESSAGES: SharedValue<readonly string[]> = { key: 'chatMessageBlacklist', read: readIds };

/** User ids of those who may not write in the chat. */
export const BLOCKED_USERS: SharedValue<readonly string[]> = { key: 'chatPeerBlacklist', read: readIds };

/** At most three; the oldest first. */
export const PINNED_MESSAGES: SharedValue<readonly PinnedMessage[]> = {
  key: 'pinnedMessages',
  read: (value) => (Array.isArray(value) ? value.filter(isPinnedMessage).slice(-MAX_PINNED_MESSAGES) : undefined),
};

/** Peer id of who is shown large to everyone. */
export const SPOTLIGHT: SharedValue<string> = {
  key: 'spotlight',
  read: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
};

/** What only those may set who moderate the chat. */
export const MODERATION_KEYS: ReadonlySet<string> = new Set([CHAT_STATE.key, HIDDEN_MESSAGES.key, BLOCKED_USERS.key]);

/** Whoever may put people out may also pause the chat, hide messages and keep people from writing. */
export function moderatesChat(role: Pick<Role, 'permissions'>): boolean {
  return role.permissions.removeOthers;
}

function readIds(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : undefined;
}

function isPinnedMessage(value: unknown): value is PinnedMessage {
  const { id, text, pinnedBy } = fieldsOf(value);
  return typeof id === 'string' && typeof text === 'string' && typeof pinnedBy === 'string';
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
