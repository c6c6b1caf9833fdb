import type { Millis } from '@amphi/base';
import { jsonBytes, type MethodParams, type NotificationParams, PublicError } from '@amphi/protocol';
import { hiddenMessages } from './chat-rules.ts';
import type { Effect, Effects } from './effects.ts';
import type { ChatHistory, KeptMessage } from './history-state.ts';
import { type Member, memberOf, type Session } from './session.ts';

/**
 * The chat that a room keeps for those who come later, where its template says so. The session holds all of it, so that
 * nobody who asks, and nothing that is said, waits for a database; what is to outlive the session goes out as effects.
 */

/** Of one room; the oldest go first. `pageBytes`: of one answer, unless a single message is larger. */
export const HISTORY_LIMITS = { messages: 1_000, bytes: 1_048_576, pageBytes: 65_536 } as const;

/** Beside the text: ids, names, times. */
const BYTES_BESIDE_TEXT = 300;
const DAY_MS: Millis = 86_400_000;
/** Positions of one millisecond. */
const POSITIONS_PER_MS = 1_000;

/** What a message was to those who got it, and in addition whose it is. */
type KeptBroadcast = NotificationParams<'on-broadcast'> & {
  /** The asker wrote it. */
  readonly own: boolean;
  /** Of a private one that the asker wrote: the peer it was for. */
  readonly recipient?: string;
};

export interface HistoryPage {
  /** Oldest first. */
  readonly messages: readonly KeptBroadcast[];
  /** Where the page before this one ends. */
  readonly before: number;
  /** There is no page before this one. */
  readonly eof: boolean;
}

/** Keeps a message, in a room that does. */
export function keepMessage(session: Session, message: Omit<KeptMessage, 'position'>): Effect[] {
  const { history } = session;
  if (!history) return [];
  const position = Math.max(history.lastPosition + 1, message.sentAt * POSITIONS_PER_MS);
  const kept = { ...message, position };
  add(history, kept);
  return [{ type: 'messageKept', message: kept }, ...trim(history, message.sentAt)];
}

/** What earlier sessions of the room, or an earlier process, have kept; others may have been kept since. */
export function recallMessages(session: Session, earlier: readonly KeptMessage[], now: Millis): Effects {
  const { history } = session;
  if (!history) return [];
  const since = [...history.messages.values()];
  history.messages.clear();
  history.bytes = 0;
  for (const message of [...earlier, ...since]) if (!history.messages.has(message.id)) add(history, message);
  return [...forgetHidden(session), ...trim(history, now)];
}

/** What moderators have hidden is told to nobody who comes later, in this session and the next. */
export function forgetHidden(session: Session): Effect[] {
  const { history } = session;
  if (!history) return [];
  return forgotten(hiddenMessages(session).filter((id) => remove(history, id)));
}

/** A role has another name: what was said to its holders stays theirs. */
export function renameInHistory({ history }: Session, from: string, to: string): void {
  if (!history) return;
  for (const [id, message] of history.messages) {
    const { recipients } = message;
    if (recipients.to !== 'roles' || !recipients.roles.includes(from)) continue;
    const roles = recipients.roles.map((role) => (role === from ? to : role));
    history.messages.set(id, { ...message, recipients: { to: 'roles', roles } });
  }
}

/**
 * The newest messages that the peer may read, or those before a page that it has.
 * @throws PublicError 403 from the hidden peer; 404 in a room that keeps none; 410
 */
export function chatHistory(
  session: Session,
  peerId: string,
  { before, limit }: MethodParams<'chat-history'>,
  now: Millis,
): HistoryPage {
  const reader = memberOf(session, peerId);
  if (reader.hidden) throw new PublicError(403, `role ${reader.role.name} may not read the chat`);
  const { history } = session;
  if (!history) throw new PublicError(404, 'this room keeps no chat history');
  const end = before ?? Number.POSITIVE_INFINITY;
  const readable = [...history.messages.values()].filter(
    (message) => message.position < end && !isExpired(history, message, now) && mayRead(reader, message),
  );
  const page: KeptMessage[] = [];
  let bytes = 0;
  while (page.length < limit) {
    const next = readable.at(-1 - page.length);
    if (!next) break;
    bytes += bytesOf(next);
    if (page.length > 0 && bytes > HISTORY_LIMITS.pageBytes) break;
    page.push(next);
  }
  return {
    messages: page.toReversed().map((message) => broadcastFor(reader, message)),
    before: page.at(-1)?.position ?? 0,
    eof: page.length === readable.length,
  };
}

/** As for what is said now: everyone, the holders of roles, one person; and always who said it. */
function mayRead({ identity, role }: Member, { sender, recipients }: KeptMessage): boolean {
  if (sender?.identity === identity) return true;
  switch (recipients.to) {
    case 'everyone':
      return true;
    case 'roles':
      return recipients.roles.includes(role.name);
    case 'peer':
      return recipients.identity === identity;
  }
}

function broadcastFor({ identity }: Member, message: KeptMessage): KeptBroadcast {
  const { id, sentAt, sender, recipients, text } = message;
  const own = sender?.identity === identity;
  return {
    ...(sender && {
      peer: {
        peer_id: sender.peerId,
        role: sender.role,
        groups: [],
        info: { name: sender.name, data: '', user_id: sender.userId, type: 'regular' },
      },
    }),
    ...(recipients.to === 'roles' && { roles: [...recipients.roles] }),
    private: recipients.to === 'peer',
    message_id: id,
    timestamp: sentAt,
    info: { type: 'chat', message: text },
    own,
    ...(own && recipients.to === 'peer' && { recipient: recipients.peerId }),
  };
}

function add(history: ChatHistory, message: KeptMessage): void {
  history.messages.set(message.id, message);
  history.bytes += bytesOf(message);
  history.lastPosition = Math.max(history.lastPosition, message.position);
}

function remove(history: ChatHistory, id: string): boolean {
  const message = history.messages.get(id);
  if (!message) return false;
  history.messages.delete(id);
  history.bytes -= bytesOf(message);
  return true;
}

/** Drops the oldest until the rest fits, and what is too old. */
function trim(history: ChatHistory, now: Millis): Effect[] {
  const ids: string[] = [];
  for (const message of history.messages.values()) {
    const { messages, bytes } = history;
    const fits = messages.size <= HISTORY_LIMITS.messages && bytes <= HISTORY_LIMITS.bytes;
    if (fits && !isExpired(history, message, now)) break;
    remove(history, message.id);
    ids.push(message.id);
  }
  return forgotten(ids);
}

function isExpired({ days }: ChatHistory, { sentAt }: KeptMessage, now: Millis): boolean {
  return days > 0 && sentAt <= now - days * DAY_MS;
}

function forgotten(ids: readonly string[]): Effect[] {
  return ids.length === 0 ? [] : [{ type: 'messagesForgotten', ids }];
}

function bytesOf({ text, sender }: KeptMessage): number {
  return BYTES_BESIDE_TEXT + jsonBytes(text) + (sender ? jsonBytes(sender.name) : 0);
}
