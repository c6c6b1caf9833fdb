import { HIDDEN_MESSAGES } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { enter, makeRole, makeSession, outline, ROLES } from '../test/session-fixture.ts';
import {
  announce,
  broadcast,
  changeRolesOfTemplate,
  chatHistory,
  type Effects,
  HISTORY_LIMITS,
  joinPeer,
  type KeptMessage,
  recallMessages,
  roomInfoOf,
  type Session,
  setValue,
} from './index.ts';

const DAY = 86_400_000;
const moderator = makeRole('moderator', { permissions: { removeOthers: true } });

function room(days = 30): Session {
  const session = makeSession({ chatHistory: { days }, roles: { ...ROLES, moderator } });
  enter(session, 'a', 'host');
  enter(session, 'b', 'audience');
  enter(session, 'c', 'viewer');
  return session;
}

function say(
  session: Session,
  peerId: string,
  message: string,
  to: { readonly roles?: string[]; readonly peer_id?: string; readonly type?: string; readonly at?: number } = {},
): { readonly id: string; readonly effects: Effects } {
  const { type = 'chat', at = 100, ...recipients } = to;
  const { receipt, effects } = broadcast(session, peerId, { info: { message, type }, ...recipients }, at);
  return { id: receipt.message_id, effects };
}

const page = (session: Session, peerId: string, params: { before?: number; limit?: number; at?: number } = {}) => {
  const { at = 200, limit = 50, ...rest } = params;
  return chatHistory(session, peerId, { limit, ...rest }, at);
};
const texts = (session: Session, peerId: string): string[] =>
  page(session, peerId).messages.map(({ info }) => info.message);

/** What goes out to be kept, and not to be kept any more. */
function kept(effects: Effects): KeptMessage[] {
  return effects.flatMap((effect) => (effect.type === 'messageKept' ? [effect.message] : []));
}
function forgotten(effects: Effects): string[] {
  return effects.flatMap((effect) => (effect.type === 'messagesForgotten' ? effect.ids : []));
}

/** Another session of the same room. */
function later(messages: readonly KeptMessage[], at = 200): Session {
  const session = makeSession({ chatHistory: { days: 30 }, sessionId: 'session-2', newId: () => 'later' });
  recallMessages(session, messages, at);
  return session;
}

describe('chat history', () => {
  it('CHAT1: nothing is kept where the template does not say so', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    expect(outline(say(session, 'a', 'hi').effects)).toEqual([]);
    expect(roomInfoOf(session)).not.toHaveProperty('chat_history');
    expect(() => page(session, 'a')).toThrow('keeps no chat history');
    expect(roomInfoOf(room())).toMatchObject({ chat_history: true });
  });

  it('CHAT2: who comes later reads what was said to everyone, as it was said, and who said it knows it as its own', () => {
    const session = room();
    const { id } = say(session, 'a', 'hello', { at: 100 });
    enter(session, 'd', 'viewer');
    expect(page(session, 'd')).toEqual({
      messages: [
        {
          peer: {
            peer_id: 'a',
            role: 'host',
            groups: [],
            info: { name: 'A', data: '', user_id: 'user-a', type: 'regular' },
          },
          private: false,
          message_id: id,
          timestamp: 100,
          info: { type: 'chat', message: 'hello' },
          own: false,
        },
      ],
      before: 100_000,
      eof: true,
    });
    expect(page(session, 'a').messages).toMatchObject([{ own: true }]);
  });

  it('CHAT2: only chat is kept, of back ends, too', () => {
    const session = room();
    expect(kept(say(session, 'a', '{}', { type: 'wave' }).effects)).toEqual([]);
    announce(session, { message: 'doors open', type: 'chat' }, 150);
    announce(session, { message: '{}', type: 'score' }, 150);
    announce(session, { message: 'psst', type: 'chat', peerId: 'b' }, 150);
    expect(texts(session, 'c')).toEqual(['doors open']);
    expect(page(session, 'c').messages[0]).not.toHaveProperty('peer');
    expect(texts(session, 'b')).toEqual(['doors open', 'psst']);
  });

  it('CHAT3: what was said to roles is for who has one of them, and for who said it', () => {
    const session = room();
    say(session, 'a', 'to the crew', { roles: ['guest', 'audience'] });
    expect(texts(session, 'b')).toEqual(['to the crew']);
    expect(texts(session, 'c')).toEqual([]);
    expect(texts(session, 'a')).toEqual(['to the crew']);
    enter(session, 'g', 'guest');
    expect(page(session, 'g').messages).toMatchObject([{ roles: ['guest', 'audience'], private: false }]);
  });

  it('CHAT3: a role that gets another name keeps what was said to it', () => {
    const session = room();
    say(session, 'a', 'to the audience', { roles: ['audience'] });
    const { audience: _, ...others } = ROLES;
    changeRolesOfTemplate(session, { ...others, crowd: makeRole('crowd') }, { from: 'audience', to: 'crowd' });
    expect(texts(session, 'b')).toEqual(['to the audience']);
    expect(texts(session, 'c')).toEqual([]);
  });

  it('CHAT4: what was said to one person is for the two, whichever peers they are by then', () => {
    const session = room();
    const { effects } = say(session, 'a', 'between us', { peer_id: 'b' });
    expect(texts(session, 'c')).toEqual([]);
    expect(page(session, 'b').messages).toMatchObject([{ private: true, own: false }]);
    expect(page(session, 'b').messages[0]).not.toHaveProperty('recipient');
    const next = later(kept(effects));
    const come = (peerId: string, identity: string): void => {
      const person = { peerId, userId: identity, bearer: peerId, roleName: 'viewer', name: '', data: '' };
      joinPeer(next, { ...person, identity }, 200);
    };
    // A peer id is anybody's to choose: it opens nothing.
    come('b', 'user eve');
    come('a', 'user mallory');
    come('b2', 'user user-b');
    come('a2', 'user user-a');
    expect(texts(next, 'b')).toEqual([]);
    expect(texts(next, 'a')).toEqual([]);
    expect(texts(next, 'b2')).toEqual(['between us']);
    expect(page(next, 'a2').messages).toMatchObject([{ own: true, recipient: 'b' }]);
  });

  it('CHAT5: pages go backwards, and end where the first message is', () => {
    const session = room();
    for (let i = 1; i <= 5; i++) say(session, 'a', `m${i}`, { at: 100 });
    say(session, 'a', 'not for b', { peer_id: 'c', at: 100 });
    const newest = page(session, 'b', { limit: 2 });
    expect(newest.messages.map(({ info }) => info.message)).toEqual(['m4', 'm5']);
    expect(newest.eof).toBe(false);
    const middle = page(session, 'b', { limit: 2, before: newest.before });
    expect(middle.messages.map(({ info }) => info.message)).toEqual(['m2', 'm3']);
    const first = page(session, 'b', { limit: 2, before: middle.before });
    expect(first.messages.map(({ info }) => info.message)).toEqual(['m1']);
    expect(first.eof).toBe(true);
    expect(page(session, 'b', { before: first.before })).toEqual({ messages: [], before: 0, eof: true });
  });

  it('CHAT5: a page is bounded in bytes, and has one message at least', () => {
    const session = room();
    for (let i = 0; i < 3; i++) say(session, 'a', 'é'.repeat(16_000));
    const { messages, eof } = page(session, 'b');
    expect(messages).toHaveLength(2);
    expect(eof).toBe(false);
    expect(Buffer.byteLength(JSON.stringify(messages))).toBeLessThan(HISTORY_LIMITS.pageBytes + 2_000);
    // All of its characters are written as escapes.
    say(session, 'a', '\u0001'.repeat(10_900));
    expect(page(session, 'b').messages).toHaveLength(1);
  });

  it('CHAT6: of too many, and of too much, the oldest go', () => {
    const session = room();
    const first = say(session, 'a', 'first');
    for (let i = 1; i < HISTORY_LIMITS.messages; i++) say(session, 'a', 'more');
    expect(forgotten(say(session, 'a', 'one too many').effects)).toEqual([first.id]);
    const long = room();
    const gone: string[] = [];
    for (let i = 0; i < 100; i++) gone.push(...forgotten(say(long, 'a', 'x'.repeat(16_000)).effects));
    expect(long.history?.messages.size).toBe(100 - gone.length);
    expect(long.history?.bytes).toBeLessThanOrEqual(HISTORY_LIMITS.bytes);
    expect(long.history?.bytes).toBeGreaterThan(HISTORY_LIMITS.bytes - 17_000);
  });

  it('CHAT7: what is older than the template says is told to nobody, and goes', () => {
    const session = room(1);
    const { id } = say(session, 'a', 'yesterday', { at: 100 });
    expect(page(session, 'b', { at: DAY }).messages).toHaveLength(1);
    expect(page(session, 'b', { at: DAY + 100 }).messages).toEqual([]);
    expect(forgotten(say(session, 'a', 'today', { at: DAY + 100 }).effects)).toEqual([id]);
    const ofSession = room(0);
    say(ofSession, 'a', 'long ago', { at: 100 });
    expect(page(ofSession, 'b', { at: 90 * DAY }).messages).toHaveLength(1);
  });

  it('CHAT8: what moderators hide is kept no more, in what is recalled neither', () => {
    const session = room();
    enter(session, 'm', 'moderator');
    const { id, effects } = say(session, 'a', 'rude');
    say(session, 'a', 'polite');
    const hide = (ids: readonly string[]) =>
      setValue(session, 'm', { key: HIDDEN_MESSAGES.key, data: ids }, 150).effects;
    expect(forgotten(hide([id, 'unknown']))).toEqual([id]);
    expect(texts(session, 'b')).toEqual(['polite']);
    expect(forgotten(hide([id]))).toEqual([]);
    // It was hidden before the database had answered.
    expect(forgotten(recallMessages(session, kept(effects), 150))).toEqual([id]);
    expect(texts(session, 'b')).toEqual(['polite']);
  });

  it('CHAT9: what earlier sessions kept stands before what was said since, each once', () => {
    const before = room();
    const old = [say(before, 'a', 'one', { at: 100 }), say(before, 'a', 'two', { at: 100 })].flatMap(({ effects }) =>
      kept(effects),
    );
    const session = makeSession({ chatHistory: { days: 30 }, newId: () => 'new' });
    enter(session, 'b', 'viewer');
    const since = kept(say(session, 'b', 'three', { at: 300 }).effects);
    recallMessages(session, [...old, ...since], 300);
    expect(texts(session, 'b')).toEqual(['one', 'two', 'three']);
    // Also by a clock that was set back.
    const next = later(old);
    enter(next, 'b', 'viewer');
    say(next, 'b', 'after', { at: 50 });
    expect(texts(next, 'b')).toEqual(['one', 'two', 'after']);
  });

  it('CHAT10: the hidden peer, and who is not in the session, read nothing', () => {
    const session = room();
    say(session, 'a', 'hello');
    enter(session, 'r', '__internal_recorder');
    expect(() => page(session, 'r')).toThrow('may not read the chat');
    expect(() => page(session, 'nobody')).toThrow('not in this session');
  });
});
