import { arrange, PICTURE_ALIGNMENT, type Rect } from '@amphi/layout';
import { quietCodecLibrary } from '@amphi/media';
import { readFragments } from '@amphi/mp4';
import type { EgressJob } from '@amphi/protocol';
import {
  beepOnsets,
  brightness,
  clockErrorMs,
  complaints,
  decodeAudio,
  decodeLuma,
  type LumaFrame,
  onsets,
  percentile,
  waitFor,
  withMediaFile,
} from '@amphi/testkit';
import { SyntheticCamera, SyntheticMicrophone } from '@amphi/testkit/synthetic';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EgressBuild, EgressProgram } from './egress-program.ts';
import { FakeIngest } from './fake-ingest.ts';
import { FakeSession, type FakeTrack } from './fake-session.ts';

const WIDTH = 640;
const HEIGHT = 360;
const FRAME = 1 / 30;

let build: EgressBuild;
let session: FakeSession;
let ingest: FakeIngest;
let programs: EgressProgram[] = [];

beforeAll(async () => {
  quietCodecLibrary();
  build = await EgressBuild.make();
});

afterAll(() => build?.remove());

beforeEach(async () => {
  [session, ingest] = await Promise.all([FakeSession.open(), FakeIngest.open()]);
});

afterEach(async () => {
  for (const program of programs) program.kill();
  programs = [];
  await Promise.all([session.close(), ingest.close()]);
});

function start(overrides: Partial<EgressJob> = {}): EgressProgram {
  const program = new EgressProgram(build, {
    type: 'job',
    jobId: 'job-1',
    signalingUrl: session.url,
    token: 'recorder-token',
    ingestUrl: ingest.url,
    ingestToken: 'ingest-token',
    streamId: 'stream-1',
    rtpListenIp: '127.0.0.1',
    roomName: 'Town hall',
    composition: { layout: 'grid', tileAspectRatio: '16:9', videoAspectRatio: '16:9' },
    frameRate: 30,
    rungs: [
      { id: 'v360', width: WIDTH, height: HEIGHT, bitrateBps: 1_200_000 },
      { id: 'v180', width: 320, height: 180, bitrateBps: 300_000 },
    ],
    audioBitrateBps: 96_000,
    partSeconds: 1 / 3,
    partsPerSegment: 3,
    playlistType: 'live',
    windowSegments: 5,
    ...overrides,
  });
  programs.push(program);
  return program;
}

let nextSsrc = 1000;

function camera(
  trackId: string,
  options: { codec?: 'vp8' | 'h264'; width?: number; height?: number; source?: 'regular' | 'screen' } = {},
): FakeTrack & { readonly device: SyntheticCamera } {
  const ssrc = nextSsrc++;
  const rtx = { ssrc: nextSsrc++, payloadType: 102 };
  const { codec = 'vp8', width = 320, height = 180, source = 'regular' } = options;
  const device = new SyntheticCamera({ codec, width, height, ssrc, payloadType: 101, rtx });
  const mimeType = codec === 'vp8' ? ('video/VP8' as const) : ('video/H264' as const);
  return { trackId, kind: 'video', mimeType, source, ssrc, payloadType: 101, rtx, device };
}

function microphone(trackId: string): FakeTrack & { readonly device: SyntheticMicrophone } {
  const ssrc = nextSsrc++;
  const device = new SyntheticMicrophone({ ssrc, payloadType: 100 });
  return { trackId, kind: 'audio', mimeType: 'audio/opus', source: 'regular', ssrc, payloadType: 100, device };
}

/** Where the layout puts this many people. */
function tiles(count: number): Rect[] {
  const people = Array.from({ length: count }, (_, i) => ({ id: `${i}`, kind: 'person' as const }));
  return arrange(
    people,
    { width: WIDTH, height: HEIGHT },
    { layout: 'grid', tileAspectRatio: '16:9', gap: 8, align: PICTURE_ALIGNMENT },
  );
}

/** A picture of a person in the stream is there from this long after the moment it was captured on. */
const SETTLE_MS = 1_500;

/** Waits until the stream holds everything captured up to now. */
async function untilStreamed(seconds: number): Promise<void> {
  const goal = Date.now() + seconds * 1000;
  await waitFor(
    `${seconds} s more of the stream`,
    () => {
      const last = ingest.parts('v360').at(-1);
      return last && last.programDateTimeMs + last.durationSeconds * 1000 >= goal;
    },
    seconds * 1000 + 15_000,
  );
}

interface Decoded {
  readonly frames: readonly (LumaFrame & { readonly capturedAt: number })[];
}

async function decodeRun(generation = 0): Promise<Decoded> {
  const first = ingest.parts('v360', generation)[0]!;
  const frames = await withMediaFile(ingest.file('v360', generation), (path) => decodeLuma(path, WIDTH, HEIGHT));
  return {
    frames: frames.map((frame) => ({
      ...frame,
      capturedAt: first.programDateTimeMs + (frame.ptsSeconds - frames[0]!.ptsSeconds) * 1000,
    })),
  };
}

/** How far the clock in a tile is from the time the frame claims, between two moments. */
function errorsBetween({ frames }: Decoded, tile: Rect, from: number, to: number): number[] {
  return frames
    .filter(({ capturedAt }) => capturedAt > from && capturedAt < to)
    .map((frame) => clockErrorMs(frame, tile, frame.capturedAt));
}

/**
 * Share of frames whose tile shows what was captured at most this long before. On a busy machine cameras, decoder and
 * encoder skip pictures, so tests ask for half of them; a time line that is wrong would spoil nearly all.
 */
function shareInTime(errors: readonly number[], withinMs = 150): number {
  return errors.filter((error) => error > -60 && error < withinMs).length / errors.length;
}
const MOST = 0.5;

/** All of it runs in real time; a machine that was busy with something else may have spoiled one attempt. */
describe('egress', { retry: 2 }, () => {
  it('EG1 EG2 EG3 EG4 EG5 EG6: composes what happens on stage into a stream that never breaks', async () => {
    const program = start();
    await program.status('streaming');
    const aliceJoined = Date.now();
    session.peerJoins('alice', 'Alice');
    const aliceCamera = camera('a-video');
    session.publishes('alice', aliceCamera);
    session.publishes('alice', microphone('a-audio'));
    await untilStreamed(4.5);

    const bobJoined = Date.now();
    session.peerJoins('bob', 'Bob');
    session.publishes('bob', camera('b-video', { codec: 'h264' }));
    await untilStreamed(2.5);

    aliceCamera.device.sender.lossRate = 0.03;
    aliceCamera.device.resize(160, 90);
    const lossFrom = Date.now();
    await untilStreamed(3);
    aliceCamera.device.sender.lossRate = 0;
    aliceCamera.device.resize(320, 240);

    const bobMuted = Date.now();
    session.mutes('bob', 'b-video', true);
    await untilStreamed(2);
    session.mutes('bob', 'b-video', false);
    await untilStreamed(2);
    const bobLeft = Date.now();
    session.peerLeaves('bob');
    session.mutes('alice', 'a-audio', true);
    await untilStreamed(3);
    const end = Date.now();
    program.send({ type: 'stop' });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.statuses.map((status) => status.type).filter((type) => type !== 'stats')).toEqual([
      'joined',
      'streaming',
      'ended',
    ]);
    expect(ingest.ended).toBe(true);
    expect(ingest.refusals).toEqual([]);
    expect(session.leaves).toBe(1);
    expect(session.subscribed.sort()).toEqual(['a-audio', 'a-video', 'b-video']);

    for (const id of ['v360', 'v180', 'audio']) {
      expect(await withMediaFile(ingest.file(id), complaints), id).toBe('');
      const parts = ingest.parts(id);
      const target = ingest.description!.renditions.find((rendition) => rendition.id === id)!.partTargetSeconds;
      // The time line has no hole, parts keep their promise, segments start with keyframes.
      for (const [i, part] of parts.entries()) {
        expect(part.durationSeconds).toBeLessThanOrEqual(target + 1e-6);
        expect(part.independent || part.part > 0).toBe(true);
        const next = parts[i + 1];
        // Dates are whole milliseconds.
        const hole = next ? next.programDateTimeMs - part.programDateTimeMs - part.durationSeconds * 1000 : 0;
        expect(Math.abs(hole)).toBeLessThan(1.1);
      }
      const ends = parts.map((part) => part.programDateTimeMs + part.durationSeconds * 1000);
      expect(Math.abs(ends.at(-1)! - (end - 100))).toBeLessThan(500);
    }
    const keyframes = (id: string) =>
      ingest.parts(id).flatMap((part) =>
        readFragments(part.data).flatMap(({ baseDecodeTime, samples }) => {
          let at = baseDecodeTime;
          return samples.flatMap(({ isSync, duration }) => {
            at += duration;
            return isSync ? [at - duration] : [];
          });
        }),
      );
    expect(keyframes('v360')).toEqual(keyframes('v180'));

    const run = await decodeRun();
    const steps = run.frames.slice(1).map((frame, i) => frame.ptsSeconds - run.frames[i]!.ptsSeconds);
    expect(steps.filter((step) => Math.abs(step - FRAME) < 0.001).length).toBeGreaterThan(steps.length * 0.7);
    expect(Math.max(...steps)).toBeLessThan(0.35);

    // The clock in each tile: with frames of 30 Hz a picture is up to 33 ms old, after a loss a little more.
    const [alone] = tiles(1) as [Rect];
    const [left, right] = tiles(2) as [Rect, Rect];
    expect(shareInTime(errorsBetween(run, alone, aliceJoined + SETTLE_MS, bobJoined))).toBeGreaterThan(MOST);
    expect(shareInTime(errorsBetween(run, left, bobJoined + SETTLE_MS, lossFrom))).toBeGreaterThan(MOST);
    expect(shareInTime(errorsBetween(run, right, bobJoined + SETTLE_MS, bobMuted - 500))).toBeGreaterThan(MOST);
    expect(shareInTime(errorsBetween(run, left, lossFrom + SETTLE_MS, bobMuted - 500), 250)).toBeGreaterThan(MOST);
    expect(shareInTime(errorsBetween(run, right, bobMuted + 500, bobMuted + 1_900))).toBe(0);
    expect(shareInTime(errorsBetween(run, right, bobMuted + 2_000 + SETTLE_MS, bobLeft - 100))).toBeGreaterThan(MOST);
    expect(aliceCamera.device.sender.stats.resent).toBeGreaterThan(0);

    // Flash and beep left the same moment: plus is picture late.
    const flashes = onsets(
      run.frames
        .filter((frame) => frame.capturedAt > aliceJoined + SETTLE_MS && frame.capturedAt < bobJoined)
        .map((frame) => [frame.ptsSeconds, brightness(frame, alone) > 180] as const),
      0.3,
    );
    const beeps = beepOnsets(await withMediaFile(ingest.file('audio'), decodeAudio));
    const offsetsMs = flashes.flatMap((flash) => {
      const beep = beeps.find((at) => Math.abs(at - flash) < 0.4);
      return beep === undefined ? [] : [(flash - beep) * 1000];
    });
    expect(offsetsMs.length).toBeGreaterThanOrEqual(2);
    expect(Math.abs(percentile(offsetsMs, 0.5))).toBeLessThanOrEqual(45);
    // The beep goes on while others come and go, and ends with the microphone's mute.
    const beepTimes = beeps.map((at) => run.frames[0]!.capturedAt + (at - run.frames[0]!.ptsSeconds) * 1000);
    expect(beepTimes.filter((at) => at > aliceJoined + SETTLE_MS && at < bobLeft - 500).length).toBeGreaterThanOrEqual(
      10,
    );
    expect(beepTimes.filter((at) => at > bobLeft + 500)).toEqual([]);
  }, 90_000);

  it('EG16: goes on after it was killed, in a new run with the next segment', async () => {
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    const first = start();
    await first.status('streaming');
    await untilStreamed(1.5);
    first.kill();
    await first.exited;
    const second = start();
    await second.status('streaming');
    const [alone] = tiles(1) as [Rect];
    await untilStreamed(2.5);
    second.send({ type: 'stop' });
    expect((await second.exited).code).toBe(0);
    expect(ingest.refusals).toEqual([]);
    expect(ingest.generation).toBe(1);
    const run = await decodeRun(1);
    expect(ingest.parts('v360', 1)[0]).toMatchObject({ part: 0, msn: ingest.parts('v360', 0).at(-1)!.msn + 1 });
    const from = run.frames[0]!.capturedAt + SETTLE_MS;
    expect(shareInTime(errorsBetween(run, alone, from, Number.POSITIVE_INFINITY))).toBeGreaterThan(MOST);
    expect(await withMediaFile(ingest.file('v360', 1), complaints)).toBe('');
  }, 60_000);

  it('EG17 EG18: keeps its sources when the signaling socket is lost, and hears what changed and ended meanwhile', async () => {
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    const program = start();
    await program.status('streaming');
    await waitFor('the first subscription', () => session.subscribed.length === 1);
    const lost = Date.now();
    session.dropSocket();
    session.peerJoins('bob', 'Bob');
    session.publishes('bob', camera('b-video'));
    session.producerReplaced('a-video');
    await waitFor('the second socket and both subscriptions', () => {
      return session.sockets === 2 && session.subscribed.length === 3;
    });
    await untilStreamed(2.5);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    expect(session.joins).toBe(1);
    expect([...session.subscribed].sort()).toEqual(['a-video', 'a-video', 'b-video']);
    const run = await decodeRun();
    const [left, right] = tiles(2) as [Rect, Rect];
    const end = run.frames.at(-1)!.capturedAt;
    expect(shareInTime(errorsBetween(run, left, end - 1_000, end))).toBeGreaterThan(MOST);
    expect(shareInTime(errorsBetween(run, right, end - 1_000, end))).toBeGreaterThan(MOST);
    const [alone] = tiles(1) as [Rect];
    const during = errorsBetween(run, alone, lost - 300, lost + 100);
    expect(shareInTime(during)).toBeGreaterThan(0.3);
  }, 60_000);

  it('EG14: asks for layers that fit the tiles, and gives a screen the main area', async () => {
    const program = start({ rungs: [{ id: 'v360', width: 1280, height: 720, bitrateBps: 1_500_000 }] });
    await program.status('streaming');
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    await waitFor('the high layer for a full tile', () =>
      session.layers.some(({ trackId, layer }) => trackId === 'a-video' && layer === 2),
    );
    session.publishes('alice', camera('a-screen', { source: 'screen' }));
    await waitFor('the low layer for a small tile', () => {
      const last = session.layers.filter(({ trackId }) => trackId === 'a-video').at(-1);
      return last?.layer === 0 && session.subscribed.includes('a-screen');
    });
  }, 60_000);

  it('EG18: subscribes anew to tracks that ended, and to all when the media moved', async () => {
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    const program = start();
    await program.status('streaming');
    const subscribed = (count: number): Promise<unknown> =>
      waitFor(`subscription ${count}`, () => session.subscribed.length === count);
    await subscribed(1);
    session.publishesAgain('alice', 'a-video');
    await subscribed(2);
    session.mediaMoves();
    await subscribed(3);
    await untilStreamed(2);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    const run = await decodeRun();
    const end = run.frames.at(-1)!.capturedAt;
    expect(shareInTime(errorsBetween(run, tiles(1)[0]!, end - 700, end))).toBeGreaterThan(MOST);
  }, 60_000);

  it('EG19: ends the stream when the session ends', async () => {
    const program = start();
    await program.status('streaming');
    session.ends();
    expect((await program.exited).code).toBe(0);
    expect(ingest.ended).toBe(true);
  }, 30_000);

  it('EG20: exits when its parent disconnects', async () => {
    const program = start();
    await program.status('joined');
    program.disconnect();
    expect((await program.exited).code).not.toBe(0);
    expect(ingest.ended).toBe(false);
  }, 30_000);

  it.each([
    [
      'the session refuses it',
      () => Object.assign(session, { refuseJoin: { code: 403, message: 'not here' } }),
      'join_refused',
    ],
    ['the origin refuses its parts', () => Object.assign(ingest, { failWith: 410 }), 'ingest_refused'],
  ])(
    'EG20: fails with a code when %s',
    async (_, prepare, code) => {
      prepare();
      const program = start();
      expect(await program.status('trouble')).toMatchObject({ severity: 'fatal', code });
      expect((await program.exited).code).toBe(1);
    },
    30_000,
  );
});
