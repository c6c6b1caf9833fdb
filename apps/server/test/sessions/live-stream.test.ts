import { Emitter, type Logger, silentLogger } from '@amphi/base';
import { hlsDestination } from '@amphi/protocol';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WebPage } from '../../src/web-pages/web-page.ts';
import { makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import { WireClient } from './wire-client.ts';

let running: TestHost[] = [];

/** The room's name tells the egress process of the tests how to behave (`fake-egress.mjs`). */
async function start(
  name = 'Town hall',
  options: Parameters<typeof startTestHost>[0] = {},
  destination: object = {},
): Promise<TestHost> {
  const host = await startTestHost(options);
  const room = makeRoom({ name });
  const { template } = room;
  const layers = [{ width: 1280, height: 720, videoBitrate: 2500 }];
  const made = hlsDestination.parse({ name: 'default', layers, ...destination });
  const destinations = { ...template.destinations, hlsDestinations: { default: made } };
  host.rooms.rooms.set('room-1', { ...room, template: { ...template, destinations } });
  running.push(host);
  return host;
}

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(running.map((host) => host.close()));
  running = [];
});

const quick = { backoff: { firstMs: 10, capMs: 40 }, drainTimeoutMs: 300 };
const lastId = (host: TestHost): string => [...host.records.streams.keys()].at(-1) ?? '';
const stage = (state: string) => (update: { variants: readonly { state: string }[] }) =>
  update.variants[0]?.state === state;

describe('going live', () => {
  it('STR1: tells everyone: initialised at once, started with the address when it is playable, stopped', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const bo = await host.join('hls-viewer');
    expect(await ann.request('hls-start')).toMatchObject({ result: {} });
    const first = await bo.next('on-hls-update');
    expect(first).toMatchObject({
      enabled: true,
      variants: [{ url: '', state: 'initialised', initialised_at: expect.any(Number), playlist_type: 'no-dvr' }],
    });
    const streamId = lastId(host);
    expect(streamId).toMatch(/^[0-9a-f]{24}$/);
    host.origin.announce('another');
    host.origin.announce(streamId);
    const url = `http://127.0.0.1:${host.port}/hls/${streamId}/master.m3u8`;
    expect(await bo.next('on-hls-update')).toMatchObject({
      enabled: true,
      variants: [{ url, state: 'started', started_at: expect.any(Number) }],
    });
    const late = await host.join('hls-viewer');
    expect((await late.next('peer-list')).room.streaming).toMatchObject({
      enabled: true,
      hls: { enabled: true, variants: [{ url, state: 'started' }] },
    });
    expect(await ann.request('hls-stop')).toMatchObject({ result: {} });
    for (const client of [ann, bo, late]) {
      expect(await client.next('on-hls-update', stage('stopped'))).toEqual({
        enabled: false,
        variants: [{ url, state: 'stopped' }],
      });
    }
    const after = await host.join('hls-viewer');
    expect((await after.next('peer-list')).room.streaming.hls.variants).toEqual([{ url: '', state: 'stopped' }]);
    await waitFor('the stream is completed', () => host.records.writes.includes('completed'));
    expect(host.records.writes).toEqual(['starting', 'running', 'stopping', 'completed']);
    expect(host.origin.ended).toEqual([streamId]);
    expect(host.records.streams.get(streamId)).toMatchObject({ started_by: ann.peerId, stopped_by: ann.peerId });
  });

  it('STR14: whoever came by another address of the server gets the stream by that', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const lan = await host.join('hls-viewer', { hostname: 'localhost' });
    await ann.request('hls-start');
    const streamId = lastId(host);
    host.origin.announce(streamId);
    const path = `:${host.port}/hls/${streamId}/master.m3u8`;
    const update = (await lan.next('on-hls-update', stage('started'))).variants[0];
    expect(update).toMatchObject({ url: `http://localhost${path}`, state: 'started' });
    expect((await ann.next('on-hls-update', stage('started'))).variants[0]?.url).toBe(`http://127.0.0.1${path}`);
    const late = await host.join('hls-viewer', { hostname: 'localhost' });
    expect((await late.next('peer-list')).room.streaming.hls.variants[0]?.url).toBe(`http://localhost${path}`);
  });

  it('WEB8: the room is not told which page is shown, as its address may be a key; back ends are', async () => {
    const page = { events: new Emitter(), close: () => {}, closed: Promise.resolve() } as unknown as WebPage;
    const pages = { addressOf: (meetingUrl: string | undefined) => meetingUrl, open: () => page };
    const host = await start('Town hall', { pages });
    const ann = await host.join('broadcaster');
    const address = 'https://page.example/preview/room-1/host?token=secret';
    expect(await ann.request('hls-start', { variants: [{ meeting_url: address }] })).toMatchObject({ result: {} });
    const streamId = lastId(host);
    expect(host.records.streams.get(streamId)).toMatchObject({ meeting_url: address });
    host.origin.announce(streamId);
    const { variants } = await ann.next('on-hls-update', stage('started'));
    const late = await host.join('hls-viewer');
    const { streaming } = (await late.next('peer-list')).room;
    expect([...variants, ...streaming.hls.variants].map(({ meeting_url }) => meeting_url)).toEqual(['', '']);
  });

  it('SGN4: a signed stream has one address for everyone, in REST, too, which outlasts it', async () => {
    const host = await start('Town hall', {}, { signedPlayback: true, maxDuration: 600 });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    const streamId = lastId(host);
    host.origin.announce(streamId);
    const variant = (await ann.next('on-hls-update', stage('started'))).variants[0]!;
    const until = variant.initialised_at! + 600_000 + 3_600_000;
    const { pathname } = new URL(variant.url);
    expect(pathname).toBe(`/hls/${streamId}/${until / 1000}/signature/master.m3u8`);
    const late = await host.join('hls-viewer');
    expect((await late.next('peer-list')).room.streaming.hls.variants[0]?.url).toBe(variant.url);
    expect(new URL(host.records.streams.get(streamId)!.playback.url).pathname).toBe(pathname);
  });

  it('STR19: is drawn otherwise while it runs, and so by the process after this one and after a restart', async () => {
    const told: unknown[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (fields) => {
        if ('code' in fields && fields.code === 'layout') told.push(fields.detail);
      },
      child: () => logger,
    };
    const host = await start('tells-layout', { logger, policy: quick });
    const ann = await host.join('broadcaster');
    const bo = await host.join('hls-viewer');
    expect(host.host.recomposeLiveStream({ roomId: 'room-1', change: { gap: 4 } })).toBeUndefined();
    await ann.request('hls-start');
    const streamId = lastId(host);
    await waitFor('the process has begun', () => told.length === 1);
    expect(await bo.request('hls-composition', { gap: 4 })).toMatchObject({ error: { code: 403 } });
    expect(await ann.request('hls-composition', { layout: 'spiral' })).toMatchObject({ error: { code: 400 } });
    expect(await ann.request('hls-composition', { layout: 'sidebar', videoAspectRatio: '16:9' })).toMatchObject({
      result: { layout: 'sidebar', videoAspectRatio: '16:9', gap: 8, standBy: false },
    });
    expect(host.host.recomposeLiveStream({ roomId: 'room-1', change: { gap: 20 } })).toMatchObject({
      layout: 'sidebar',
      gap: 20,
      tileAspectRatio: '16:9',
    });
    await waitFor('both changes', () => told.length === 3);
    expect(told).toEqual(['grid 8', 'sidebar 8', 'sidebar 20']);
    expect(host.records.settings.get(streamId)?.composition).toMatchObject({ layout: 'sidebar', gap: 20 });
    process.kill(host.egressPids()[0]!, 'SIGKILL');
    await waitFor('the next process', () => told.length === 4);
    expect(told.at(-1)).toBe('sidebar 20');
  });

  it('STR28: goes over to another shape while it runs; what is recorded keeps its own, also in the process after this one', async () => {
    const told: unknown[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (fields) => {
        if ('code' in fields && fields.code === 'shape') told.push(fields.detail);
      },
      child: () => logger,
    };
    const host = await start('tells-shape', { logger, policy: quick });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start', { hls_recording: { single_file_per_layer: true } });
    const streamId = lastId(host);
    await waitFor('the process has begun', () => told.length === 1);
    host.origin.announce(streamId);
    const { variants } = await ann.next('on-hls-update', stage('started'));
    expect(await ann.request('hls-composition', { videoAspectRatio: '2:1' })).toMatchObject({ error: { code: 400 } });
    expect(await ann.request('hls-composition', { videoAspectRatio: '9:16', gap: 4 })).toMatchObject({
      result: { videoAspectRatio: '9:16', gap: 4 },
    });
    expect(await ann.next('on-hls-composition')).toEqual({ videoAspectRatio: '9:16', gap: 4 });
    await waitFor('the shape', () => told.length === 2);
    expect(host.records.settings.get(streamId)).toMatchObject({
      composition: { videoAspectRatio: '9:16', gap: 4 },
      layers: [{ width: 720, height: 1280 }],
    });
    await waitFor('the ladder', () => host.records.streams.get(streamId)?.ladder?.layers[0]?.height === 1280);
    process.kill(host.egressPids()[0]!, 'SIGKILL');
    await waitFor('the next process', () => told.length === 3);
    // By a back end, too.
    host.host.recomposeLiveStream({ roomId: 'room-1', change: { videoAspectRatio: '1:1' } });
    await waitFor('a third shape', () => told.length === 4);
    expect(told).toEqual([
      'hls 1280x720, recording 1280x720',
      'hls 720x1280, recording 1280x720',
      'hls 720x1280, recording 1280x720',
      'hls 720x720, recording 1280x720',
    ]);
    // One stream, at one address: nobody is told anything of it.
    expect(host.records.streams.size).toBe(1);
    await ann.request('hls-stop');
    const [update] = [await ann.next('on-hls-update', ({ variants: [variant] }) => variant?.state !== 'initialised')];
    expect(update?.variants).toMatchObject([{ url: variants[0]!.url, state: 'stopped' }]);
  });

  it('STR24: begins as the room has said, and the next one too; those who may stream are told', async () => {
    const host = await start();
    const [ann, ben, viewer] = [
      await host.join('broadcaster'),
      await host.join('broadcaster'),
      await host.join('hls-viewer'),
    ];
    expect(await viewer.request('hls-composition')).toMatchObject({ error: { code: 403 } });
    expect(await ann.request('hls-composition')).toMatchObject({
      result: { layout: 'grid', videoAspectRatio: '16:9' },
    });
    const wish = { layout: 'single', videoAspectRatio: '9:16', backgroundColor: '#102030' };
    expect(await ann.request('hls-composition', wish)).toMatchObject({ result: { ...wish, gap: 8 } });
    expect(await ben.next('on-hls-composition')).toEqual(wish);
    await ann.request('hls-start');
    const first = lastId(host);
    expect(host.records.streams.get(first)?.ladder?.layers[0]).toMatchObject({ width: 720, height: 1280 });
    expect(host.records.settings.get(first)?.composition).toMatchObject(wish);
    await ben.request('hls-composition', { tileFit: 'fit' });
    // By whomever it is said last.
    host.host.recomposeLiveStream({ roomId: 'room-1', change: { layout: 'sidebar' } });
    expect(await ann.next('on-hls-composition', ({ layout }) => layout === 'sidebar')).toEqual({ layout: 'sidebar' });
    await ann.request('hls-stop');
    const next = { ...wish, layout: 'grid', tileFit: 'fit' };
    expect(await ann.request('hls-composition')).toMatchObject({ result: next });
    await waitFor('the first is over', () => host.records.writes.includes('completed'));
    await ann.request('hls-start');
    expect(host.records.settings.get(lastId(host))?.composition).toMatchObject(next);
    expect(viewer.all('on-hls-composition')).toEqual([]);
  });

  it('STR24: is refused where no stream could be started', async () => {
    const host = await start('Town hall', {}, { composition: { enabled: false } });
    const ann = await host.join('broadcaster');
    expect(await ann.request('hls-composition', { gap: 4 })).toMatchObject({ error: { code: 403 } });
  });

  it('STR25: a break ends with its stream', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    expect(await ann.request('hls-composition', { standBy: true, gap: 4 })).toMatchObject({
      result: { standBy: true },
    });
    expect(host.records.settings.get(lastId(host))?.composition).toMatchObject({ standBy: true });
    await ann.request('hls-stop');
    expect(await ann.request('hls-composition')).toMatchObject({ result: { standBy: false, gap: 4 } });
  });

  describe('STR40, STR41: timed metadata', () => {
    const message = (payload: string, duration = 5) => ({ metadata_objs: [{ payload, duration }] });
    const live = async (change = {}) => {
      const host = await start('Town hall', {}, { enableMetadataInsertion: true, ...change });
      const ann = await host.join('broadcaster');
      await ann.request('hls-start');
      const streamId = lastId(host);
      const early = await ann.request('hls-timed-metadata', message('early'));
      expect(early.error).toMatchObject({ code: 404, message: 'hls not running' });
      host.origin.announce(streamId);
      await ann.next('on-hls-update', stage('started'));
      return { host, ann, streamId };
    };

    it('stands in the playlists as public players read it', async () => {
      const { host, ann, streamId } = await live();
      const before = Date.now();
      expect(await ann.request('hls-timed-metadata', message('Grüezi 🧀'))).toMatchObject({ result: {} });
      await host.host.sendTimedMetadata({ roomId: 'room-1', message: { payload: 'poll:1', duration: 0.5 } });
      const [first, second] = host.origin.dateRanges;
      expect(first).toMatchObject({ streamId, durationS: 5, id: expect.any(String) });
      expect(second?.id).not.toBe(first?.id);
      const read = (range = first) => JSON.parse(atob(range!.custom['X-100MSLIVE-PAYLOAD']!));
      expect(read()).toMatchObject({ payload: 'Grüezi 🧀' });
      const { start_date: from, end_date: until } = read();
      expect(Date.parse(from)).toBe(first?.startDate);
      expect(Date.parse(from)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(until) - Date.parse(from)).toBe(5_000);
      expect(read(second).payload).toBe('poll:1');
    });

    it('is refused without permission, with wrong fields, where the destination takes none, and too often', async () => {
      const { host, ann } = await live();
      const bo = await host.join('hls-viewer');
      const codeOf = async (params: object, client = ann) =>
        (await client.request('hls-timed-metadata', params)).error?.code;
      expect(await codeOf(message('x'), bo)).toBe(403);
      expect(await codeOf(message(''))).toBe(400);
      expect(await codeOf(message('x'.repeat(101)))).toBe(400);
      expect(await codeOf(message('x', 0))).toBe(400);
      expect(await codeOf({ metadata_objs: [] })).toBe(400);
      expect(await codeOf({ metadata_objs: Array.from({ length: 11 }, () => ({ payload: 'x', duration: 1 })) })).toBe(
        400,
      );
      expect(host.origin.dateRanges).toEqual([]);
      const codes = [];
      for (let i = 0; i < 30; i++) codes.push(await codeOf(message('x')));
      expect(codes).toContain(429);
      const off = await live({ enableMetadataInsertion: false });
      expect((await off.ann.request('hls-timed-metadata', message('x'))).error?.code).toBe(403);
    });
  });

  it('STR2: refuses a start without permission, a second start, and a stop of nothing', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const bo = await host.join('hls-viewer');
    expect(await bo.request('hls-start')).toMatchObject({ error: { code: 403 } });
    expect(await ann.request('hls-stop')).toMatchObject({ error: { code: 404, message: 'hls not running' } });
    const both = await Promise.all([ann.request('hls-start'), ann.request('hls-start')]);
    expect(both[0]).toMatchObject({ result: {} });
    expect(both[1]).toMatchObject({ error: { code: 400, message: 'beam already started' } });
    expect(await bo.request('hls-stop')).toMatchObject({ error: { code: 403 } });
    expect(host.records.streams.size).toBe(1);
  });

  it('STR2: refuses to start to a destination that is off', async () => {
    const composition = { enabled: false, layout: 'grid', tileAspectRatio: '16:9', videoAspectRatio: '16:9' };
    const host = await start('x', {}, { composition });
    const ann = await host.join('broadcaster');
    expect(await ann.request('hls-start')).toMatchObject({ error: { code: 403 } });
  });

  it('STR16: a flood of starts ends neither the room nor the server, and the room ends the stream', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const other = await host.join('broadcaster', { name: 'Bo' });
    const starts = Array.from({ length: 40 }, () => ann.request('hls-start'));
    const end = ann.request('end-room');
    const answers = await Promise.all(starts);
    // The first may begin before the end comes, or find that it has come.
    for (const { result, error } of answers) expect(result ? 200 : error?.code).toBeOneOf([200, 400, 410]);
    expect(answers.filter(({ error }) => error?.code === 400).length).toBeGreaterThan(30);
    expect(await end).toMatchObject({ result: {} });
    expect(await other.next('on-peer-leave-request')).toMatchObject({ room_end: true });
    await waitFor('no stream runs', () => ['completed', 'failed', undefined].includes(host.records.writes.at(-1)));
    expect(host.records.streams.size).toBeLessThanOrEqual(1);
    await waitFor('no process runs', () => host.egressPids().length === 0);
  });

  it('STR16: who may not start is refused before anything is read or queued', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const viewer = await host.join('hls-viewer');
    const preview = await host.connect('broadcaster');
    const reads = vi.spyOn(host.rooms, 'findRoom');
    for (const client of [viewer, preview]) {
      const tries = Array.from({ length: 50 }, () => client.request('hls-start'));
      for (const { error } of await Promise.all(tries)) expect([403, 410]).toContain(error?.code);
    }
    expect(reads).not.toHaveBeenCalled();
    expect(await ann.request('hls-start')).toMatchObject({ result: {} });
  });

  it('STR16: while one change is worked on another is refused, and what happens to the stream is not', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    const streamId = lastId(host);
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const update = host.records.update.bind(host.records);
    vi.spyOn(host.records, 'update').mockImplementation(async (...args) => {
      await slow;
      return update(...args);
    });
    const stop = ann.request('hls-stop');
    const refused = await Promise.all(Array.from({ length: 40 }, () => ann.request('hls-start')));
    for (const { error } of refused) expect(error?.code).toBe(429);
    host.origin.announce(streamId);
    const end = ann.request('end-room');
    release();
    expect(await stop).toMatchObject({ result: {} });
    expect(await end).toMatchObject({ result: {} });
    await waitFor('the stream is completed', () => host.records.writes.includes('completed'));
  });

  it('STR17: never runs two processes for one session; the next one waits for the last seconds of the one before', async () => {
    const host = await start('slow-to-stop', {
      policy: { ...quick, drainTimeoutMs: 5_000 },
      limits: { streamStartsPerRoom: { perSecond: 1, burst: 20 } },
    });
    const ann = await host.join('broadcaster');
    const seen: number[] = [];
    for (let round = 0; round < 8; round++) {
      expect(await ann.request('hls-start')).toMatchObject({ result: {} });
      seen.push(host.egressPids().length);
      if (round === 0) await waitFor('the first process runs', () => host.egressPids().length === 1);
      expect(await ann.request('hls-stop')).toMatchObject({ result: {} });
      seen.push(host.egressPids().length);
    }
    await ann.request('hls-start');
    expect(Math.max(...seen)).toBe(1);
    const [first] = host.egressPids();
    await waitFor('the last one runs', () => {
      const pids = host.egressPids();
      expect(pids.length).toBeLessThanOrEqual(1);
      return pids.length === 1 && pids[0] !== first;
    });
  });

  it('API6, BUD29: a room starts its stream a few times in a row, then slowly', async () => {
    const host = await start('Town hall', { limits: { streamStartsPerRoom: { perSecond: 0.001, burst: 2 } } });
    const ann = await host.join('broadcaster');
    for (let round = 0; round < 2; round++) {
      expect(await ann.request('hls-start')).toMatchObject({ result: {} });
      expect(await ann.request('hls-stop')).toMatchObject({ result: {} });
    }
    expect(await ann.request('hls-start')).toMatchObject({ error: { code: 429 } });
    expect(host.records.streams.size).toBe(2);
  });

  it('STR22: a destination without layers gets those of the machine, and the process is told of them', async () => {
    const host = await start('Town hall', {}, { layers: [], videoFrameRate: 25 });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    const { ladder } = host.records.streams.get(lastId(host))!;
    expect(ladder).toMatchObject({ chosen_by: 'machine', layers: [{ id: 'v720' }, { id: 'v360', frame_rate: 25 }] });
  });

  it('STR23: the record tells while lower layers have fewer pictures, as the machine is too slow for all', async () => {
    const host = await start('too-slow');
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    const rates = () => host.records.streams.get(lastId(host))?.ladder?.layers.map((layer) => layer.frame_rate);
    expect(rates()?.[0]).toBe(30);
    await waitFor('fewer pictures', () => rates()?.[1] === 15);
    expect(rates()).toEqual([30, 15]);
    expect(host.jobs.effort.thinned).toBe(1);
    // Tells the process of the tests to have time again.
    expect(await ann.request('hls-composition', { gap: 4 })).toMatchObject({ result: {} });
    await waitFor('all pictures', () => rates()?.[1] === 30);
    expect(host.jobs.effort.thinned).toBe(0);
  });

  describe('in two shapes', () => {
    const alternate = { videoAspectRatio: '9:16', layout: 'active_speaker' };

    it('STR26: everyone is told of the second picture beside the first, once it can be played; one process makes both', async () => {
      const recording = { singleFilePerLayer: true };
      const host = await start('Town hall', {}, { alternate, recording, enableMetadataInsertion: true });
      const ann = await host.join('broadcaster');
      const bo = await host.join('hls-viewer');
      await ann.request('hls-start');
      const streamId = lastId(host);
      const second = `${streamId}-alternate`;
      const url = (id: string) => `http://127.0.0.1:${host.port}/hls/${id}/master.m3u8`;
      expect(host.records.streams.get(streamId)!.ladder?.alternate).toMatchObject({
        aspect_ratio: '9:16',
        playback: { url: url(second) },
        layers: [
          { width: 480, height: 852 },
          { width: 360, height: 640 },
        ],
      });
      expect(host.records.settings.get(streamId)!.alternate!.layers.length).toBeGreaterThan(0);

      // The second may be there first: players that know of one wait for it.
      host.origin.announce(second);
      host.origin.announce(streamId);
      const started = await bo.next('on-hls-update', stage('started'));
      expect(started.variants).toMatchObject([
        { url: url(streamId), state: 'started', aspect_ratio: '16:9' },
        { url: url(second), state: 'started', aspect_ratio: '9:16' },
      ]);
      const late = await host.join('hls-viewer');
      expect((await late.next('peer-list')).room.streaming.hls.variants).toEqual(started.variants);
      await waitFor('it is recorded', () => host.issued.length === 1);

      expect(
        await ann.request('hls-timed-metadata', { metadata_objs: [{ payload: 'poll:1', duration: 5 }] }),
      ).toMatchObject({ result: {} });
      expect(host.origin.dateRanges.map((range) => range.streamId)).toEqual([streamId, second]);

      await ann.request('hls-stop');
      const stopped = await bo.next('on-hls-update', stage('stopped'));
      expect(stopped.variants).toEqual([{ url: url(streamId), state: 'stopped' }]);
      await waitFor('both have ended', () => host.origin.ended.length === 2);
      expect([...host.origin.ended].sort()).toEqual([streamId, second]);
      expect(host.issued).toHaveLength(1);
    });

    it('STR28: clients that choose by shape are told of another one; that of the second picture is refused', async () => {
      const host = await start('Town hall', {}, { alternate });
      const ann = await host.join('broadcaster');
      await ann.request('hls-start');
      const streamId = lastId(host);
      host.origin.announce(`${streamId}-alternate`);
      host.origin.announce(streamId);
      const { variants } = await ann.next('on-hls-update', stage('started'));
      expect(await ann.request('hls-composition', { videoAspectRatio: '9:16' })).toMatchObject({
        error: { code: 400, message: expect.stringContaining('second picture; allowed are "16:9", "4:3"') },
      });
      expect(await ann.request('hls-composition')).toMatchObject({ result: { videoAspectRatio: '16:9' } });
      await ann.request('hls-composition', { videoAspectRatio: '1:1' });
      expect((await ann.next('on-hls-update')).variants).toEqual([
        { ...variants[0], aspect_ratio: '1:1' },
        expect.objectContaining({ url: variants[1]!.url, aspect_ratio: '9:16' }),
      ]);
    });

    it('STR26: when the second fails for good the first goes on alone', async () => {
      const host = await start('second-picture-fails', { policy: { ...quick, maxFailures: 2 } }, { alternate });
      const ann = await host.join('broadcaster');
      await ann.request('hls-start');
      const streamId = lastId(host);
      host.origin.announce(streamId);
      host.origin.announce(`${streamId}-alternate`);
      await ann.next('on-hls-update', ({ variants }) => variants.length === 2);
      const alone = await ann.next('on-hls-update', ({ variants }) => variants.length === 1);
      expect(alone.variants).toMatchObject([{ state: 'started' }]);
      expect(host.egressPids()).toHaveLength(1);
    });

    it('STR26: one of the shape that the stream has is not made', async () => {
      const host = await start('Town hall', {}, { alternate });
      const ann = await host.join('broadcaster');
      // The template was checked; the room chooses another shape for its next stream.
      await ann.request('hls-composition', { videoAspectRatio: '9:16' });
      await ann.request('hls-start');
      host.origin.announce(lastId(host));
      const started = await ann.next('on-hls-update', stage('started'));
      expect(started.variants).toHaveLength(1);
      expect(host.records.streams.get(lastId(host))!.ladder).not.toHaveProperty('alternate');
    });
  });

  it('STR18: refuses a start with 503 when the server runs as many streams as it may', async () => {
    const host = await start('Town hall', { maxJobs: 1 });
    host.rooms.rooms.set('second', makeRoom({ id: 'second' }));
    const ann = await host.join('broadcaster');
    const bo = await host.join('broadcaster', { roomId: 'second' });
    expect(await ann.request('hls-start')).toMatchObject({ result: {} });
    expect(await bo.request('hls-start')).toMatchObject({ error: { code: 503 } });
    expect(host.records.streams.size).toBe(1);
    await ann.request('hls-stop');
    await waitFor('the stream is completed', () => host.records.writes.includes('completed'));
    expect(await bo.request('hls-start')).toMatchObject({ result: {} });
  });

  it('STR3: gives each start a new stream', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    const first = lastId(host);
    await ann.request('hls-stop');
    expect(await ann.request('hls-start')).toMatchObject({ result: {} });
    expect(lastId(host)).not.toBe(first);
    // A late word about the first one changes nothing.
    host.origin.announce(first);
    await ann.settled();
    expect(ann.all('on-hls-update').some(stage('started'))).toBe(false);
  });

  it('STR3: who waits for a stream that was ended and started at once is told of the end, then of the new one', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const bo = await host.join('hls-viewer');
    await ann.request('hls-start');
    host.origin.announce(lastId(host));
    const before = await bo.next('on-hls-update', stage('started'));
    const both = [ann.request('hls-stop'), ann.request('hls-start')];
    expect((await Promise.all(both)).map(({ error }) => error?.code)).toEqual([undefined, 429]);
    expect(await ann.request('hls-start')).toMatchObject({ result: {} });
    host.origin.announce(lastId(host));
    const after = await bo.next('on-hls-update', stage('started'));
    expect(after.variants[0]?.url).not.toBe(before.variants[0]?.url);
    const states = bo.all('on-hls-update').map(({ variants }) => variants[0]?.state);
    expect(states).toEqual(['initialised', 'started', 'stopped', 'initialised', 'started']);
  });

  it('STR4: starts and stops for a back end', async () => {
    const host = await start();
    await expect(host.host.startLiveStream({ roomId: 'room-1' })).rejects.toMatchObject({ code: 404 });
    const bo = await host.join('hls-viewer');
    const begun = await host.host.startLiveStream({ roomId: 'room-1' });
    expect(begun).toMatchObject({ status: 'starting', destination: 'default', started_by: '' });
    await expect(host.host.startLiveStream({ roomId: 'room-1' })).rejects.toMatchObject({ code: 400 });
    await bo.next('on-hls-update', stage('initialised'));
    const [stopped] = await host.host.stopLiveStreams({ roomId: 'room-1' });
    expect(stopped).toMatchObject({ id: begun.id, status: 'stopping' });
    await expect(host.host.stopLiveStreams({ roomId: 'room-1' })).rejects.toMatchObject({ code: 404 });
    await expect(host.host.startLiveStream({ roomId: 'room-1', destination: 'moon' })).rejects.toMatchObject({
      code: 400,
    });
  });
});

describe('an egress process', () => {
  it('STR10: that is killed is started again, and viewers are told nothing', async () => {
    const host = await start('Town hall', { policy: quick });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    host.origin.announce(lastId(host));
    await ann.next('on-hls-update', stage('started'));
    const pid = await waitFor('the process runs', () => host.egressPids()[0]);
    process.kill(pid, 'SIGKILL');
    await waitFor('another process runs', () => {
      const [now] = host.egressPids();
      return now !== undefined && now !== pid;
    });
    host.origin.announce(lastId(host));
    await ann.settled();
    expect(ann.all('on-hls-update')).toHaveLength(2);
    expect(host.origin.ended).toEqual([]);
    expect(host.records.streams.size).toBe(1);
  });

  it('STR10: that crashes again and again is given up, with an error for everyone', async () => {
    const host = await start('crash-fatal', { policy: { ...quick, maxFailures: 2 } });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    expect(await ann.next('on-hls-update', (update) => update.error !== undefined)).toEqual({
      enabled: false,
      variants: [],
      error: { code: 500, message: expect.stringMatching(/^the live stream failed: the encoder failed \(/) },
    });
    expect(host.records.writes).toEqual(['starting', 'failed']);
    expect(host.origin.ended).toEqual([lastId(host)]);
    expect(await ann.request('hls-start')).toMatchObject({ result: {} });
  });

  it('STR10: that cannot be run at all is given up too', async () => {
    const host = await start('x', { policy: { ...quick, maxFailures: 2 }, egress: { entry: '/nowhere/main.js' } });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    await ann.next('on-hls-update', (update) => update.error !== undefined);
  });

  it('STR12: that does not drain is killed, and its stream is ended for it', async () => {
    const host = await start('never-stops', { policy: quick });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    await waitFor('the process runs', () => host.egressPids()[0]);
    await ann.request('hls-stop');
    await waitFor('the stream is completed', () => host.records.writes.includes('completed'));
    expect(host.origin.ended).toEqual([lastId(host)]);
    expect(host.egressPids()).toEqual([]);
  });
});

describe('a stream that nobody watches over', () => {
  it('STR5: stops when no broadcaster has been there for the time-out', async () => {
    const clock = new VirtualClock();
    const host = await start('Town hall', { clock }, { autoStopTimeout: 60 });
    const viewer = await host.join('hls-viewer');
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    ann.notify('leave', {});
    await viewer.next('on-peer-leave');
    clock.advance(15_000);
    await viewer.settled();
    const back = await host.join('broadcaster');
    for (let i = 0; i < 6; i++) {
      clock.advance(12_000);
      await Promise.all([viewer.settled(), back.settled()]);
    }
    expect(viewer.all('on-hls-update').some(stage('stopped'))).toBe(false);
    back.notify('leave', {});
    await viewer.next('on-peer-leave', ({ peer_id }) => peer_id === back.peerId);
    for (let i = 0; i < 6; i++) {
      clock.advance(12_000);
      await viewer.settled();
    }
    await viewer.next('on-hls-update', stage('stopped'));
    expect(host.records.streams.get(lastId(host))?.reason).toBe('last peer left');
  });

  it('STR6: stops at the longest duration', async () => {
    const clock = new VirtualClock();
    const host = await start('Town hall', { clock }, { maxDuration: 60 });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    for (let i = 0; i < 5; i++) {
      clock.advance(12_000);
      await ann.settled();
    }
    await ann.next('on-hls-update', stage('stopped'));
    expect(host.records.streams.get(lastId(host))?.reason).toBe('max duration reached');
  });

  it('STR7: is stopped with its room', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    await ann.request('end-room', { lock: false });
    await waitFor('the stream is completed', () => host.records.writes.includes('completed'));
    expect(host.egressPids()).toEqual([]);
    expect(host.records.streams.get(lastId(host))).toMatchObject({ status: 'completed', reason: 'room ended' });
  });

  it('STR8, STR42: says why it has failed, and of what was wrong while it ran, in REST', async () => {
    const host = await start('troubled', { policy: { ...quick, maxFailures: 1 } });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    const record = () => host.records.streams.get(lastId(host));
    await waitFor('the troubles are counted', () => record()?.troubles.length === 2);
    expect(record()).toMatchObject({
      reason: null,
      troubles: [
        { code: 'source_undecodable', count: 2 },
        { code: 'overload', count: 1 },
      ],
    });
    process.kill(host.egressPids()[0]!, 'SIGKILL');
    await ann.next('on-hls-update', ({ error }) => error !== undefined);
    expect(record()).toMatchObject({ status: 'failed', reason: expect.stringContaining("the server's log says more") });
  });
});

describe('the hidden peer', () => {
  it('DSH2: stays when the key of its token is revoked; who came by the key goes', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('hls-start');
    const token = await waitFor('a token for the process', () => host.issued.at(-1));
    const recorder = await new WireClient(host.url, { token }).opened();
    await recorder.next('on-policy-change');
    await recorder.request('join', { name: 'egress' });
    const bo = await host.join('hls-viewer');
    host.host.closeKey('another');
    await bo.settled();
    expect(bo.all('on-peer-leave-request')).toEqual([]);
    host.host.closeKey('key');
    for (const person of [ann, bo]) {
      expect(await person.next('on-peer-leave-request')).toEqual({
        reason: 'the key of the token was revoked',
        room_end: false,
      });
    }
    await recorder.next('on-peer-leave');
    expect(recorder.all('on-peer-leave-request')).toEqual([]);
    expect(await recorder.request('plain-resume', { subscription_id: 'x' })).toMatchObject({ error: { code: 404 } });
    recorder.close();
  });

  it('STR30: sees the stage and takes its tracks as plain RTP, and nobody sees it', async () => {
    const host = await start();
    const ann = await host.join('broadcaster', { name: 'Ann' });
    const track = { track_id: 'v1', stream_id: 's', type: 'video', source: 'regular', description: '', mute: false };
    const sdp = JSON.stringify({ session: `pub-${ann.peerId}`, version: 2, tracks: ['v1'] });
    await ann.request('offer', { desc: { type: 'offer', sdp }, tracks: { v1: track } });
    await ann.request('hls-start');
    const token = await waitFor('a token for the process', () => host.issued.at(-1));
    const recorder = await new WireClient(host.url, { token }).opened();
    expect(await recorder.next('on-policy-change')).toMatchObject({ name: '__internal_recorder' });
    expect(await recorder.request('join', { name: 'egress' })).toMatchObject({ result: {} });
    const { peers } = await recorder.next('peer-list');
    expect(peers[ann.peerId]).toMatchObject({ info: { name: 'Ann' }, tracks: { v1: track } });
    const params = { track_id: 'v1', ip: '127.0.0.1', port: 5004, preferred_spatial_layer: 1 };
    const { result } = await recorder.request('plain-subscribe', params);
    expect(result).toEqual({
      subscription_id: expect.any(String),
      ip: '127.0.0.1',
      port: 40_000,
      ssrc: 1111,
      payload_type: 101,
      rtx_ssrc: 2222,
      rtx_payload_type: 102,
      mime_type: 'video/VP8',
      clock_rate: 90_000,
    });
    const subscription = { subscription_id: result?.subscription_id };
    expect(await recorder.request('plain-resume', subscription)).toMatchObject({ result: {} });
    const wish = { ...subscription, preferred_spatial_layer: 0 };
    expect(await recorder.request('plain-layer', wish)).toMatchObject({ result: {} });
    expect(host.sfu.router.plain[0]).toMatchObject({ resumed: 1, layer: 0 });
    expect(await recorder.request('plain-subscribe', { ...params, track_id: 'x' })).toMatchObject({
      error: { code: 404 },
    });
    expect(await recorder.request('plain-resume', { subscription_id: 'x' })).toMatchObject({ error: { code: 404 } });
    for (const [method, body] of [
      ['broadcast', { info: { message: 'x' } }],
      ['hls-stop', {}],
      ['end-room', {}],
      ['role-change-request', { requested_for: ann.peerId, role: 'hls-viewer', force: true }],
    ] as const) {
      expect(await recorder.request(method, body)).toMatchObject({ error: { code: 403 } });
    }
    expect(await recorder.request('plain-unsubscribe', subscription)).toMatchObject({ result: {} });
    expect(await recorder.request('plain-unsubscribe', subscription)).toMatchObject({ result: {} });

    const bo = await host.join('hls-viewer', { name: 'Bo' });
    expect(await recorder.next('on-peer-join')).toMatchObject({ info: { name: 'Bo' } });
    expect(Object.keys((await bo.next('peer-list')).peers)).toEqual([ann.peerId]);
    expect((await bo.next('session-info')).peer_count).toBe(2);
    await bo.request('broadcast', { info: { message: 'private matters' } });
    // It comes back as anyone else, and finds its subscriptions.
    recorder.socket.terminate();
    await recorder.closed;
    const back = await new WireClient(host.url, { token, peerId: recorder.peerId }).opened();
    await back.next('peer-list');
    const { result: again } = await back.request('plain-subscribe', params);
    host.sfu.router.die();
    expect(await back.next('node-info')).toEqual({ sfu_node_id: 'sfu-test-2' });
    const lost = { subscription_id: again?.subscription_id };
    expect(await back.request('plain-resume', lost)).toMatchObject({ error: { code: 404 } });
    // Its process dies: whoever was it is out, and the next one comes with a token of its own.
    process.kill(host.egressPids()[0] ?? 0, 'SIGKILL');
    await back.closed;
    await waitFor('a token for the next process', () => host.issued.length === 2);
    expect(await ann.request('hls-stop')).toHaveProperty('result');
    await ann.settled();
    expect(recorder.all('on-broadcast')).toEqual([]);
    expect(ann.all('on-peer-join').map((peer) => peer.info.name)).toEqual(['Bo']);
    expect(ann.all('on-peer-leave')).toEqual([]);
  });
});
