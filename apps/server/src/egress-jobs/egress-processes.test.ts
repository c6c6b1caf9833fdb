import { type Logger, silentLogger } from '@amphi/base';
import { egressJob } from '@amphi/protocol';
import { isAlive, waitFor } from '@amphi/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { EgressProcesses } from './egress-processes.ts';

const FAKE_EGRESS = new URL('../../test/sessions/fake-egress.mjs', import.meta.url).pathname;

const job = egressJob.parse({
  type: 'job',
  jobId: 'job',
  signalingUrl: 'ws://127.0.0.1:1/ws',
  rtpListenIp: '127.0.0.1',
  token: 'token',
  roomName: 'room',
  composition: {},
  frameRate: 30,
  rungs: [{ id: 'v720', width: 1280, height: 720, bitrateBps: 2_500_000 }],
  audioBitrateBps: 64_000,
  partSeconds: 1 / 3,
  partsPerSegment: 6,
  outputs: [{ kind: 'rtmp', id: 'out', url: 'rtmp://example.com/live/key', rung: 'v720', allowPrivate: false }],
});

function makeProcesses() {
  /** Those that were made to wait. */
  const pids: number[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: ({ pid }, message) => void (message === 'an egress process waits' && pids.push(pid as number)),
  };
  const processes = new EgressProcesses({ program: { entry: FAKE_EGRESS, output: 'ignore' }, logger });
  onTestFinished(() => processes.close());
  const start = async () => {
    const egress = processes.start(job, silentLogger);
    onTestFinished(() => egress.close());
    let isRunning = false;
    egress.events.on('status', ({ type }) => {
      isRunning ||= type === 'output';
    });
    await waitFor('it has its job', () => isRunning, 30_000);
    return egress;
  };
  return { processes, pids, start };
}

it('RST8: a process that waits gets the job; after it there are new ones', { timeout: 60_000 }, async () => {
  const { processes, pids, start } = makeProcesses();
  processes.warmUp(1);
  const first = await start();
  expect(pids).toEqual([first.pid]);
  const second = await start();
  expect(pids).not.toContain(second.pid);
});

it('RST8: one that died while it waited is not missed', { timeout: 60_000 }, async () => {
  const { processes, pids, start } = makeProcesses();
  processes.warmUp(1);
  const [pid = 0] = pids;
  process.kill(pid, 'SIGKILL');
  await waitFor('it is gone', () => !isAlive(pid), 30_000);
  expect((await start()).pid).not.toBe(pid);
});

it('RST8: who closes takes those along that wait, and leaves those that were started', {
  timeout: 60_000,
}, async () => {
  const { processes, pids, start } = makeProcesses();
  processes.warmUp(2);
  const started = await start();
  processes.close();
  const waiting = pids.find((pid) => pid !== started.pid) ?? 0;
  await waitFor('the one that waits is gone', () => !isAlive(waiting), 30_000);
  expect(isAlive(started.pid ?? 0)).toBe(true);
});
