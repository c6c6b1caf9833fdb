import { type RtmpUpdate, templateBody } from '@amphi/protocol';
import type { Fact } from '@amphi/rooms';
import { waitFor } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { collectingLogger } from './collecting-logger.ts';
import { KIT_ROLES, makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';

let running: TestHost[] = [];
let facts: Fact[] = [];

afterEach(async () => {
  await Promise.all(running.map((host) => host.close()));
  [running, facts] = [[], []];
});

/** Hosts of the URLs tell the egress process of the tests how platforms behave (`fake-egress.mjs`). */
async function start(options: Parameters<typeof startTestHost>[0] = {}, roomName = 'Town hall'): Promise<TestHost> {
  const host = await startTestHost({ facts: { record: ({ fact }) => void facts.push(fact) }, ...options });
  const room = makeRoom({ name: roomName });
  const { broadcaster } = KIT_ROLES;
  const permissions = { ...broadcaster!.permissions, browserRecording: true, rtmpStreaming: true };
  const roles = { ...KIT_ROLES, host: { ...broadcaster!, name: 'host', permissions } };
  host.rooms.rooms.set('room-1', { ...room, template: { ...room.template, roles } });
  running.push(host);
  return host;
}

const GOOD = 'rtmp://live.example/app/sEcReT-1';
const DEAD = 'rtmp://dead.example/app/sEcReT-2';
const FLAKY = 'rtmps://flaky.example/rtmp/sEcReT-3?t=1';

const is = (state: string) => (update: { state: string }) => update.state === state;
const targetIs = (index: number, state: string) => (update: RtmpUpdate) => update.targets?.[index]?.state === state;
const lastBeam = (host: TestHost) => [...host.beams.beams.values()].at(-1)!;
const told = (): string[] => facts.flatMap((fact) => (fact.type === 'outputChanged' ? [fact.phase] : []));

describe('sending the stage to other platforms', () => {
  it('RTMP9: everyone is told, with the state of each platform, and no key', async () => {
    const { logger, entries } = collectingLogger();
    const host = await start({ logger });
    const ann = await host.join('host');
    const vera = await host.join('hls-viewer');
    expect(await ann.request('rtmp-start', { rtmp_urls: [GOOD, FLAKY] })).toMatchObject({ result: {} });
    expect(await vera.next('on-rtmp-update', is('initialised'))).toMatchObject({
      targets: [
        { server: 'live.example', state: 'starting' },
        { server: 'flaky.example', state: 'starting' },
      ],
    });
    const retrying = await vera.next('on-rtmp-update', targetIs(1, 'retrying'));
    expect(retrying.targets?.[1]?.reason).toMatch(/the other platform ended the connection/);
    const started = await vera.next(
      'on-rtmp-update',
      (update) => is('started')(update) && targetIs(1, 'running')(update),
    );
    expect(started).toMatchObject({
      started_at: expect.any(Number),
      targets: [{ state: 'running' }, { state: 'running' }],
    });
    const late = await host.join('hls-viewer');
    const { room } = await late.next('peer-list');
    expect(room.streaming).toMatchObject({
      enabled: true,
      rtmp: { enabled: true, state: 'started', targets: [{ server: 'live.example', state: 'running' }, {}] },
    });
    expect(room.recording.browser.enabled).toBe(false);
    expect(lastBeam(host).settings.rtmpUrls).toEqual([GOOD, FLAKY]);
    expect(await ann.request('rtmp-stop', {})).toMatchObject({ result: {} });
    await vera.next('on-rtmp-update', is('stopped'));
    await waitFor('it is over', () => host.archive.finalised.length === 1);
    expect(host.beams.writes).toEqual(['starting', 'running', 'stopping']);
    expect(told()).toEqual(['initialised', 'started', 'stopped']);
    expect(JSON.stringify([retrying, started, room, entries])).not.toContain('sEcReT');
  });

  it('RTMP10: a platform that is gone touches no other, no recording and no live stream', async () => {
    const host = await start();
    const ann = await host.join('host');
    const bo = await host.join('broadcaster');
    await bo.request('hls-start', {});
    await ann.request('rtmp-start', { rtmp_urls: [DEAD, GOOD], record: true });
    const update = await ann.next(
      'on-rtmp-update',
      (each) => is('started')(each) && targetIs(0, 'failed')(each) && targetIs(1, 'running')(each),
    );
    expect(update.targets?.[0]?.reason).toMatch(/is the stream key right/);
    expect(host.origin.ended).toEqual([]);
    expect(host.egressPids()).toHaveLength(1);
    await ann.request('rtmp-stop', {});
    await ann.next('on-record-update', is('stopped'));
    await ann.next('on-rtmp-update', is('stopped'));
    expect(told()).toEqual(['initialised', 'started', 'stopped']);
  });

  it('RTMP10: when all platforms are gone it has failed, and a recording beside it goes on', async () => {
    const host = await start();
    const ann = await host.join('host');
    await ann.request('rtmp-start', { rtmp_urls: [DEAD], record: true });
    const { error } = await ann.next('on-rtmp-update', is('failed'));
    expect(error).toMatchObject({ code: 500, message: expect.stringMatching(/^sending to other platforms failed: /) });
    await waitFor('it is recorded', () => host.beams.writes.includes('running'));
    expect(told()).toEqual(['initialised', 'started']);
    await ann.request('rtmp-stop', {});
    await ann.next('on-record-update', is('stopped'));
    await ann.request('rtmp-start', { rtmp_urls: [DEAD] });
    await waitFor('all of it has failed', () => host.beams.writes.at(-1) === 'failed');
    expect(told()).toEqual(['initialised', 'started', 'stopped', 'initialised', 'failed']);
  });

  describe('RTMP13: what the template says', () => {
    const rtmpDestinations = {
      platforms: { name: 'platforms', rtmpUrls: [GOOD], width: 960, height: 540, maxDuration: 90, autoStopTimeout: 20 },
      recorded: { name: 'recorded', rtmpUrls: [GOOD, FLAKY], recordingEnabled: true },
      empty: { name: 'empty' },
    };

    async function startConfigured(): Promise<TestHost> {
      const host = await start();
      const room = host.rooms.rooms.get('room-1')!;
      const { destinations } = room.template;
      const template = templateBody.parse({ ...room.template, destinations: { ...destinations, rtmpDestinations } });
      host.rooms.rooms.set('room-1', { ...room, template });
      return host;
    }

    it('a start without URLs is to its first RTMP destination, in its size, for its time', async () => {
      const host = await startConfigured();
      const ann = await host.join('host');
      expect(await ann.request('rtmp-start', {})).toMatchObject({ result: {} });
      await ann.next('on-rtmp-update', targetIs(0, 'running'));
      expect(lastBeam(host)).toMatchObject({
        kind: 'external_stream',
        destination: 'default',
        settings: {
          record: false,
          rtmpUrls: [GOOD],
          resolution: { width: 960, height: 540 },
          destination: { maxDuration: 90, autoStopTimeout: 20 },
        },
      });
    });

    it('a destination is meant by its name; what the start says goes first', async () => {
      const host = await startConfigured();
      const ann = await host.join('host');
      const sent = { kind: 'external_stream', record: undefined, rtmpUrls: [], destination: 'recorded' } as const;
      await host.host.startBeam('room-1', sent);
      await ann.next('on-record-update', is('started'));
      expect(lastBeam(host).settings).toMatchObject({ record: true, rtmpUrls: [GOOD, FLAKY] });
      await ann.request('rtmp-stop', {});
      await ann.next('on-rtmp-update', is('stopped'));
      const resolution = { width: 640, height: 480 };
      await host.host.startBeam('room-1', { ...sent, record: false, rtmpUrls: [FLAKY], resolution });
      expect(lastBeam(host).settings).toMatchObject({ record: false, rtmpUrls: [FLAKY], resolution });
    });

    it('where it says of no platform, nothing is begun', async () => {
      const host = await startConfigured();
      const ann = await host.join('host');
      const sent = { kind: 'external_stream', record: undefined, rtmpUrls: [] } as const;
      await expect(host.host.startBeam('room-1', { ...sent, destination: 'empty' })).rejects.toMatchObject({
        code: 400,
        message: 'rtmp_urls, record: one of them is needed, as RTMP destination empty has none',
      });
      await expect(host.host.startBeam('room-1', { ...sent, destination: 'nowhere' })).rejects.toMatchObject({
        code: 400,
      });
      const speaker = await host.join('broadcaster');
      expect(await speaker.request('rtmp-start', {})).toMatchObject({ error: { code: 403 } });
      await ann.settled();
      expect(host.beams.beams.size).toBe(0);
    });
  });

  it('RTMP10: a recording that fails leaves the platforms alone', async () => {
    const host = await start({}, 'recording-fails');
    const ann = await host.join('host');
    await ann.request('rtmp-start', { rtmp_urls: [GOOD], record: true });
    await ann.next('on-record-update', is('failed'));
    await ann.next('on-rtmp-update', is('started'));
    await ann.request('rtmp-stop', {});
    await ann.next('on-rtmp-update', is('stopped'));
    expect(told()).toEqual(['initialised', 'started', 'stopped']);
  });

  it.each([
    [['rtmp://127.0.0.1/app/sEcReT'], /rtmp_urls\.0: 127\.0\.0\.1 is not a public address/],
    [['rtmp://[fd00::1]/app/sEcReT'], /fd00::1 is not a public address/],
    [[GOOD, 'http://live.example/sEcReT'], /rtmp_urls\.1: rtmp:/],
    [[GOOD, GOOD], /each URL once/],
    [[1, 2, 3, 4].map((i) => `${GOOD}${i}`), /at most 3 URLs/],
  ])('API7, RTMP2, RTMP8: %s is refused, and no key told', async (urls, message) => {
    const host = await start();
    const ann = await host.join('host');
    const { error } = await ann.request('rtmp-start', { rtmp_urls: urls });
    expect(error).toMatchObject({ code: 400, message: expect.stringMatching(message) });
    expect(JSON.stringify(error)).not.toContain('sEcReT');
    expect(host.beams.writes).toEqual([]);
  });

  it('RTMP11: goes on in another process of the server, to the same platforms', async () => {
    const host = await start();
    const ann = await host.join('host');
    await ann.request('rtmp-start', { rtmp_urls: [GOOD] });
    const { settings, destination } = lastBeam(host);
    const [id] = [...host.beams.beams.keys()];
    const beam = { id: id!, destination, settings, isPaused: false, initialisedAt: Date.now() };
    const [sessionId] = [...host.sessions.sessions.keys()];
    const earlier = { id: sessionId!, startedAt: Date.now(), room: makeRoom(), peers: [], state: [], beam };
    const after = await startTestHost({ earlier: [earlier] });
    running.push(after);
    after.beams.beams.set(id!, host.beams.beams.get(id!)!);
    const bo = await after.join('broadcaster');
    const { room } = await bo.next('peer-list');
    expect(room.streaming.rtmp).toMatchObject({ enabled: true, targets: [{ server: 'live.example' }] });
    expect(await after.host.stopBeam('room-1')).toBe(id);
  });
});
