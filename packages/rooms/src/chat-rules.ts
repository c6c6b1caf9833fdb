import {
  BLOCKED_USERS,
  CHAT_STATE,
  HIDDEN_MESSAGES,
  MODERATION_KEYS,
  moderatesChat,
  PublicError,
  type SharedValue,
} from '@amphi/protocol';
import type { Member, Session } from './session.ts';
import type { StoredValue } from './store-state.ts';

/**
 * The rules of the chat that moderators make by values of the session store. Every client is held to them, also one that
 * knows nothing of them.
 */

/** The type of message that is chat; hands, reactions and apps' own events are not. */
export const CHAT = 'chat';

/**
 * @throws PublicError 403 for a chat message while the chat is paused, or of one who is blocked. Who moderates may
 *   always write
 */
export function requireChat(session: Session, sender: Member, type: string): void {
  if (type !== CHAT || moderatesChat(sender.role)) return;
  const state = ruleOf(session, CHAT_STATE);
  if (state?.enabled === false) throw new PublicError(403, 'chat is paused');
  if (ruleOf(session, BLOCKED_USERS)?.includes(sender.userId))
    throw new PublicError(403, 'you may not write in this chat');
}

/** Ids of messages that nobody is to see any more. */
export function hiddenMessages(session: Session): readonly string[] {
  return ruleOf(session, HIDDEN_MESSAGES) ?? [];
}

/** @throws PublicError 403 for a key of moderation, set by one who does not moderate */
export function requireModerator(member: Member, key: string): void {
  if (!MODERATION_KEYS.has(key) || moderatesChat(member.role)) return;
  throw new PublicError(403, `key: "${key}" is set by roles with the permission removeOthers`);
}

/** Values never change, so each is read once. */
const readBefore = new WeakMap<StoredValue, unknown>();

function ruleOf<T>(session: Session, { key, read }: SharedValue<T>): T | undefined {
  const stored = session.store.values.get(key);
  if (!stored) return undefined;
  if (!readBefore.has(stored)) readBefore.set(stored, read(JSON.parse(stored.json)));
  return readBefore.get(stored) as T | undefined;
}
