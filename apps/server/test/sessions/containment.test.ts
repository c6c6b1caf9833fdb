import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Attendance } from '../../src/sessions/attendance.ts';
import { LiveSession } from '../../src/sessions/live-session.ts';
import { collectingLogger } from './collecting-logger.ts';
import { makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient } from './wire-client.ts';

/** A fault of ours in one session ends that session; all others do not notice. */

let host: TestHost | undefined;

afterEach(async () => {
  vi.restoreAllMocks();
  await host?.close();
});

const TRACK = { track_id: 'v1', stream_id: 's', type: 'video', source: 'regular', description: '', mute: false };
const level = { trackId: 'v1', peerId: 'p', level: 80 };

/** Publishes a track, and shows that whoever watches hears of it. */
async function publishAnew(publisher: WireClient, watcher: WireClient, version: number): Promise<void> {
  for (const [next, tracks] of [
    [version, []],
    [version + 1, ['v1']],
  ] as const) {
    const sdp = JSON.stringify({ session: `pub-${publisher.peerId}`, version: next, tracks });
    const described = Object.fromEntries(tracks.map((id) => [id, TRACK]));
    const answer = await publisher.request('offer', { desc: { type: 'offer', sdp }, tracks: described });
    expect(answer).toHaveProperty('result');
  }
  await watcher.next('on-track-add', ({ tracks }) => 'v1' in tracks);
}

/** Two rooms; in the first every access to its peers throws from now on. */
async function startPoisoned() {
  const attach = vi.spyOn(LiveSession.prototype, 'attach');
  const clock = new VirtualClock();
  const { logger, entries } = collectingLogger();
  const started = await startTestHost({ clock, logger });
  host = started;
  started.rooms.rooms.set('sound', makeRoom({ id: 'sound' }));
  const victim = await started.join('broadcaster');
  const other = await started.join('broadcaster');
  const poisoned = attach.mock.contexts.at(-1) as unknown as LiveSession;
  const router = started.sfu.router;
  const ann = await started.join('broadcaster', { roomId: 'sound' });
  const bo = await started.join('broadcaster', { roomId: 'sound' });
  await publishAnew(victim, other, 2);
  await publishAnew(ann, bo, 2);
  return {
    host: started,
    clock,
    entries,
    router,
    victim,
    other,
    ann,
    bo,
    poison: () => {
      const get = (): never => {
        throw new Error('poisoned');
      };
      Object.defineProperty(poisoned.rules, 'members', { get });
    },
  };
}

type Poisoned = Awaited<ReturnType<typeof startPoisoned>>;

describe('CON1: a listener of one session that fails ends that session', () => {
  const listeners: readonly (readonly [string, (world: Poisoned) => unknown])[] = [
    ['of sound levels', ({ router }) => router.events.emit('audioLevels', { levels: [level] })],
    ['of a track that ended', ({ router }) => router.unpublish('v1')],
    ['of a worker that died', ({ router }) => router.die()],
    ['of a lost socket', ({ other }) => other.socket.terminate()],
    ['of a new socket', async ({ host }) => host.connect('hls-viewer')],
    ['of a timer', ({ clock }) => clock.advance(600)],
  ];

  it.each(listeners)('%s', async (_name, trigger) => {
    const world = await startPoisoned();
    const { host, entries, victim, ann, bo, poison, clock } = world;
    // Makes the counts due again, so that their timer has something to do.
    const before = await host.join('hls-viewer');
    await before.settled();
    poison();
    await trigger(world);
    await victim.closed;
    await before.closed;
    expect(victim.methods).not.toContain('on-error');
    expect(victim.methods).not.toContain('on-peer-leave-request');
    const faults = entries.filter(({ message }) => message === 'a fault ended the session');
    expect(faults.length).toBeGreaterThan(0);
    // The others: chat, media, timers.
    clock.advance(6_000);
    await ann.request('broadcast', { info: { message: 'still here' } });
    expect(await bo.next('on-broadcast')).toMatchObject({ info: { message: 'still here' } });
    await publishAnew(ann, bo, 4);
    expect(ann.socket.readyState).toBe(ann.socket.OPEN);
    // The room has a new session for those who come back.
    const back = await host.join('broadcaster', { peerId: victim.peerId });
    expect((await back.next('peer-list')).peers).toEqual({});
  });
});

it('CON2: a fault in a live stream ends it, or else its session, and no other', async () => {
  const { host, entries, victim, ann, bo, poison } = await startPoisoned();
  await ann.request('hls-start');
  const kept = [...host.records.streams.keys()].at(-1) ?? '';
  await victim.request('hls-start');
  const lost = [...host.records.streams.keys()].at(-1) ?? '';
  await waitFor('both processes run', () => host.egressPids().length === 2);
  poison();
  host.origin.announce(lost);
  await victim.closed;
  expect(entries.some(({ message }) => message === 'a fault ended the live stream')).toBe(true);
  await waitFor('its process is gone', () => host.egressPids().length === 1);
  host.origin.announce(kept);
  const started = await bo.next('on-hls-update', ({ variants }) => variants[0]?.state === 'started');
  expect(started.variants[0]?.url).toContain(kept);
});

it('CON2: a fault as a composing process goes ends its session, and no other', async () => {
  const { host, entries, victim, ann, bo } = await startPoisoned();
  await victim.request('hls-start');
  await waitFor('its process runs', () => host.egressPids().length === 1);
  vi.spyOn(Attendance.prototype, 'dismiss').mockImplementationOnce(() => {
    throw new Error('poisoned');
  });
  await victim.request('hls-stop');
  await victim.closed;
  expect(entries.some(({ message }) => message === 'a fault ended the session')).toBe(true);
  await ann.request('broadcast', { info: { message: 'still here' } });
  await bo.next('on-broadcast');
});

it('CON3: a fault at a data channel message ends the connection of its peer alone', async () => {
  const { host, victim, other, ann } = await startPoisoned();
  const subscribing = host.sfu.router.subscribing(ann.peerId);
  vi.spyOn(subscribing, 'sendData').mockImplementation(() => {
    throw new Error('poisoned');
  });
  subscribing.events.emit('dataMessage', { text: '{"id":"1","method":"x"}' });
  expect(await ann.next('on-error')).toEqual({ code: 500, message: 'internal error' });
  await ann.closed;
  await victim.request('broadcast', { info: { message: 'hi' } });
  await other.next('on-broadcast');
});
