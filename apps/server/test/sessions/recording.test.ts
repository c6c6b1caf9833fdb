import { templateBody } from '@amphi/protocol';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { RecordedFact } from '../../src/sessions/ports/records.ts';
import type { RoomSettings } from '../../src/sessions/ports/rooms.ts';
import { collectingLogger } from './collecting-logger.ts';
import { KIT_ROLES, makeRole, makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient } from './wire-client.ts';

let running: TestHost[] = [];

/** The room's name tells the egress process of the tests how to behave (`fake-egress.mjs`). */
async function start(name = 'Town hall', options: Parameters<typeof startTestHost>[0] = {}): Promise<TestHost> {
  const host = await startTestHost(options);
  const room = makeRoom({ name });
  const roles = { ...KIT_ROLES, 'no-rtmp': makeRole('no-rtmp', { permissions: { browserRecording: true } }) };
  host.rooms.rooms.set('room-1', { ...room, template: templateBody.parse({ ...room.template, roles }) });
  running.push(host);
  return host;
}

afterEach(async () => {
  await Promise.all(running.map((host) => host.close()));
  running = [];
});

const quick = { backoff: { firstMs: 10, capMs: 40 }, drainTimeoutMs: 300 };
const lastBeam = (host: TestHost): string => [...host.beams.beams.keys()].at(-1) ?? '';
const lastStream = (host: TestHost): string => [...host.records.streams.keys()].at(-1) ?? '';
const is = (state: string) => (update: { state: string }) => update.state === state;

describe('recording the stage', () => {
  it('REC1: tells everyone: initialised at once, started when something is written, stopped; its files are finished', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const vera = await host.join('hls-viewer');
    expect(await ann.request('rtmp-start', { record: true })).toMatchObject({ result: {} });
    expect(await vera.next('on-record-update', is('initialised'))).toMatchObject({ type: 'Browser' });
    expect(await vera.next('on-record-update', is('started'))).toMatchObject({
      type: 'Browser',
      started_at: expect.any(Number),
    });
    const late = await host.join('hls-viewer');
    const { room } = await late.next('peer-list');
    expect(room.recording.browser).toMatchObject({ enabled: true, state: 'started', started_at: expect.any(Number) });
    expect(await ann.request('rtmp-start', { record: true })).toMatchObject({
      error: { code: 400, message: 'beam already started' },
    });
    expect(await ann.request('rtmp-stop', {})).toMatchObject({ result: {} });
    await vera.next('on-record-update', is('stopped'));
    await waitFor('it is finished', () => host.archive.finalised.includes(`beam ${lastBeam(host)}`));
    expect(host.beams.writes).toEqual(['starting', 'running', 'stopping', 'post_processing']);
    expect(host.beams.beams.get(lastBeam(host))).toMatchObject({ startedBy: ann.peerId, stoppedBy: ann.peerId });
    expect(await ann.request('rtmp-stop', {})).toMatchObject({ error: { code: 404, message: 'no active beam found' } });
  });

  it('REC8: needs browserRecording, and rtmpStreaming for other platforms', async () => {
    const host = await start();
    const viewer = await host.join('hls-viewer');
    expect(await viewer.request('rtmp-start', { record: true })).toMatchObject({ error: { code: 403 } });
    expect(await viewer.request('rtmp-stop', {})).toMatchObject({ error: { code: 403 } });
    const ann = await host.join('broadcaster');
    expect(await ann.request('rtmp-start', {})).toMatchObject({ error: { code: 403 } });
    const rtmp = { record: true, rtmp_urls: ['rtmp://live.example/app/KEY'] };
    expect(await ann.request('rtmp-start', rtmp)).toMatchObject({ error: { code: 403 } });
    expect(host.beams.writes).toEqual([]);
  });

  it('REC4: a live stream and a recording share a process; each ends without the other', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('hls-start', {});
    host.origin.announce(lastStream(host));
    const [pid] = await waitFor('a process runs', () => (host.egressPids().length > 0 ? host.egressPids() : undefined));
    await ann.request('rtmp-start', { record: true });
    await ann.next('on-record-update', is('started'));
    expect(host.egressPids()).toEqual([pid]);
    await ann.request('hls-stop', {});
    await waitFor('the playlist has ended', () => host.origin.ended.includes(lastStream(host)));
    expect(host.egressPids()).toEqual([pid]);
    await ann.request('hls-start', {});
    expect(host.egressPids()).toEqual([pid]);
    await ann.request('rtmp-stop', {});
    await waitFor('it is finished', () => host.archive.finalised.length === 1);
    expect(host.egressPids()).toEqual([pid]);
  });

  it('REC4: what begins beside a live stream leaves its picture as the room has it, break included, and outlives the break', async () => {
    const { logger, entries } = collectingLogger();
    const host = await start('tells-layout', { logger });
    const drawn = (): unknown[] =>
      entries.filter(({ fields }) => fields.code === 'layout').map(({ fields }) => fields.detail);
    const ann = await host.join('broadcaster');
    await ann.request('hls-start', {});
    await ann.request('hls-composition', { layout: 'sidebar', standBy: true });
    await waitFor('it is drawn so', () => drawn().length === 2);
    await ann.request('rtmp-start', { record: true });
    await ann.next('on-record-update', is('started'));
    expect(host.egressPids()).toHaveLength(1);
    await ann.request('hls-stop', {});
    await waitFor('the break is over', () => drawn().length === 3);
    // Another stream has the last word, as the room wants streams drawn.
    await ann.request('hls-composition', { layout: 'single' });
    await ann.request('hls-start', {});
    await waitFor('as the next stream is', () => drawn().length === 4);
    expect(drawn()).toEqual(['grid 8', 'sidebar 8, in a break', 'sidebar 8', 'single 8']);
    expect(host.egressPids()).toHaveLength(1);
  });

  it('REC4: another destination may be drawn otherwise, and is made by a process of its own', async () => {
    const host = await start();
    const room = host.rooms.rooms.get('room-1')!;
    const [[name, first]] = Object.entries(room.template.destinations.hlsDestinations) as [[string, object]];
    const hlsDestinations = { [name]: first, other: { ...first, name: 'other' } };
    const template = templateBody.parse({ ...room.template, destinations: { hlsDestinations } });
    host.rooms.rooms.set('room-1', { ...room, template });
    const ann = await host.join('broadcaster');
    await ann.request('hls-start', {});
    await host.host.startBeam('room-1', { kind: 'recording', record: true, rtmpUrls: [], destination: 'other' });
    await ann.next('on-record-update', is('started'));
    expect(host.egressPids()).toHaveLength(2);
  });

  it('REC4: another picture size is made by a process of its own', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('hls-start', {});
    await ann.request('rtmp-start', { record: true, resolution: { width: 720, height: 1280 } });
    await ann.next('on-record-update', is('started'));
    expect(host.egressPids()).toHaveLength(2);
    expect(await ann.request('rtmp-start', { record: true, resolution: { width: 1920, height: 1920 } })).toMatchObject({
      error: { code: 400 },
    });
  });

  it('REC9: of a live stream, when it is asked for or its destination says so; told as HLS', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const wish = { hls_vod: true, single_file_per_layer: true };
    await ann.request('hls-start', { hls_recording: wish });
    expect(await ann.next('on-record-update', is('started'))).toMatchObject({ type: 'HLS', hls_recording: wish });
    const streamId = lastStream(host);
    expect(host.records.streams.get(streamId)?.recording).toEqual(wish);
    await ann.request('hls-stop', {});
    await ann.next('on-record-update', is('stopped'));
    await waitFor('its files are finished', () => host.archive.finalised.includes(`live_stream ${streamId}`));
    expect(host.records.writes).toEqual(['starting', 'stopping', 'post_processing']);
  });

  it('REC10: one that cannot be written fails alone, and says why in words', async () => {
    const host = await start('recording-fails');
    const ann = await host.join('broadcaster');
    await ann.request('hls-start', {});
    await ann.request('rtmp-start', { record: true });
    const { error } = await ann.next('on-record-update', is('failed'));
    expect(error).toMatchObject({ code: 500, message: expect.stringMatching(/disk/) });
    await waitFor('what there is of it is finished', () => host.archive.finalised.length === 1);
    expect(host.beams.writes.at(-1)).toBe('failed');
    expect(host.egressPids()).toHaveLength(1);
    expect(host.origin.ended).toEqual([]);
  });

  it('REC11: a live stream that fails in a process that records begins anew there', async () => {
    const { logger, entries } = collectingLogger();
    const host = await start('hls-fails-once', { policy: quick, logger });
    const ann = await host.join('broadcaster');
    await ann.request('rtmp-start', { record: true });
    await ann.next('on-record-update', is('started'));
    const [pid] = host.egressPids();
    await ann.request('hls-start', {});
    await waitFor('it was tried again', () => entries.some(({ fields }) => fields.code === 'again'));
    expect(host.egressPids()).toEqual([pid]);
    host.origin.announce(lastStream(host));
    await ann.next('on-hls-update', (update) => update.variants[0]?.state === 'started');
  });

  it('REC12: stops by itself when nobody is on stage, and after its longest time', async () => {
    const clock = new VirtualClock();
    const { logger, entries } = collectingLogger();
    const host = await start('Town hall', { clock, logger });
    const stops = (why: RegExp) =>
      waitFor('it stops by itself', () => entries.some(({ fields }) => why.test(String(fields.why ?? ''))));
    const ann = await host.join('broadcaster');
    const vera = await host.join('hls-viewer');
    await ann.request('rtmp-start', { record: true });
    ann.notify('leave', {});
    await vera.next('on-peer-leave');
    clock.advance(300_000);
    await stops(/^last peer left$/);
    await waitFor('it is finished', () => host.archive.finalised.length === 1);
    const bo = await host.join('broadcaster');
    await bo.request('rtmp-start', { record: true });
    clock.advance(14_400_000);
    await stops(/^max duration reached$/);
    await waitFor('both are finished', () => host.archive.finalised.length === 2);
    const reasons = [...host.beams.beams.values()].map(({ reason }) => reason);
    expect(reasons).toEqual(['last peer left', 'max duration reached']);
  });

  it('REC6: goes on in another process of the server, under its id', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('rtmp-start', { record: true });
    const { settings, destination } = host.beams.beams.get(lastBeam(host))!;
    const id = lastBeam(host);
    const [sessionId] = [...host.sessions.sessions.keys()];
    const earlier = {
      id: sessionId ?? 'none',
      startedAt: Date.now(),
      room: makeRoom(),
      peers: [],
      state: [],
      beam: { id, destination, settings, isPaused: false, initialisedAt: Date.now() },
    };
    const after = await startTestHost({ earlier: [earlier] });
    running.push(after);
    after.beams.beams.set(id, host.beams.beams.get(id)!);
    const bo = await after.join('broadcaster');
    const { room } = await bo.next('peer-list');
    expect(room.recording.browser.enabled).toBe(true);
    expect(await after.host.stopBeam('room-1')).toBe(id);
    await waitFor('its files are finished', () => after.archive.finalised.includes(`beam ${id}`));
  });
});

describe('REC19: what the template says of recordings', () => {
  const browserComposite = { autoStart: true, autoStopTimeout: 20, width: 960, height: 540 };
  const recordings = [
    {
      name: 'default',
      role: 'broadcaster',
      maxDuration: 90,
      presignDuration: 600,
      compositeRecording: { browserComposite },
    },
  ];
  const configured = (): RoomSettings => {
    const room = makeRoom();
    return { ...room, template: templateBody.parse({ ...room.template, recordings }) };
  };

  it('a session is recorded from its first person on stage on, once, as is configured', async () => {
    const host = await start();
    host.rooms.rooms.set('room-1', configured());
    const vera = await host.join('hls-viewer');
    await vera.settled();
    expect(host.beams.writes).toEqual([]);
    const ann = await host.join('broadcaster');
    await vera.next('on-record-update', is('started'));
    expect(host.beams.beams.get(lastBeam(host))).toMatchObject({
      kind: 'recording',
      startedBy: '',
      settings: {
        resolution: { width: 960, height: 540 },
        destination: { maxDuration: 90, autoStopTimeout: 20, recording: { presignDuration: 600 } },
      },
    });
    await ann.request('rtmp-stop', {});
    await vera.next('on-record-update', is('stopped'));
    const bo = await host.join('broadcaster');
    await bo.settled();
    expect(host.beams.beams.size).toBe(1);
    // Also those that somebody asks for.
    await host.host.startBeam('room-1', { kind: 'recording', record: true, rtmpUrls: [] });
    expect(host.beams.beams.get(lastBeam(host))?.settings).toMatchObject({ resolution: { width: 960, height: 540 } });
  });

  it('a session that goes on after a kill of the server is not recorded anew', async () => {
    const earlier = { id: 'session-1', startedAt: Date.now(), room: configured(), peers: [], state: [] };
    const host = await startTestHost({ earlier: [earlier] });
    running.push(host);
    host.rooms.rooms.set('room-1', configured());
    const ann = await host.join('broadcaster');
    await ann.settled();
    expect(host.beams.writes).toEqual([]);
  });
});

describe('pausing a recording', () => {
  const answerTo = (client: WireClient, type: 'Browser' | 'HLS', what: 'pause' | 'resume') =>
    client.request(`recording-${what}`, { type });

  it('REC16, REC17: everyone is told when nothing is written any more, and when something is again; it stays one recording', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const vera = await host.join('hls-viewer');
    await ann.request('rtmp-start', { record: true });
    const { started_at } = await vera.next('on-record-update', is('started'));
    expect(await answerTo(ann, 'Browser', 'resume')).toMatchObject({
      error: { code: 400, message: 'recording not paused' },
    });
    expect(await answerTo(ann, 'Browser', 'pause')).toMatchObject({ result: {} });
    expect(await vera.next('on-record-update', is('paused'))).toMatchObject({ type: 'Browser', started_at });
    expect(host.beams.beams.get(lastBeam(host))).toMatchObject({ isPaused: true, status: 'running' });
    expect(await answerTo(ann, 'Browser', 'pause')).toMatchObject({
      error: { code: 400, message: 'recording already paused' },
    });
    const late = await host.join('hls-viewer');
    const { room } = await late.next('peer-list');
    expect(room.recording.browser).toMatchObject({ enabled: true, state: 'paused', started_at });
    await host.host.setRecordingPaused({ roomId: 'room-1', kind: 'browser', isPaused: false });
    expect(await vera.next('on-record-update', is('resumed'))).toMatchObject({ type: 'Browser', started_at });
    expect(host.beams.beams.get(lastBeam(host))).toMatchObject({ isPaused: false });
    await ann.request('rtmp-stop', {});
    await vera.next('on-record-update', is('stopped'));
    expect(host.beams.beams.size).toBe(1);
    expect(host.beams.writes.filter((status) => status === 'running')).toEqual(['running']);
  });

  it('REC16: needs something that is recorded, and the permission to record it', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const vera = await host.join('hls-viewer');
    for (const [type, message] of [
      ['Browser', 'no active beam found'],
      ['HLS', 'hls recording not running'],
    ] as const) {
      expect(await answerTo(vera, type, 'pause')).toMatchObject({ error: { code: 403 } });
      expect(await answerTo(ann, type, 'pause')).toMatchObject({ error: { code: 404, message } });
    }
    // Sent to another platform, and not recorded.
    const rtmpUrls = ['rtmp://live.example/app/KEY'];
    await host.host.startBeam('room-1', { kind: 'external_stream', record: false, rtmpUrls });
    expect(await answerTo(ann, 'Browser', 'pause')).toMatchObject({ error: { code: 404 } });
    await ann.request('hls-start', {});
    expect(await answerTo(ann, 'HLS', 'pause')).toMatchObject({ error: { code: 404 } });
    await expect(host.host.setRecordingPaused({ roomId: 'room-1', kind: 'hls', isPaused: true })).rejects.toMatchObject(
      { code: 404 },
    );
  });

  it('REC16: refuses before anything has been written', async () => {
    const host = await start('mute');
    const ann = await host.join('broadcaster');
    await ann.request('rtmp-start', { record: true });
    expect(await answerTo(ann, 'Browser', 'pause')).toMatchObject({
      error: { code: 400, message: 'the recording has not started yet' },
    });
  });

  it('REC16: what is kept of a live stream is paused alone: the stream and a recording of the stage go on', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('hls-start', { hls_recording: { hls_vod: true, single_file_per_layer: true } });
    await ann.next('on-record-update', is('started'));
    await ann.request('rtmp-start', { record: true });
    await ann.next('on-record-update', (update) => update.type === 'Browser' && update.state === 'started');
    expect(await answerTo(ann, 'HLS', 'pause')).toMatchObject({ result: {} });
    expect(await ann.next('on-record-update', is('paused'))).toMatchObject({ type: 'HLS' });
    const late = await host.join('hls-viewer');
    const { room } = await late.next('peer-list');
    expect(room.recording).toMatchObject({ browser: { state: 'started' }, hls: { state: 'paused' } });
    expect(room.streaming.hls.variants).toMatchObject([{ state: 'initialised' }]);
    expect(host.egressPids()).toHaveLength(1);
    expect(await answerTo(ann, 'HLS', 'resume')).toMatchObject({ result: {} });
    expect(await ann.next('on-record-update', is('resumed'))).toMatchObject({ type: 'HLS' });
  });

  it('REC18: stays paused when its process is killed, and goes on in the next one', async () => {
    const host = await start('Town hall', { policy: { ...quick, startTimeoutMs: 2_000 } });
    const ann = await host.join('broadcaster');
    await ann.request('rtmp-start', { record: true });
    await ann.next('on-record-update', is('started'));
    await answerTo(ann, 'Browser', 'pause');
    await ann.next('on-record-update', is('paused'));
    const [pid] = host.egressPids();
    process.kill(pid!, 'SIGKILL');
    await waitFor('another process runs', () => host.egressPids().some((other) => other !== pid));
    await answerTo(ann, 'Browser', 'resume');
    await ann.next('on-record-update', is('resumed'));
    // Nobody was told that anything was written meanwhile.
    expect(ann.all('on-record-update').map(({ state }) => state)).toEqual([
      'initialised',
      'started',
      'paused',
      'resumed',
    ]);
  });

  it('REC18: is completed when it is stopped while it is paused', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('rtmp-start', { record: true });
    await ann.next('on-record-update', is('started'));
    await answerTo(ann, 'Browser', 'pause');
    await ann.next('on-record-update', is('paused'));
    await ann.request('rtmp-stop', {});
    await ann.next('on-record-update', is('stopped'));
    await waitFor('it is finished', () => host.archive.finalised.includes(`beam ${lastBeam(host)}`));
    expect(host.beams.writes).toEqual(['starting', 'running', 'stopping', 'post_processing']);
    await ann.request('rtmp-start', { record: true });
    await ann.next('on-record-update', is('started'));
  });

  it('REC18: stays paused when the server is killed', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('rtmp-start', { record: true });
    const { settings, destination } = host.beams.beams.get(lastBeam(host))!;
    const id = lastBeam(host);
    const earlier = {
      id: [...host.sessions.sessions.keys()][0] ?? 'none',
      startedAt: Date.now(),
      room: makeRoom(),
      peers: [],
      state: [],
      beam: { id, destination, settings, isPaused: true, initialisedAt: Date.now() },
    };
    const after = await startTestHost({ earlier: [earlier] });
    running.push(after);
    after.beams.beams.set(id, host.beams.beams.get(id)!);
    const bo = await after.join('broadcaster');
    const { room } = await bo.next('peer-list');
    if (room.recording.browser.state !== 'paused') await bo.next('on-record-update', is('paused'));
    expect(await answerTo(bo, 'Browser', 'resume')).toMatchObject({ result: {} });
    await bo.next('on-record-update', is('resumed'));
  });
});

describe('a recording of tracks', () => {
  const recorded = (name?: string, options?: Parameters<typeof start>[1]) => {
    const recordings = [{ name: 'default', role: 'broadcaster', trackRecording: { enabled: true }, maxDuration: 90 }];
    return start(name, options).then((host) => {
      const room = host.rooms.rooms.get('room-1')!;
      host.rooms.rooms.set('room-1', { ...room, template: { ...room.template, ...templateOf(recordings) } });
      return host;
    });
  };
  const templateOf = (recordings: object[]) => {
    const { recordings: made } = templateBody.parse({ ...makeRoom().template, recordings });
    return { recordings: made };
  };
  const clock = () => new VirtualClock(Date.UTC(2026, 0, 5));

  it('REC36: begins with the first person on stage, is told as sfu, takes no place of a live stream, and ends with the session', async () => {
    const host = await recorded('Town hall', { maxJobs: 1 });
    const vera = await host.join('hls-viewer');
    await vera.settled();
    expect(host.beams.writes).toEqual([]);
    const ann = await host.join('broadcaster');
    expect(await vera.next('on-record-update', is('started'))).toMatchObject({
      type: 'sfu',
      started_at: expect.any(Number),
    });
    const { room } = await (await host.join('hls-viewer')).next('peer-list');
    expect(room.recording).toMatchObject({ sfu: { enabled: true, state: 'started' }, browser: { enabled: false } });
    const id = lastBeam(host);
    expect(host.beams.beams.get(id)).toMatchObject({ kind: 'tracks', startedBy: '' });
    expect(await ann.request('hls-start', {})).toMatchObject({ result: {} });
    await waitFor('two processes run', () => host.egressPids().length === 2);
    // What others start and stop is no matter of it.
    expect(await ann.request('rtmp-stop', {})).toMatchObject({ error: { code: 404 } });
    expect(await ann.request('end-room', { lock: false, reason: 'over' })).toMatchObject({ result: {} });
    await waitFor('its files are finished', () => host.archive.finalised.includes(`beam ${id}`));
    expect(host.beams.beams.get(id)).toMatchObject({ status: 'stopping' });
  });

  it('REC38: each file that is begun is a fact', async () => {
    const facts: RecordedFact['fact'][] = [];
    const host = await recorded('Town hall', { facts: { record: ({ fact }) => facts.push(fact) } });
    await host.join('broadcaster');
    const begun = () => facts.find(({ type }) => type === 'trackRecordingStarted');
    await waitFor('a track is recorded', begun);
    expect(begun()).toMatchObject({
      jobId: lastBeam(host),
      track: { trackId: 'mic', kind: 'audio', userName: 'Hana' },
    });
  });

  it('REC36: ends after the maxDuration of the template, and is not begun anew', async () => {
    const time = clock();
    const host = await recorded('Town hall', { clock: time });
    const ann = await host.join('broadcaster');
    await ann.next('on-record-update', is('started'));
    time.advance(90_000);
    await waitFor('its files are finished', () => host.archive.finalised.length === 1);
    await host.join('broadcaster');
    expect(host.beams.beams.size).toBe(1);
  });

  it('REC37: goes on in another process after a kill, under its id', async () => {
    const host = await recorded('Town hall', { policy: quick });
    const ann = await host.join('broadcaster');
    await ann.next('on-record-update', is('started'));
    const [pid] = host.egressPids();
    process.kill(pid!, 'SIGKILL');
    await waitFor('another process records', () => host.egressPids().some((other) => other !== pid));
    expect(host.beams.beams.size).toBe(1);
    expect(host.archive.finalised).toEqual([]);
  });

  it('REC36: is none unless the template says so', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.settled();
    expect(host.beams.writes).toEqual([]);
  });
});
