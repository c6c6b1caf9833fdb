import { silentLogger } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { beforeEach, expect, it } from 'vitest';
import { Heartbeat, SEEN_EVERY_MS } from './heartbeat.ts';

let clock: VirtualClock;
let fails: boolean;
let seen: string[];
let heartbeat: Heartbeat;

beforeEach(() => {
  clock = new VirtualClock();
  fails = false;
  seen = [];
  const markSeen = (what: string) => async (node: string) => {
    if (fails) throw new Error('the database does not answer');
    seen.push(`${what} of ${node}`);
  };
  const store = { nodes: { markSeen: markSeen('node') }, sessions: { markSeen: markSeen('sessions') } };
  heartbeat = new Heartbeat({ store: store as never, node: 'n', clock, logger: silentLogger });
});

async function beats(count: number): Promise<void> {
  for (let beat = 0; beat < count; beat++) {
    clock.advance(SEEN_EVERY_MS);
    await heartbeat.beat();
  }
}

it('WH9: a node says that it and its sessions live, and judges no other before it has been heard for a minute', async () => {
  expect(heartbeat.mayJudge()).toBe(false);
  await beats(6);
  expect(seen.slice(0, 2)).toEqual(['node of n', 'sessions of n']);
  expect(heartbeat.mayJudge()).toBe(false);
  await beats(1);
  expect(heartbeat.mayJudge()).toBe(true);
});

it('WH9: after the database did not answer, or the machine stood still, others get time to speak first', async () => {
  await beats(7);
  fails = true;
  await beats(4);
  expect(heartbeat.mayJudge()).toBe(false);
  fails = false;
  await beats(1);
  expect(heartbeat.mayJudge()).toBe(false);
  await beats(6);
  expect(heartbeat.mayJudge()).toBe(true);
  clock.advance(3_600_000);
  expect(heartbeat.mayJudge()).toBe(false);
  await beats(1);
  expect(heartbeat.mayJudge()).toBe(false);
});
