import { silentLogger, systemClock } from '@amphi/base';
import { egressJob } from '@amphi/protocol';
import { VirtualClock } from '@amphi/testkit';
import { expect, it } from 'vitest';
import { EffortCount } from './effort.ts';
import { EgressJob } from './egress-job.ts';
import { EgressProcesses } from './egress-processes.ts';
import { failureReason } from './failure-reason.ts';
import { DEFAULT_EGRESS_POLICY } from './job-state.ts';

const FAKE_EGRESS = new URL('../../test/sessions/fake-egress.mjs', import.meta.url).pathname;

const hls = {
  kind: 'hls',
  id: 'stream',
  ingestUrl: 'http://127.0.0.1:1/ingest',
  ingestToken: 'token',
  playlistType: 'live',
  windowSegments: 5,
} as const;

const message = (roomName: string) => {
  const {
    outputs: _,
    composition,
    ...rest
  } = egressJob.parse({
    type: 'job',
    jobId: 'job',
    signalingUrl: 'ws://127.0.0.1:1/ws',
    rtpListenIp: '127.0.0.1',
    token: 'token',
    roomName,
    composition: {},
    frameRate: 30,
    rungs: [{ id: 'v720', width: 1280, height: 720, bitrateBps: 2_500_000 }],
    audioBitrateBps: 64_000,
    partSeconds: 1 / 3,
    partsPerSegment: 6,
    outputs: [hls],
  });
  return { composition, rest };
};

/** What is told once it is given up, by how its processes behave one after the other. */
async function reasonAfter(...behaviours: readonly string[]): Promise<string> {
  const left = [...behaviours];
  let tell = (_: { readonly message: string }): void => {};
  const told = new Promise<{ readonly message: string }>((resolve) => {
    tell = resolve;
  });
  const job = new EgressJob({
    processes: new EgressProcesses({ program: { entry: FAKE_EGRESS, output: 'ignore' }, logger: silentLogger }),
    policy: { ...DEFAULT_EGRESS_POLICY, maxFailures: behaviours.length, backoff: { firstMs: 1, capMs: 1 } },
    composition: message('mute').composition,
    describe: async () => message(left.shift() ?? 'mute').rest,
    effort: new EffortCount(),
    clock: systemClock,
    logger: silentLogger,
  });
  job.feed({ id: hls.id, isTriedAgain: true, describe: () => hls }).events.on('failed', tell);
  await job.closed;
  expect(left).toEqual([]);
  return (await told).message;
}

it('tells the reason of the last run, and none of an earlier one that had nothing to do with it (L11)', async () => {
  expect(await reasonAfter('crash-at-once', 'crash-fatal')).toBe(failureReason('encoder_failed'));
  expect(await reasonAfter('crash-fatal', 'crash-at-once')).toBe(failureReason(undefined));
}, 60_000);

it('STR10: an output that fails now and then goes on; one that fails again and again is given up', async () => {
  const clock = new VirtualClock();
  const policy = { ...DEFAULT_EGRESS_POLICY, maxFailures: 3, silenceMs: 1e9, backoff: { firstMs: 1, capMs: 1 } };
  const { composition, rest } = message('fails-when-drawn-otherwise');
  const job = new EgressJob({
    processes: new EgressProcesses({ program: { entry: FAKE_EGRESS, output: 'ignore' }, logger: silentLogger }),
    policy,
    composition,
    describe: async () => rest,
    effort: new EffortCount(),
    clock,
    logger: silentLogger,
  });
  const { events } = job.feed({ id: hls.id, isTriedAgain: true, describe: () => hls });
  const runs = (): Promise<void> => new Promise((resolve) => void events.once('running', () => resolve()));
  const failed = new Promise<void>((resolve) => void events.once('failed', () => resolve()));
  let isFailed = false;
  void failed.then(() => {
    isFailed = true;
  });
  // The clock stands still but for this: a try that waits for its time begins with the next look.
  const looking = setInterval(() => clock.advance(1), 5);
  try {
    await runs();
    for (let round = 0; round < 5; round++) {
      clock.advance(policy.stableMs);
      const again = runs();
      job.recompose(composition);
      await again;
    }
    expect(isFailed).toBe(false);
    while (!isFailed) {
      const next = Promise.race([runs(), failed]);
      job.recompose(composition);
      await next;
    }
  } finally {
    clearInterval(looking);
  }
  await job.closed;
}, 60_000);

it('CON2: a fault of ours as a process is started or watched fails its outputs, and is told to nobody else', async () => {
  for (const method of ['start', 'begin'] as const) {
    const processes = new EgressProcesses({ program: { entry: FAKE_EGRESS, output: 'ignore' }, logger: silentLogger });
    const effort = new EffortCount();
    const poisoned = (): never => {
      throw new Error('poisoned');
    };
    if (method === 'begin') effort.begin = poisoned;
    else processes.start = poisoned;
    const { composition, rest } = message('mute');
    const policy = { ...DEFAULT_EGRESS_POLICY, maxFailures: 1 };
    const job = new EgressJob({
      processes,
      policy,
      composition,
      describe: async () => rest,
      effort,
      clock: systemClock,
      logger: silentLogger,
    });
    const feed = job.feed({ id: hls.id, isTriedAgain: true, describe: () => hls });
    const failed = new Promise((resolve) => void feed.events.once('failed', resolve));
    await failed;
    await feed.over;
    expect(await job.closed).toEqual({ by: 'failure', code: 'given_up' });
    expect(job.isOpen).toBe(false);
  }
});
