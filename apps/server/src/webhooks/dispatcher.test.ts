import { silentLogger } from '@amphi/base';
import type { Settled, WebhookDelivery } from '@amphi/store';
import { VirtualClock } from '@amphi/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WebhookDispatcher } from './dispatcher.ts';
import type { Call } from './webhook-caller.ts';

const LIVE = 'https://live.example/hooks';
const DEAD = 'https://dead.example/hooks';
const BROKEN = 'https://broken.example/hooks';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

/** The store's table in memory, which takes some turns for every answer, and back ends of which one never answers. */
class World {
  readonly rows: WebhookDelivery[] = [];
  readonly told: string[] = [];
  /** How many were written as settled, each time. */
  readonly settled: number[] = [];
  readonly clock = new VirtualClock();
  readonly dispatcher: WebhookDispatcher;
  answerTurns = 3;
  fails = 0;

  constructor(random?: () => number) {
    const asked = async <T>(answer: () => T): Promise<T> => {
      await turns(this.answerTurns);
      if (this.fails > 0) {
        this.fails--;
        throw new Error('the database is away');
      }
      const now = answer();
      await turns(this.answerTurns);
      return now;
    };
    const isWaiting = ({ state }: WebhookDelivery): boolean => state === 'waiting';
    const webhooks = {
      receivers: () => asked(() => [...new Set(this.rows.filter(isWaiting).map(({ url }) => url))]),
      waiting: (_node: string, { url, after, limit }: { url?: string; after: number; limit: number }) =>
        asked(() => this.rows.filter((row) => isWaiting(row) && row.url === url && row.seq > after).slice(0, limit)),
      settle: (settled: readonly Settled[]) =>
        asked(() => {
          this.settled.push(settled.length);
          for (const { seq, error } of settled) {
            const row = this.rows[seq - 1]!;
            this.rows[seq - 1] = { ...row, state: error === undefined ? 'delivered' : 'failed' };
          }
        }),
    };
    const workspaces = { signingKey: async () => ({ secret: 'secret' }) };
    this.dispatcher = new WebhookDispatcher({
      store: { webhooks, workspaces } as never,
      node: 'test',
      call: (call) => this.#call(call),
      ...(random && { random }),
      clock: this.clock,
      logger: silentLogger,
    });
  }

  /** As a transaction writes them. */
  write(urls: readonly string[], sessionId = 's'): WebhookDelivery[] {
    return urls.map((url) => {
      const seq = this.rows.length + 1;
      const row = { seq, url, sessionId, workspaceId: 'w', headers: {}, body: `${seq}`, type: 't', state: 'waiting' };
      this.rows.push({ ...row, at: new Date(0) } as never);
      return this.rows.at(-1)!;
    });
  }

  get untold(): number[] {
    return this.rows.filter(({ url, body }) => url === LIVE && !this.told.includes(body)).map(({ seq }) => seq);
  }

  async #call({ url, body }: Call): Promise<string | undefined> {
    if (url === DEAD) await new Promise(() => {});
    await turns(2);
    this.told.push(body);
    return url === BROKEN ? 'answered 500' : undefined;
  }
}

it('WH3: what a dead receiver leaves waiting, however much, keeps no other from being told', async () => {
  const world = new World();
  world.write(Array.from({ length: 25_000 }, () => DEAD));
  const before = world.write([LIVE, LIVE]);
  world.dispatcher.start();
  await turns(200);
  expect(world.told).toEqual(before.map(({ body }) => body));
  for (let i = 0; i < 30; i++) world.dispatcher.add(world.write([...Array.from({ length: 500 }, () => DEAD), LIVE]));
  await turns(500);
  expect(world.untold).toEqual([]);
  expect(world.dispatcher.backlog().waiting).toBeLessThanOrEqual(1_000);
});

it('WH5: nothing is passed over that is added while what an earlier process left is read', async () => {
  const step = fc.record({ live: fc.nat(3), dead: fc.nat(2), pause: fc.nat(12), fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.nat(40), fc.array(step, { maxLength: 30 }), fc.nat(5), async (left, steps, answerTurns) => {
      const world = new World();
      world.answerTurns = answerTurns;
      world.write(Array.from({ length: left }, (_, i) => (i % 3 === 0 ? DEAD : LIVE)));
      world.dispatcher.start();
      for (const { live, dead, pause, fails } of steps) {
        if (fails) world.fails = 1;
        const urls = [...Array.from({ length: live }, () => LIVE), ...Array.from({ length: dead }, () => DEAD)];
        world.dispatcher.add(world.write(urls));
        await turns(pause);
      }
      for (let second = 0; second < 10; second++) {
        world.clock.advance(1_000);
        await turns(1_000);
      }
      expect(world.untold).toEqual([]);
      const inOrder = world.told.map(Number);
      expect(inOrder).toEqual([...new Set(inOrder)].sort((a, b) => a - b));
    }),
    { numRuns: Number(process.env.RUNS ?? 200) },
  );
});

it('WH5: what has arrived within a moment is marked so together, and at once when the server ends', async () => {
  const world = new World();
  world.dispatcher.start();
  await turns(50);
  for (let i = 0; i < 20; i++) world.dispatcher.add(world.write([LIVE, LIVE], `session ${i}`));
  await turns(500);
  expect([world.told.length, world.settled]).toEqual([40, []]);
  world.clock.advance(100);
  await turns(50);
  expect(world.settled).toEqual([40]);
  world.dispatcher.add(world.write([LIVE]));
  await turns(50);
  await world.dispatcher.close();
  expect(world.settled).toEqual([40, 1]);
});

it('WH5: a server that ends waits a second, not longer, for the answer to what it has told', async () => {
  const world = new World();
  world.dispatcher.start();
  await turns(50);
  world.dispatcher.add(world.write([LIVE]));
  await world.dispatcher.close();
  expect(world.settled).toEqual([1]);

  const stuck = new World();
  stuck.dispatcher.start();
  await turns(50);
  stuck.dispatcher.add(stuck.write([DEAD, DEAD]));
  let isClosed = false;
  const closing = stuck.dispatcher.close().then(() => {
    isClosed = true;
  });
  await turns(50);
  stuck.clock.advance(999);
  await turns(50);
  expect(isClosed).toBe(false);
  stuck.clock.advance(1);
  await closing;
  expect(stuck.settled).toEqual([]);
});

it.each([
  [0, [1_000, 3_000, 10_000]],
  [0.5, [900, 2_700, 9_000]],
  [0.999_999, [801, 2_401, 8_001]],
])('WH2: tries come by chance up to a fifth sooner than after 1, 3 and 10 s: %d', async (chance, waitsMs) => {
  const world = new World(() => chance);
  world.dispatcher.start();
  await turns(50);
  world.dispatcher.add(world.write([BROKEN]));
  await turns(50);
  for (const [index, waitMs] of waitsMs.entries()) {
    world.clock.advance(waitMs - 1);
    await turns(50);
    expect(world.told).toHaveLength(index + 1);
    world.clock.advance(1);
    await turns(50);
    expect(world.told).toHaveLength(index + 2);
  }
  world.clock.advance(60_000);
  await turns(50);
  expect(world.told).toHaveLength(4);
});
