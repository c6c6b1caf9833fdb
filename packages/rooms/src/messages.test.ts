import { describe, expect, it } from 'vitest';
import { enter, makeSession, outline, sent } from '../test/session-fixture.ts';
import { broadcast, type Session } from './index.ts';

const room = (): Session => {
  const session = makeSession();
  enter(session, 'a', 'host');
  enter(session, 'b', 'audience');
  enter(session, 'c', 'viewer');
  enter(session, 'r', '__internal_recorder');
  return session;
};

const info = { message: 'hello', type: 'chat' };

describe('broadcast', () => {
  it('ROOM30: reaches everyone but the sender and the hidden peer', () => {
    const { receipt, effects } = broadcast(room(), 'a', { info }, 77);
    expect(receipt).toEqual({ timestamp: 77, message_id: 'id-1' });
    expect(outline(effects)).toEqual(['b,c <- on-broadcast']);
    expect(sent(effects, 'on-broadcast')).toEqual({
      peer: {
        peer_id: 'a',
        role: 'host',
        groups: [],
        info: { name: 'A', data: '', user_id: 'user-a', type: 'regular' },
      },
      private: false,
      message_id: 'id-1',
      timestamp: 77,
      info,
    });
  });

  it('STG11: says whom it names', () => {
    const { effects } = broadcast(room(), 'a', { info: { ...info, mentions: ['b'] } }, 0);
    expect(sent(effects, 'on-broadcast')).toMatchObject({ info: { mentions: ['b'] } });
  });

  it('ROOM31: reaches the holders of roles', () => {
    const { effects } = broadcast(room(), 'a', { info, roles: ['viewer', 'host'] }, 0);
    expect(outline(effects)).toEqual(['c <- on-broadcast']);
    expect(sent(effects, 'on-broadcast')).toMatchObject({ roles: ['viewer', 'host'], private: false });
    expect(outline(broadcast(room(), 'a', { info, roles: [] }, 0).effects)).toEqual([]);
    expect(() => broadcast(room(), 'a', { info, roles: ['king'] }, 0)).toThrow('"king" is not a role');
  });

  it('ROOM32: reaches one peer, marked private', () => {
    const { effects } = broadcast(room(), 'b', { info, peer_id: 'c' }, 0);
    expect(outline(effects)).toEqual(['c <- on-broadcast']);
    expect(sent(effects, 'on-broadcast')).toMatchObject({ private: true });
    expect(outline(broadcast(room(), 'b', { info, peer_id: 'b' }, 0).effects)).toEqual([]);
    expect(() => broadcast(room(), 'b', { info, peer_id: 'x' }, 0)).toThrow('no peer x');
    expect(() => broadcast(room(), 'b', { info, peer_id: 'r' }, 0)).toThrow('no peer r');
    expect(() => broadcast(room(), 'b', { info, peer_id: 'c', roles: ['viewer'] }, 0)).toThrow('not both');
    expect(() => broadcast(room(), 'r', { info }, 0)).toThrow('may not send messages');
  });
});
