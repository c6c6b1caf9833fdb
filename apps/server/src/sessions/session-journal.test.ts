import { silentLogger } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { expect, it, onTestFinished } from 'vitest';
import type { PeerRecord, SessionRecords } from './ports/earlier.ts';
import { SessionJournal } from './session-journal.ts';

function peer(peerId: string, name = peerId): PeerRecord {
  const claims = {
    access_key: 'key',
    type: 'app',
    version: 2,
    room_id: 'room',
    user_id: peerId,
    role: 'viewer',
    iat: 0,
    nbf: 0,
    exp: 1,
    jti: peerId,
  } as const;
  return {
    peerId,
    tokenHash: peerId,
    claims,
    role: 'viewer',
    name,
    data: '',
    joinedAt: 0,
    sfuNodeId: undefined,
    autoVideo: true,
    groups: [],
    handRaisedAt: undefined,
    listens: [],
  };
}

it('RST9: thousands are looked at in turns of the event loop, and who goes meanwhile is gone in the next round', async () => {
  const clock = new VirtualClock();
  const here = new Map(Array.from({ length: 3_000 }, (_, index) => [`p${index}`, peer(`p${index}`)]));
  const written = new Set<string>();
  const records: SessionRecords = {
    maxRestMs: 0,
    open: async () => {},
    savePeers: async (_, peers) => {
      for (const { peerId } of peers) written.add(peerId);
    },
    removePeers: async (_, peerIds) => {
      for (const peerId of peerIds) written.delete(peerId);
    },
    saveState: async () => {},
    removeState: async () => {},
    close: async () => {},
  };
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  let turns = 0;
  const mostInOneTurn: number[] = [];
  let inThisTurn = 0;
  const nextTurn = (): void => {
    mostInOneTurn.push(inThisTurn);
    inThisTurn = 0;
    // Half-way through the first look.
    if (++turns === 3) {
      here.delete('p0');
      journal.touch();
    }
    if (!isOver) setImmediate(nextTurn);
  };
  const journal = new SessionJournal({
    session: { id: 'session', roomId: 'room', startedAt: 0 },
    records,
    *describe() {
      // As they were when the look began.
      for (const each of [...here.values()]) {
        inThisTurn += 1;
        yield each;
      }
    },
    describeState: () => [],
    isWorthIt: () => true,
    clock,
    logger: silentLogger,
  });
  journal.touch();
  clock.advance(100);
  setImmediate(nextTurn);
  await expect.poll(() => written.size).toBe(3_000);
  // A change that comes during a look is written by another one, a second later at most.
  clock.advance(1_000);
  await expect.poll(() => written.size).toBe(2_999);
  expect(written.has('p0')).toBe(false);
  expect(Math.max(...mostInOneTurn)).toBeLessThanOrEqual(500);
  await journal.close();
});
