import { describe, expect, it } from 'vitest';
import { enter, makeSession, outline, sent } from '../test/session-fixture.ts';
import {
  getValue,
  leavePeer,
  listenTo,
  peerDisconnected,
  resumePeer,
  type Session,
  STORE_LIMITS,
  setValue,
} from './index.ts';

const room = (): Session => {
  const session = makeSession();
  enter(session, 'a', 'host');
  enter(session, 'b', 'guest');
  enter(session, 'c', 'viewer');
  return session;
};

const set = (session: Session, peerId: string, key: string, data: unknown, version?: number) =>
  setValue(session, peerId, { key, data, ...(version === undefined ? {} : { if_change_version: version }) }, 7);

describe('session store', () => {
  it('ROOM70: a value is kept, told to those who listen to its key, and to nobody else', () => {
    const session = room();
    listenTo(session, 'b', ['pinned']);
    listenTo(session, 'c', ['other']);
    const { result, effects } = set(session, 'a', 'pinned', { text: 'hello' });
    const told = { key: 'pinned', data: { text: 'hello' }, updated_at: 7, updated_by: 'a', change_version: 1 };
    expect(result).toEqual(told);
    expect(outline(effects)).toEqual(['b <- on-metadata-change']);
    expect(sent(effects, 'on-metadata-change')).toEqual({ values: [told] });
    expect(getValue(session, 'c', 'pinned')).toEqual(told);
    expect(getValue(session, 'c', 'nothing')).toEqual({ key: 'nothing', data: null, updated_at: 0, change_version: 0 });
  });

  it('ROOM71: who begins to listen is told at once how all its keys are; the new list replaces the old one', () => {
    const session = room();
    set(session, 'a', 'x', 1);
    const effects = listenTo(session, 'b', ['x', 'y']);
    expect(outline(effects)).toEqual(['b <- on-metadata-change']);
    expect(sent(effects, 'on-metadata-change')).toMatchObject({
      values: [
        { key: 'x', data: 1 },
        { key: 'y', data: null },
      ],
    });
    expect(listenTo(session, 'b', [])).toEqual([]);
    expect(set(session, 'a', 'x', 2).effects).toEqual([]);
  });

  it('ROOM71: it is told again when it is back; who left listens no more', () => {
    const session = room();
    listenTo(session, 'b', ['x']);
    peerDisconnected(session, 'b', 10);
    set(session, 'a', 'x', 'while away');
    expect(sent(resumePeer(session, 'b', 0), 'on-metadata-change')).toMatchObject({ values: [{ data: 'while away' }] });
    leavePeer(session, 'b', { why: 'left' });
    expect(set(session, 'a', 'x', 3).effects).toEqual([]);
  });

  it('ROOM72: a value without data is taken away, and its place is free', () => {
    const session = room();
    listenTo(session, 'b', ['x']);
    set(session, 'a', 'x', 'something');
    const { result, effects } = set(session, 'a', 'x', undefined);
    expect(result).toMatchObject({ key: 'x', data: null, change_version: 2 });
    expect(sent(effects, 'on-metadata-change')).toMatchObject({ values: [{ key: 'x', data: null }] });
    expect(session.store).toMatchObject({ bytes: 0, values: new Map() });
  });

  it('ROOM73: a change on a condition happens only to the version named, also after a deletion', () => {
    const session = room();
    expect(set(session, 'a', 'x', 1, 0).result.change_version).toBe(1);
    expect(() => set(session, 'b', 'x', 2, 0)).toThrow('if_change_version: x has version 1, not 0');
    set(session, 'b', 'x', 2, 1);
    set(session, 'b', 'x', null);
    expect(set(session, 'a', 'x', 3).result.change_version).toBe(4);
    expect(() => set(session, 'a', 'x', 4, 1)).toThrow('not 1');
    expect(getValue(session, 'a', 'x').data).toBe(3);
  });

  it('ROOM74: is bounded in keys, in bytes of a value and of all; a refused value changes nothing', () => {
    const session = room();
    expect(() => set(session, 'a', 'x', 'y'.repeat(STORE_LIMITS.valueBytes))).toThrow(
      '1026 bytes as JSON, at most 1024',
    );
    for (let i = 0; i < STORE_LIMITS.keys; i++) set(session, 'a', `k${i}`, i);
    expect(() => set(session, 'a', 'more', 1)).toThrow('at most 100 keys');
    expect(set(session, 'a', 'k7', 'again').result.data).toBe('again');
    const full = room();
    const large = 'y'.repeat(1_000);
    for (let i = 0; i < 65; i++) set(full, 'a', `k${i}`, large);
    expect(() => set(full, 'a', 'k65', large)).toThrow('at most 65536');
    expect(full.store.bytes).toBeLessThanOrEqual(STORE_LIMITS.bytes);
    expect(full.store.values.size).toBe(65);
    expect(set(full, 'a', 'k65', 'short').result.data).toBe('short');
  });

  it('ROOM74: what is kept is not what the caller holds', () => {
    const session = room();
    const data = { list: [1] };
    set(session, 'a', 'x', data);
    data.list.push(2);
    expect(getValue(session, 'a', 'x').data).toEqual({ list: [1] });
  });

  it('ROOM5: the hidden peer has no part in it', () => {
    const session = room();
    enter(session, 'r', '__internal_recorder');
    expect(() => set(session, 'r', 'x', 1)).toThrow('no part');
    expect(() => listenTo(session, 'r', ['x'])).toThrow('no part');
  });
});
