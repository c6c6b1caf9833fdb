import type { Millis } from '@amphi/base';
import {
  HIDDEN_MESSAGES,
  type MethodParams,
  MODERATION_KEYS,
  type NotificationParams,
  PublicError,
} from '@amphi/protocol';
import { forgetHidden } from './chat-history.ts';
import { requireModerator } from './chat-rules.ts';
import { type Effect, type Effects, notify } from './effects.ts';
import { type Member, memberOf, type Session } from './session.ts';
import type { SessionStore, StoredValue } from './store-state.ts';

/** What public services allow; lists of what moderators have hidden and whom they have blocked may be longer. */
export const STORE_LIMITS = { valueBytes: 1_024, moderationBytes: 16_384, keys: 100, bytes: 65_536 } as const;

/** What the setter is told, and the notification's words. */
type Told = NotificationParams<'on-metadata-change'>['values'][number];

const encoder = new TextEncoder();

/**
 * Sets a value, or takes it away (`data` absent or null). Those who listen to the key are told.
 * @throws PublicError 403 from the hidden peer, and for keys of moderation from who does not moderate; 409 when it has changed since `if_change_version`; 410; 413 for a value, or
 *   values, that are too large; 429 is the budgets' part
 */
export function setValue(
  session: Session,
  peerId: string,
  { key, data, if_change_version: expected }: MethodParams<'set-metadata'>,
  now: Millis,
): { readonly result: Told; readonly effects: Effects } {
  const member = memberOf(session, peerId);
  requireVoice(member);
  requireModerator(member, key);
  const { store } = session;
  const before = store.values.get(key);
  const version = before?.version ?? 0;
  if (expected !== undefined && expected !== version) {
    throw new PublicError(409, `if_change_version: ${key} has version ${version}, not ${expected}`);
  }
  const json = JSON.stringify(data ?? null);
  const isGone = json === 'null';
  const bytes = isGone ? 0 : encoder.encode(json).length + encoder.encode(key).length;
  requireRoom(store, { key, json, bytes, before, isGone });
  store.version += 1;
  store.bytes += bytes - (before?.bytes ?? 0);
  const value: StoredValue = { json, bytes, updatedAt: now, updatedBy: peerId, version: store.version };
  if (isGone) store.values.delete(key);
  else store.values.set(key, value);
  const result = told(key, value);
  const effects = notify(listenersOf(session, key), 'on-metadata-change', { values: [result] });
  return { result, effects: key === HIDDEN_MESSAGES.key ? [...effects, ...forgetHidden(session)] : effects };
}

/** @throws PublicError 410 */
export function getValue(session: Session, peerId: string, key: string): Told {
  memberOf(session, peerId);
  return told(key, session.store.values.get(key));
}

/**
 * From now on the peer is told of these keys, and of no others. It is told at once how they are.
 * @throws PublicError 403, 410
 */
export function listenTo(session: Session, peerId: string, keys: readonly string[]): Effects {
  const member = memberOf(session, peerId);
  requireVoice(member);
  member.listens.clear();
  for (const key of keys) member.listens.add(key);
  return tellValues(session, member);
}

/** How all keys are that the peer listens to; a key without a value is null, as one that was taken away meanwhile. */
export function tellValues(session: Session, member: Member): Effect[] {
  if (member.listens.size === 0) return [];
  const values = [...member.listens].map((key) => told(key, session.store.values.get(key)));
  return notify([member.peerId], 'on-metadata-change', { values });
}

/** Ids of those who listen to the key. */
export function listenersOf(session: Session, key: string): string[] {
  const ids: string[] = [];
  for (const member of session.members.values()) if (member.listens.has(key)) ids.push(member.peerId);
  return ids;
}

function told(key: string, value: StoredValue | undefined): Told {
  if (!value) return { key, data: null, updated_at: 0, change_version: 0 };
  const { json, updatedAt, updatedBy, version } = value;
  return { key, data: JSON.parse(json), updated_at: updatedAt, updated_by: updatedBy, change_version: version };
}

/** @throws PublicError 403 */
function requireVoice({ hidden, role }: Member): void {
  if (hidden) throw new PublicError(403, `role ${role.name} has no part in the session store`);
}

/** @throws PublicError 413 */
function requireRoom(
  store: SessionStore,
  wanted: {
    readonly key: string;
    readonly json: string;
    readonly bytes: number;
    readonly before: StoredValue | undefined;
    readonly isGone: boolean;
  },
): void {
  if (wanted.isGone) return;
  const { key, json, bytes, before } = wanted;
  const size = encoder.encode(json).length;
  const limit = MODERATION_KEYS.has(key) ? STORE_LIMITS.moderationBytes : STORE_LIMITS.valueBytes;
  if (size > limit) {
    throw new PublicError(413, `data: ${size} bytes as JSON, at most ${limit}`);
  }
  if (!before && store.values.size >= STORE_LIMITS.keys) {
    throw new PublicError(413, `key: "${key}" would be one too many, at most ${STORE_LIMITS.keys} keys`);
  }
  const after = store.bytes + bytes - (before?.bytes ?? 0);
  if (after > STORE_LIMITS.bytes) {
    throw new PublicError(413, `data: the session would store ${after} bytes, at most ${STORE_LIMITS.bytes}`);
  }
}
