import { createServer } from 'node:net';
import { CodedError, silentLogger } from '@amphi/base';
import { waitFor } from '@amphi/testkit';
import { afterEach, expect, test } from 'vitest';
import { createSfu, type Sfu } from '../src/index.ts';
import { clientOffer, publishable } from './client-sdp.ts';

const OPTIONS = { listen: [{ ip: '127.0.0.1' }], logger: silentLogger };
let sfu: Sfu | undefined;

afterEach(async () => {
  sfu?.close();
  await sfu?.closed;
  sfu = undefined;
});

test('sessions go to the least loaded worker; each worker has its own ports', async () => {
  sfu = await createSfu({ ...OPTIONS, workers: 2 });
  await sfu.createSessionRouter({ sessionId: 'a' });
  await sfu.createSessionRouter({ sessionId: 'b' });
  const { workers, sessionRouters } = await sfu.stats();
  expect(sessionRouters).toBe(2);
  expect(workers.map((worker) => worker.sessionRouters)).toEqual([1, 1]);
  expect(new Set(workers.flatMap(({ udpPort, tcpPort }) => [udpPort, tcpPort])).size).toBeGreaterThanOrEqual(2);
  expect(workers.every(({ cpuMs, udpPort, tcpPort }) => cpuMs > 0 && udpPort > 0 && tcpPort > 0)).toBe(true);
});

test('CL8: a worker that dies: its sessions close by failure, a successor takes new ones, others go on', async () => {
  sfu = await createSfu({ ...OPTIONS, workers: 2 });
  const first = await sfu.createSessionRouter({ sessionId: 'first' });
  const [doomed] = (await sfu.stats()).workers.filter(({ sessionRouters }) => sessionRouters === 1);
  const second = await sfu.createSessionRouter({ sessionId: 'second' });
  const publishing = await first.createPublishing({ peerId: 'p' });
  const subscribing = await first.createSubscribing({ peerId: 'p' });
  await publishing.handleOffer({
    sdp: clientOffer({ sections: [{ kind: 'audio', trackId: 'mic' }] }),
    tracks: publishable({ trackId: 'mic', kind: 'audio' }),
  });
  process.kill(doomed?.pid ?? 0, 'SIGKILL');
  expect(await first.closed).toEqual({ by: 'failure', code: 'worker_died' });
  expect(await publishing.closed).toEqual({ by: 'parent' });
  expect(await subscribing.closed).toEqual({ by: 'parent' });
  await expect(first.createPublishing({ peerId: 'q' })).rejects.toMatchObject({ code: 'closed' });
  await expect(publishing.handleOffer({ sdp: clientOffer(), tracks: new Map() })).rejects.toMatchObject({
    code: 'closed',
  });
  await second.createPublishing({ peerId: 'r' });
  const stats = await waitFor('a successor', async () => {
    const now = await sfu?.stats();
    return now?.workers.length === 2 && now;
  });
  expect(stats.workerDeaths).toBe(1);
  expect(stats.workers.map(({ pid }) => pid)).not.toContain(doomed?.pid);
  expect(stats).toMatchObject({ sessionRouters: 1, publishings: 1, producers: 0, subscribings: 0 });
});

test('CL8: an offer on its way while the worker dies is not answered, as if its track had been refused, but fails', async () => {
  sfu = await createSfu({ ...OPTIONS, workers: 1 });
  const session = await sfu.createSessionRouter({ sessionId: 'x' });
  const publishing = await session.createPublishing({ peerId: 'p' });
  await publishing.handleOffer({ sdp: clientOffer(), tracks: new Map() });
  process.kill((await sfu.stats()).workers[0]?.pid ?? 0, 'SIGKILL');
  const offer = publishing.handleOffer({
    sdp: clientOffer({ version: 2, sections: [{ kind: 'audio', trackId: 'mic' }] }),
    tracks: publishable({ trackId: 'mic', kind: 'audio' }),
  });
  await expect(offer).rejects.toMatchObject({ code: 'closed' });
  await session.closed;
});

test('while the only worker is being replaced there is no_worker', async () => {
  sfu = await createSfu({ ...OPTIONS, workers: 1 });
  const session = await sfu.createSessionRouter({ sessionId: 'x' });
  process.kill((await sfu.stats()).workers[0]?.pid ?? 0, 'SIGKILL');
  await session.closed;
  await expect(sfu.createSessionRouter({ sessionId: 'y' })).rejects.toMatchObject({ code: 'no_worker' });
  const later = await waitFor('a successor', () => sfu?.createSessionRouter({ sessionId: 'y' }));
  expect(later.sessionId).toBe('y');
});

test('each address has a socket of its own port, and each announced address a candidate (ADDR1)', async () => {
  let outside = ['203.0.113.5', '127.0.0.1'];
  sfu = await createSfu({
    logger: silentLogger,
    workers: 1,
    listen: [{ ip: '127.0.0.1', announced: () => outside }, { ip: '::1' }],
  });
  const session = await sfu.createSessionRouter({ sessionId: 'x' });
  const candidates = async (peerId: string) => {
    const publishing = await session.createPublishing({ peerId });
    const { answer } = await publishing.handleOffer({
      sdp: clientOffer({ sections: [{ kind: 'audio', trackId: peerId }] }),
      tracks: publishable({ trackId: peerId, kind: 'audio' }),
    });
    const found = [...answer.matchAll(/^a=candidate:\S+ 1 (udp|tcp) (\d+) (\S+) (\d+) typ host/gm)];
    const byPriority = found.map(([, protocol, priority, address]) => ({
      protocol,
      priority: Number(priority),
      address,
    }));
    expect(new Set(byPriority.map(({ priority }) => priority)).size).toBe(found.length);
    return byPriority.sort((a, b) => b.priority - a.priority).map(({ protocol, address }) => `${protocol} ${address}`);
  };
  expect(await candidates('a')).toEqual([
    'udp 203.0.113.5',
    'udp 127.0.0.1',
    'udp ::1',
    'tcp 203.0.113.5',
    'tcp 127.0.0.1',
    'tcp ::1',
  ]);
  outside = ['203.0.113.99'];
  expect(await candidates('b')).toEqual(['udp 203.0.113.99', 'udp ::1', 'tcp 203.0.113.99', 'tcp ::1']);
});

test('closing closes sessions and ends the processes', async () => {
  sfu = await createSfu({ ...OPTIONS, workers: 1 });
  const session = await sfu.createSessionRouter({ sessionId: 'x' });
  const pid = (await sfu.stats()).workers[0]?.pid ?? 0;
  sfu.close();
  await sfu.closed;
  expect(await session.closed).toEqual({ by: 'parent' });
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  await expect(sfu.createSessionRouter({ sessionId: 'y' })).rejects.toMatchObject({ code: 'closed' });
});

test('a taken port, and an address nobody can reach: unavailable, and no process stays', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  const taken = createSfu({ ...OPTIONS, workers: 1, tcpPort: port });
  await expect(taken).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('127.0.0.1') });
  await expect(createSfu({ ...OPTIONS, listen: [{ ip: '0.0.0.0' }], workers: 1 })).rejects.toBeInstanceOf(CodedError);
  server.close();
});
