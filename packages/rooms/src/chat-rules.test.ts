import { BLOCKED_USERS, CHAT_STATE, HIDDEN_MESSAGES, PINNED_MESSAGES } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { enter, makeRole, makeSession, outline, ROLES } from '../test/session-fixture.ts';
import { broadcast, type Session, STORE_LIMITS, setValue } from './index.ts';

const room = (): Session => {
  const moderator = makeRole('moderator', { permissions: { removeOthers: true } });
  const session = makeSession({ roles: { ...ROLES, moderator } });
  enter(session, 'm', 'moderator');
  enter(session, 'a', 'audience');
  enter(session, 'v', 'viewer');
  return session;
};

const set = (session: Session, peerId: string, key: string, data: unknown) =>
  setValue(session, peerId, { key, data }, 1);
const write = (session: Session, peerId: string, type = 'chat', to: { roles?: string[]; peer_id?: string } = {}) =>
  outline(broadcast(session, peerId, { info: { message: 'hello', type }, ...to }, 2).effects);

describe('chat rules', () => {
  it('ROOM33: a pause stops chat to anyone, but not moderators, nor other messages', () => {
    const session = room();
    set(session, 'm', CHAT_STATE.key, { enabled: false, updatedAt: 1 });
    for (const to of [{}, { roles: ['viewer'] }, { peer_id: 'v' }]) {
      expect(() => write(session, 'a', 'chat', to)).toThrow('chat is paused');
    }
    expect(write(session, 'a', 'EMOJI_REACTION')).toEqual(['m,v <- on-broadcast']);
    expect(write(session, 'm')).toEqual(['a,v <- on-broadcast']);
    set(session, 'm', CHAT_STATE.key, { enabled: true });
    expect(write(session, 'a')).toEqual(['m,v <- on-broadcast']);
    set(session, 'm', CHAT_STATE.key, { enabled: false });
    set(session, 'm', CHAT_STATE.key, null);
    expect(write(session, 'a')).toEqual(['m,v <- on-broadcast']);
  });

  it('ROOM33: who is blocked by user id may not chat; the others may', () => {
    const session = room();
    set(session, 'm', BLOCKED_USERS.key, ['user-a']);
    expect(() => write(session, 'a')).toThrow('you may not write in this chat');
    expect(write(session, 'v')).toEqual(['a,m <- on-broadcast']);
    set(session, 'm', BLOCKED_USERS.key, []);
    expect(write(session, 'a')).toEqual(['m,v <- on-broadcast']);
  });

  it.each([CHAT_STATE.key, HIDDEN_MESSAGES.key, BLOCKED_USERS.key])('ROOM75: %s is for moderators', (key) => {
    const session = room();
    expect(() => set(session, 'a', key, [])).toThrow('roles with the permission removeOthers');
    expect(session.store.values.has(key)).toBe(false);
    set(session, 'm', key, []);
    expect(session.store.values.has(key)).toBe(true);
  });

  it('ROOM75: pins and keys of apps are for everyone; what is no value of its key is no rule', () => {
    const session = room();
    set(session, 'a', PINNED_MESSAGES.key, [{ id: '1', text: 'A: hello', pinnedBy: 'A' }]);
    for (const strange of ['off', 0, [], { enabled: 'no' }, { enabled: null }]) {
      set(session, 'm', CHAT_STATE.key, strange);
      expect(write(session, 'a')).toHaveLength(1);
    }
    set(session, 'm', BLOCKED_USERS.key, { 'user-a': true });
    expect(write(session, 'a')).toHaveLength(1);
    set(session, 'm', BLOCKED_USERS.key, [7, 'user-a', null]);
    expect(() => write(session, 'a')).toThrow('may not write');
  });

  it('ROOM74: the lists of moderation may be long', () => {
    const session = room();
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `${index}`.padStart(36, '0'));
    set(session, 'm', HIDDEN_MESSAGES.key, ids(400));
    expect(() => set(session, 'm', HIDDEN_MESSAGES.key, ids(500))).toThrow(`at most ${STORE_LIMITS.moderationBytes}`);
    expect(() => set(session, 'm', PINNED_MESSAGES.key, ids(400))).toThrow(`at most ${STORE_LIMITS.valueBytes}`);
  });
});
