import { randomBytes, randomInt } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arrange, PICTURE_ALIGNMENT, type Rect } from '@amphi/layout';
import { quietCodecLibrary } from '@amphi/media';
import { readFragments } from '@amphi/mp4';
import {
  composition,
  type EgressCommand,
  type EgressJobMessage,
  type EgressOutput,
  role,
  VIDEO_TIMESCALE,
} from '@amphi/protocol';
import {
  beepOnsets,
  clockErrorMs,
  complaints,
  decodeAudio,
  decodeLuma,
  type LumaFrame,
  percentile,
  run as runProgram,
  waitFor,
  withMediaFile,
} from '@amphi/testkit';
import { RtpSender, SyntheticCamera, SyntheticMicrophone } from '@amphi/testkit/synthetic';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EgressBuild, EgressProgram } from './egress-program.ts';
import { FakeIngest, type StoredPart } from './fake-ingest.ts';
import { FakeSession, type FakeTrack } from './fake-session.ts';

const WIDTH = 640;
const HEIGHT = 360;

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
  for (const program of programs) program.remove();
  programs = [];
  await Promise.all([session.close(), ingest.close()]);
});

/** The stream that most tests judge. */
function hls(): Extract<EgressOutput, { kind: 'hls' }> {
  const ingestToken = 'ingest-token';
  return { kind: 'hls', id: 'stream-1', ingestUrl: ingest.url, ingestToken, playlistType: 'live', windowSegments: 5 };
}

function start(overrides: Partial<EgressJobMessage> = {}, preset?: string): EgressProgram {
  const program = new EgressProgram(
    build,
    {
      type: 'job',
      jobId: 'job-1',
      signalingUrl: session.url,
      token: 'recorder-token',
      rtpListenIp: '127.0.0.1',
      roomName: 'Town hall',
      composition: composition.parse({}),
      frameRate: 30,
      rungs: [
        { id: 'v360', width: WIDTH, height: HEIGHT, bitrateBps: 1_200_000 },
        { id: 'v180', width: 320, height: 180, bitrateBps: 300_000 },
      ],
      audioBitrateBps: 96_000,
      partSeconds: 1 / 3,
      partsPerSegment: 3,
      outputs: [hls()],
      ...overrides,
    },
    preset,
  );
  programs.push(program);
  return program;
}

let nextSsrc = 1000;

function camera(
  trackId: string,
  options: {
    codec?: 'vp8' | 'h264';
    width?: number;
    height?: number;
    frameRate?: number;
    source?: 'regular' | 'screen';
  } = {},
): FakeTrack & { readonly device: SyntheticCamera } {
  const ssrc = nextSsrc++;
  const rtx = { ssrc: nextSsrc++, payloadType: 102 };
  const { codec = 'vp8', width = 320, height = 180, frameRate = 30, source = 'regular' } = options;
  const device = new SyntheticCamera({ codec, width, height, frameRate, ssrc, payloadType: 101, rtx });
  const mimeType = codec === 'vp8' ? ('video/VP8' as const) : ('video/H264' as const);
  return { trackId, kind: 'video', mimeType, source, ssrc, payloadType: 101, rtx, device };
}

function microphone(trackId: string): FakeTrack & { readonly device: SyntheticMicrophone } {
  const ssrc = nextSsrc++;
  const device = new SyntheticMicrophone({ ssrc, payloadType: 100 });
  return { trackId, kind: 'audio', mimeType: 'audio/opus', source: 'regular', ssrc, payloadType: 100, device };
}

/** So that a packet says that a picture begins there: a VP8 payload descriptor, an H.264 slice of a keyframe. */
const PICTURE_BEGINS = { 'video/VP8': [0x10], 'video/H264': [0x65], 'audio/opus': [] } as const;

/** Packets of what nobody encoded, 50 a second. */
function noise(mimeType: FakeTrack['mimeType']): FakeTrack {
  const ssrc = nextSsrc++;
  const kind = mimeType === 'audio/opus' ? 'audio' : 'video';
  const sender = new RtpSender({ ssrc, payloadType: 103, clockRate: kind === 'audio' ? 48_000 : 90_000 });
  const begins = Buffer.from(PICTURE_BEGINS[mimeType]);
  const send = () => sender.send([Buffer.concat([begins, randomBytes(randomInt(20, 1_100))])], Date.now());
  const timer = setInterval(send, 20);
  const device = {
    sender,
    close: () => {
      clearInterval(timer);
      sender.close();
    },
  };
  const trackId = `noise-${mimeType.split('/')[1]}`;
  return { trackId, kind, mimeType, source: 'regular', ssrc, payloadType: 103, device };
}

/** Sends nothing, and costs nothing. */
function silentMicrophone(trackId: string): FakeTrack {
  const ssrc = nextSsrc++;
  const sender = new RtpSender({ ssrc, payloadType: 100, clockRate: 48_000 });
  const device = { sender, close: () => sender.close() };
  return { trackId, kind: 'audio', mimeType: 'audio/opus', source: 'regular', ssrc, payloadType: 100, device };
}

/** Where the layout puts this many people. */
function tiles(count: number, size = { width: WIDTH, height: HEIGHT }): Rect[] {
  const people = Array.from({ length: count }, (_, i) => ({ id: `${i}`, kind: 'person' as const }));
  return arrange(people, size, { layout: 'grid', tileAspectRatio: '16:9', gap: 8, align: PICTURE_ALIGNMENT });
}

/** Generous: the machine may do something else. Nothing below depends on how long it took. */
const PATIENCE_MS = 40_000;

/** Waits until the stream shows this track as it was captured after a moment, which is now by default. */
async function untilShown(program: EgressProgram, trackId: string, after = Date.now()): Promise<void> {
  await waitFor(
    `${trackId} as it was after ${after}`,
    () => (program.ticks().at(-1)?.capturedAt[trackId] ?? 0) > after,
    PATIENCE_MS,
  );
}

/** Waits until the stream shows no picture of this track. @returns the number of the first tick without one */
async function untilHidden(program: EgressProgram, trackId: string): Promise<number> {
  const last = () => program.ticks().at(-1)!;
  await waitFor(`no picture of ${trackId}`, () => last().capturedAt[trackId] === undefined, PATIENCE_MS);
  return last().tick;
}

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

/** A picture of the stream as it was encoded, beside what the program says that it shows. */
interface Shown extends LumaFrame {
  readonly tick: number;
  /** When what it shows was captured, by the playlist. */
  readonly claimedMs: number;
  readonly log: Readonly<Record<string, number>>;
}

/** How far behind the clock a tick looks for what was captured (docs/specs/egress.md). */
const PLAYOUT_DELAY_MS = 100;
const FRAMES_PER_PART = 10;
/** Media time of tick 0 (docs/specs/egress.md). */
const MEDIA_START_SECONDS = 10;

/** Where a stream is, and in which size. */
const LANDSCAPE = () => ({ from: ingest, rung: 'v360', width: WIDTH, height: HEIGHT });

async function decodeRun(program: EgressProgram, generation = 0, of = LANDSCAPE()): Promise<Shown[]> {
  const first = of.from.parts(of.rung, generation)[0]!;
  const file = of.from.file(of.rung, generation);
  const frames = await withMediaFile(file, (path) => decodeLuma(path, of.width, of.height));
  const ticks = new Map(program.ticks().map(({ tick, capturedAt }) => [tick, capturedAt]));
  let log: Readonly<Record<string, number>> = {};
  return frames.map((frame) => {
    const tick = Math.round((frame.ptsSeconds - MEDIA_START_SECONDS) * 30);
    // A picture that was encoded once more is not drawn again.
    log = ticks.get(tick) ?? log;
    const claimedMs = first.programDateTimeMs + (frame.ptsSeconds - frames[0]!.ptsSeconds) * 1000;
    return { ...frame, tick, claimedMs, log };
  });
}

/**
 * By how much the clock in a track's tile differs from the time at which the log says that it was captured. A machine that
 * is busy shows older pictures, fewer of them, never a wrong one: this is as small there as anywhere.
 */
function errorsOf(run: readonly Shown[], trackId: string, tile: Rect): number[] {
  return run.flatMap((frame) => {
    const capturedAt = frame.log[trackId];
    return capturedAt === undefined ? [] : [Math.abs(clockErrorMs(frame, tile, capturedAt))];
  });
}

/** From a capture to the tick that shows it (`PLAYOUT_DELAY_MS` of the engine). */
const PLAYOUT_MS = 100;
/** Pictures that were not encoded make the one before them last longer, up to a part. */
const LONGEST_PICTURE_S = 0.35;
/** The mapping of clocks is as late as the fastest report so far: on a busy machine the first one may come late. */
const MAX_ERROR_MS = 150;
/** After some reports: a mapping that is further off than this jumps (`RTP_CLOCK_DEFAULTS`). */
const MAX_SETTLED_ERROR_MS = 40;

/** When beeps start in the stream, by the playlist. */
async function beepTimesOf(rendition = 'audio', generation = 0): Promise<number[]> {
  const [first] = ingest.parts(rendition, generation);
  const start = readFragments(first!.data)[0]!.baseDecodeTime / 48_000;
  const beeps = beepOnsets(await withMediaFile(ingest.file(rendition, generation), decodeAudio));
  return beeps.map((at) => first!.programDateTimeMs + (at - start) * 1000);
}

/**
 * How much later than the sound the picture is. A beep leaves at each full second, the picture has its time in it; what the
 * log says that a picture shows was captured, less that time, is how late pictures are taken, however long they stay.
 */
function apartMs(run: readonly Shown[], trackId: string, beepTimes: readonly number[]): number {
  const [alone] = tiles(1) as [Rect];
  const picturesLate = run.flatMap((frame) => {
    const capturedAt = frame.log[trackId];
    return capturedAt === undefined ? [] : [clockErrorMs(frame, alone, capturedAt)];
  });
  const beepsLate = beepTimes.map((at) => ((at + 300) % 1000) - 300);
  const [picture, beep] = [percentile(picturesLate, 0.5), percentile(beepsLate, 0.5)];
  console.log(`late by: picture ${picture.toFixed(0)} ms, sound ${beep.toFixed(0)} ms`);
  return picture - beep;
}

function expectTrueClock(run: readonly Shown[], trackId: string, tile: Rect, maxErrorMs = MAX_ERROR_MS): void {
  const errors = errorsOf(run, trackId, tile);
  expect(errors.length, `${trackId} is shown`).toBeGreaterThan(0);
  const right = errors.filter((error) => error <= maxErrorMs).length;
  expect(right / errors.length, `${trackId}: ${errors.map(Math.round).join(' ')}`).toBeGreaterThan(0.97);
}

describe('egress', () => {
  it('EG1 EG2 EG3 EG4 EG5 EG6: composes what happens on stage into a stream that never breaks', async () => {
    const program = start();
    await program.output('running');
    session.peerJoins('alice', 'Alice');
    const aliceCamera = camera('a-video');
    session.publishes('alice', aliceCamera);
    session.publishes('alice', microphone('a-audio'));
    const aliceShown = Date.now();
    await untilShown(program, 'a-video', aliceShown + 3_000);

    const lastAlone = program.ticks().at(-1)!.tick;
    session.peerJoins('bob', 'Bob');
    session.publishes('bob', camera('b-video', { codec: 'h264' }));
    await untilShown(program, 'b-video', Date.now() + 1_000);

    const firstLossy = program.ticks().at(-1)!.tick;
    aliceCamera.device.sender.lossRate = 0.03;
    aliceCamera.device.resize(160, 90);
    await waitFor('packets sent again', () => aliceCamera.device.sender.stats.resent > 0, PATIENCE_MS);
    await untilShown(program, 'a-video', Date.now() + 1_000);
    const lastLossy = program.ticks().at(-1)!.tick;
    aliceCamera.device.sender.lossRate = 0;
    // Another shape: its tile cuts the clock off, and the stream goes on.
    aliceCamera.device.resize(320, 240);
    await untilShown(program, 'a-video');
    const firstWhole = program.ticks().at(-1)!.tick;

    session.mutes('bob', 'b-video', true);
    const hidden = await untilHidden(program, 'b-video');
    const unmutedAt = Date.now();
    session.mutes('bob', 'b-video', false);
    await untilShown(program, 'b-video', unmutedAt + 1_000);
    const lastTogether = program.ticks().at(-1)!.tick;
    session.peerLeaves('bob');
    await untilHidden(program, 'b-video');
    const muted = Date.now();
    session.mutes('alice', 'a-audio', true);
    await untilStreamed(2);
    const end = Date.now();
    program.send({ type: 'stop' });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.story()).toEqual(['joined', 'stream-1 running', 'stream-1 ended', 'ended']);
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
      // Drained: all that was captured before the end is in it.
      expect(ends.at(-1)!).toBeGreaterThan(end - 50);
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

    const run = await decodeRun(program);
    const steps = run.slice(1).map((frame, i) => frame.ptsSeconds - run[i]!.ptsSeconds);
    expect(Math.max(...steps)).toBeLessThan(LONGEST_PICTURE_S);

    const [alone] = tiles(1) as [Rect];
    const [left, right] = tiles(2) as [Rect, Rect];
    const between = (from: number, to: number) => run.filter(({ tick }) => tick >= from && tick <= to);
    expectTrueClock(between(0, lastAlone), 'a-video', alone);
    expectTrueClock(between(firstLossy, lastLossy), 'a-video', left);
    expectTrueClock(between(firstLossy, lastLossy), 'b-video', right);
    const together = run.filter(({ tick, log }) => tick > firstWhole && tick <= lastTogether && log['b-video']);
    expectTrueClock(together, 'b-video', right);
    // EG25: what was seen before the camera went off is not seen when it comes on.
    const afterwards = run.filter(({ tick }) => tick >= hidden && tick <= lastTogether);
    const shownAfterwards = afterwards.flatMap(({ log }) => log['b-video'] ?? []);
    expect(shownAfterwards.length).toBeGreaterThan(0);
    expect(Math.min(...shownAfterwards)).toBeGreaterThanOrEqual(unmutedAt);
    // EG5: a picture begins at the tick nearest to its capture. On a busy machine more of them are older.
    const early = run.flatMap(({ log, claimedMs }) => (log['a-video'] === undefined ? [] : log['a-video'] - claimedMs));
    // Dates are whole milliseconds.
    const halfAPeriodMs = 1000 / 60 + 1.1;
    expect(Math.abs(percentile(early, 0.75)), early.map(Math.round).join(' ')).toBeLessThanOrEqual(halfAPeriodMs);
    expect(percentile(early, 0.97)).toBeLessThanOrEqual(halfAPeriodMs);
    // The source goes on through losses and other sizes, one picture after another.
    const captured = run.flatMap(({ log }) => log['a-video'] ?? []);
    expect(captured.filter((at, i) => i > 0 && at < captured[i - 1]!)).toEqual([]);

    const beepTimes = await beepTimesOf();
    const heard = beepTimes.filter((at) => at < muted);
    expect(heard.length).toBeGreaterThanOrEqual(5);
    expect(Math.abs(apartMs(between(0, lastAlone), 'a-video', heard))).toBeLessThanOrEqual(45);
    expect(beepTimes.filter((at) => at > muted + 500)).toEqual([]);
  }, 180_000);

  it('EG6: keeps lips and voice together when the uplink holds up the picture by 300 ms, by what the publisher reports', async () => {
    const program = start();
    await program.output('running');
    session.peerJoins('alice', 'Alice');
    const slow = camera('a-video');
    slow.device.sender.heldUpMs = 300;
    session.publishes('alice', slow);
    session.publishes('alice', microphone('a-audio'));
    await untilShown(program, 'a-video');
    const reports = setInterval(() => session.tellCaptureReports(), 500);
    try {
      await untilShown(program, 'a-video', Date.now() + 3_000);
      const [together, since] = [program.ticks().at(-1)!.tick, Date.now()];
      await untilShown(program, 'a-video', Date.now() + 5_000);
      program.send({ type: 'stop' });
      expect((await program.exited).code).toBe(0);
      const run = (await decodeRun(program)).filter(({ tick }) => tick > together);
      const beeps = (await beepTimesOf()).filter((at) => at > since);
      expect(beeps.length).toBeGreaterThanOrEqual(3);
      expect(Math.abs(apartMs(run, 'a-video', beeps))).toBeLessThanOrEqual(45);
    } finally {
      clearInterval(reports);
    }
  }, 120_000);

  it('EG27: draws but one picture a part of what fell due while it could not run, and is in time again', async () => {
    const program = start();
    await program.output('running');
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    await untilShown(program, 'a-video');
    program.freeze(true);
    const frozenAt = Date.now();
    await waitFor('a while', () => Date.now() > frozenAt + 2_000);
    const thawedAt = Date.now();
    program.freeze(false);
    await untilShown(program, 'a-video', thawedAt + 1_000);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    expect(ingest.refusals).toEqual([]);
    expect(await withMediaFile(ingest.file('v360'), complaints)).toBe('');
    const [first] = ingest.parts('v360');
    const firstTick = Math.round((readFragments(first!.data)[0]!.baseDecodeTime / 90_000 - MEDIA_START_SECONDS) * 30);
    const dueAt = (tick: number): number =>
      first!.programDateTimeMs + ((tick - firstTick) * 1000) / 30 + PLAYOUT_DELAY_MS;
    const drawn = program.ticks().map(({ tick }) => tick);
    const late = drawn.filter((tick) => dueAt(tick) > frozenAt + 50 && dueAt(tick) < thawedAt - 250);
    expect(late.filter((tick) => tick % FRAMES_PER_PART !== 0)).toEqual([]);
    expect(drawn.some((tick) => dueAt(tick) > thawedAt)).toBe(true);
    expectTrueClock(await decodeRun(program), 'a-video', tiles(1)[0]!);
  }, 60_000);

  /** Whether no picture of a whole part begins at an odd tick. */
  function isThin(data: Uint8Array): boolean {
    const ticks = [0];
    for (const { duration } of readFragments(data).flatMap(({ samples }) => samples)) {
      ticks.push(ticks.at(-1)! + duration / (90_000 / 30));
    }
    return ticks.pop() === FRAMES_PER_PART && ticks.every((tick) => tick % 2 === 0);
  }

  it('EG42: when its encoders are too slow, the lower rung has every second picture, and both go on without a hole', async () => {
    const rungs = [
      { id: 'v720', width: 1280, height: 720, bitrateBps: 2_000_000 },
      { id: 'v180', width: 320, height: 180, bitrateBps: 300_000 },
    ];
    // So slow that no machine of ours encodes 720p in time.
    const program = start({ rungs }, 'placebo');
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    expect(await program.status('thinned')).toMatchObject({ step: 2 });
    const before = ingest.parts('v180').length;
    await waitFor(
      'two segments of every second picture',
      () => {
        const since = ingest.parts('v180').slice(before);
        return since.length >= 6 && since.slice(-6).every(({ data }) => isThin(data));
      },
      PATIENCE_MS,
    );
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    expect(ingest.refusals).toEqual([]);
    for (const id of ['v720', 'v180']) expect(await withMediaFile(ingest.file(id), complaints), id).toBe('');
  }, 120_000);

  it('EG16: goes on after it was killed, in a new run with the next segment', async () => {
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    const first = start();
    await first.output('running');
    await untilStreamed(1.5);
    first.kill();
    await first.exited;
    const second = start();
    await second.output('running');
    const [alone] = tiles(1) as [Rect];
    await untilShown(second, 'a-video', Date.now() + 1_000);
    second.send({ type: 'stop' });
    expect((await second.exited).code).toBe(0);
    expect(ingest.refusals).toEqual([]);
    expect(ingest.generation).toBe(1);
    const run = await decodeRun(second, 1);
    expect(ingest.parts('v360', 1)[0]).toMatchObject({ part: 0, msn: ingest.parts('v360', 0).at(-1)!.msn + 1 });
    expectTrueClock(run, 'a-video', alone);
    expect(await withMediaFile(ingest.file('v360', 1), complaints)).toBe('');
  }, 60_000);

  it('EG31: is drawn otherwise while it runs, without a seam', async () => {
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    session.peerJoins('bob', 'Bob');
    session.publishes('bob', camera('b-video'));
    const program = start();
    await program.output('running');
    await untilShown(program, 'a-video');
    await untilShown(program, 'b-video');
    const before = program.ticks().at(-1)!.tick;
    program.send({ type: 'composition', composition: composition.parse({ layout: 'sidebar', gap: 16 }) });
    // Tiles move: for these ticks the log names no source.
    const changed = await untilHidden(program, 'a-video');
    await untilShown(program, 'b-video');
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    const run = await decodeRun(program);
    const [left, right] = tiles(2) as [Rect, Rect];
    const [large, small] = arrange(
      ['alice', 'bob'].map((id) => ({ id, kind: 'person' as const })),
      { width: WIDTH, height: HEIGHT },
      { layout: 'sidebar', tileAspectRatio: '16:9', gap: 16, align: PICTURE_ALIGNMENT },
    );
    const shownBoth = run.filter(({ log }) => log['a-video'] && log['b-video']);
    const grid = shownBoth.filter(({ tick }) => tick <= before);
    expectTrueClock(grid, 'a-video', left);
    expectTrueClock(grid, 'b-video', right);
    const sidebar = shownBoth.filter(({ tick }) => tick > changed);
    expectTrueClock(sidebar, 'b-video', small!);
    // Cropped to the large place, the clock is larger than it: what is there is checked by the golden pictures.
    expect(large!.width).toBeGreaterThan(small!.width);
    expect(ingest.generation).toBe(0);
    expect(await withMediaFile(ingest.file('v360'), complaints)).toBe('');
  }, 90_000);

  it('EG45: in a break the slate stands in place of the stage and nobody is heard; after it all are there again', async () => {
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    session.publishes('alice', microphone('a-audio'));
    const program = start();
    await program.output('running');
    await untilShown(program, 'a-video');
    await untilStreamed(2.5);
    program.send({ type: 'composition', composition: composition.parse({ standBy: true }) });
    const from = await untilHidden(program, 'a-video');
    await untilStreamed(4);
    const to = program.ticks().at(-1)!.tick;
    program.send({ type: 'composition', composition: composition.parse({}) });
    await untilShown(program, 'a-video');
    await untilStreamed(2.5);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    const run = await decodeRun(program);
    const pause = run.filter(({ tick }) => tick > from && tick <= to);
    expect(pause.map(({ log }) => log['a-video']).filter((at) => at !== undefined)).toEqual([]);
    // Letters on the ground of the stage.
    expect(pause.at(-1)!.luma.data.some((level) => level > 150)).toBe(true);
    const [alone] = tiles(1) as [Rect];
    expectTrueClock(
      run.filter(({ tick }) => tick < from || tick > to + 30),
      'a-video',
      alone,
    );
    const [begin, end] = [pause[0]!.claimedMs, pause.at(-1)!.claimedMs];
    const beeps = await beepTimesOf();
    expect(beeps.filter((at) => at < begin).length).toBeGreaterThan(0);
    expect(beeps.filter((at) => at > begin + 300 && at < end - 100)).toEqual([]);
    expect(beeps.filter((at) => at > end).length).toBeGreaterThan(0);
    expect(ingest.generation).toBe(0);
  }, 90_000);

  it('EG50: goes over to another shape in its middle, and no picture, sound or source is lost for it; what is recorded keeps its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'egress-shape-'));
    try {
      session.peerJoins('alice', 'Alice');
      session.publishes('alice', camera('a-video'));
      session.publishes('alice', microphone('a-audio'));
      const forms = ['mp4' as const];
      const recorded = { kind: 'recording' as const, id: 'rec', folder, rungs: ['v360'], forms, isPaused: false };
      const wide = [
        { id: 'v360', width: WIDTH, height: HEIGHT, bitrateBps: 1_200_000 },
        { id: 'v180', width: 320, height: 180, bitrateBps: 300_000 },
      ];
      const tall = wide.map(({ width, height, ...rung }) => ({ ...rung, width: height, height: width }));
      const program = start({ rungs: wide, outputs: [hls(), recorded] });
      await Promise.all([program.output('running'), program.output('running', 'rec')]);
      await untilShown(program, 'a-video', Date.now() + 1_000);
      const turn = (rungs: typeof wide): EgressCommand => ({
        type: 'pictures',
        composition: composition.parse({}),
        rungs,
        alternates: [{ id: 'before-1', rungs: wide }],
        outputs: [hls(), { ...recorded, alternate: 'before-1' }],
      });
      const threads = program.threads;
      program.send(turn(tall));
      await waitFor('another generation', () => ingest.generation === 1, PATIENCE_MS);
      await untilStreamed(2);
      // Back to what the recording has: no third picture.
      program.send(turn(wide));
      await waitFor('a third generation', () => ingest.generation === 2, PATIENCE_MS);
      await untilStreamed(2);
      // The encoders of the other one are gone.
      await waitFor('as many threads as before', () => program.threads <= threads, PATIENCE_MS);
      program.send({ type: 'stop' });
      expect((await program.exited).code).toBe(0);
      expect(ingest.refusals).toEqual([]);
      const story = ['ended', 'joined', 'rec ended', 'rec running', 'stream-1 ended', 'stream-1 running'];
      expect(program.story().sort()).toEqual(story);
      expect([...session.subscribed].sort()).toEqual(['a-audio', 'a-video']);

      const sizes = [LANDSCAPE(), { ...LANDSCAPE(), width: HEIGHT, height: WIDTH }, LANDSCAPE()];
      const runs = await Promise.all(sizes.map((of, generation) => decodeRun(program, generation, of)));
      runs.forEach((run, generation) => {
        expect(run.length).toBeGreaterThan(20);
        expectTrueClock(run, 'a-video', tiles(1, sizes[generation])[0]!);
      });
      // Media go on where they were: each time a whole segment is the last.
      for (const rendition of ['v360', 'v180', 'audio']) {
        const parts = ingest.parts(rendition);
        const starts = parts.map(({ data }) => readFragments(data)[0]!.baseDecodeTime);
        const changes = parts.flatMap(({ generation }, i) =>
          i > 0 && generation !== parts[i - 1]!.generation ? [i] : [],
        );
        expect(changes, rendition).toHaveLength(2);
        const timescale = rendition === 'audio' ? 48_000 : VIDEO_TIMESCALE;
        for (const [i, part] of parts.entries()) {
          if (i === 0) continue;
          const lasted = (starts[i]! - starts[i - 1]!) / timescale;
          expect(
            Math.abs(lasted - parts[i - 1]!.durationSeconds),
            `${rendition} ${part.msn}.${part.part}`,
          ).toBeLessThan(1e-4);
        }
        for (const i of changes) expect(parts[i - 1]!.last && parts[i]!.part === 0, rendition).toBe(true);
      }
      const beeps = await Promise.all([0, 1, 2].map(async (generation) => beepTimesOf('audio', generation)));
      expect(beeps.every((heard) => heard.length > 0)).toBe(true);

      const { files } = build.finalise(folder);
      expect(files).toHaveLength(1);
      expect(files[0]).toMatchObject({ width: WIDTH, height: HEIGHT });
      const media = ingest.parts('v360').reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
      expect(Math.abs(files[0]!.durationSeconds - media)).toBeLessThan(0.4);
      expect(await complaints(join(folder, files[0]!.name))).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('EG46: draws the stage in two shapes from one decode, each to an output of its own', async () => {
    const tall = { width: HEIGHT, height: WIDTH };
    const portrait = await FakeIngest.open();
    try {
      session.peerJoins('alice', 'Alice');
      session.publishes('alice', camera('a-video'));
      session.publishes('alice', microphone('a-audio'));
      session.peerJoins('bob', 'Bob');
      session.publishes('bob', camera('b-video', { codec: 'h264' }));
      const second = { ...hls(), id: 'stream-2', ingestUrl: portrait.url, alternate: 'portrait' };
      const program = start({
        alternates: [{ id: 'portrait', layout: 'grid', rungs: [{ id: 'p640', ...tall, bitrateBps: 900_000 }] }],
        outputs: [hls(), second],
      });
      await Promise.all([program.output('running'), program.output('running', 'stream-2')]);
      await untilShown(program, 'a-video');
      await untilShown(program, 'b-video', Date.now() + 2_000);
      // Each has one receiver and decoder.
      const sources = () => program.statuses.flatMap((status) => (status.type === 'stats' ? [status.sources] : []));
      await waitFor('three sources', () => sources().includes(3), PATIENCE_MS);
      program.send({ type: 'outputs', outputs: [hls(), { ...second, id: 'stream-3', alternate: 'square' }] });
      await program.output('failed', 'stream-3');
      await program.output('ended', 'stream-2');
      await untilShown(program, 'a-video', Date.now() + 1_000);
      program.send({ type: 'stop' });
      expect((await program.exited).code).toBe(0);

      // Nor is any asked for twice.
      expect([...session.subscribed].sort()).toEqual(['a-audio', 'a-video', 'b-video']);
      expect(Math.max(...sources())).toBe(3);

      const wide = await decodeRun(program);
      const high = await decodeRun(program, 0, { from: portrait, rung: 'p640', ...tall });
      // The log is the first picture's: on a machine without time the second may have had an older one, or a newer, for a part.
      const partMs = (FRAMES_PER_PART * 1000) / 30;
      for (const [run, places, maxErrorMs] of [
        [wide, tiles(2), MAX_ERROR_MS],
        [high, tiles(2, tall), MAX_ERROR_MS + partMs],
      ] as const) {
        const both = run.filter(({ log }) => log['a-video'] && log['b-video']);
        expectTrueClock(both, 'a-video', places[0]!, maxErrorMs);
        expectTrueClock(both, 'b-video', places[1]!, maxErrorMs);
      }
      // Beside each other in one, one above the other in the other.
      expect(tiles(2)[0]!.y).toBe(tiles(2)[1]!.y);
      expect(tiles(2, tall)[0]!.x).toBe(tiles(2, tall)[1]!.x);
      expect(await withMediaFile(portrait.file('p640'), complaints)).toBe('');
      expect(await withMediaFile(ingest.file('v360'), complaints)).toBe('');

      // The same sound, byte by byte, and the first goes on without a seam when the second ends.
      const heard = (from: FakeIngest) =>
        Buffer.concat(
          from
            .parts('audio')
            .flatMap(({ data }) => readFragments(data).flatMap(({ samples }) => samples.map((sample) => sample.data))),
        );
      const [long, short] = [heard(ingest), heard(portrait)];
      expect(short.length).toBeGreaterThan(0);
      expect(long.subarray(0, short.length).equals(short)).toBe(true);
      expect(portrait.ended).toBe(true);
      expect(wide.at(-1)!.tick).toBeGreaterThan(high.at(-1)!.tick);
      expect([ingest.refusals, portrait.refusals]).toEqual([[], []]);
    } finally {
      await portrait.close();
    }
  }, 120_000);

  it('EG48: has the same pictures in AV1 and the same sound as Opus beside H.264 and AAC, part by part', async () => {
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    session.publishes('alice', microphone('a-audio'));
    const program = start({
      rungs: [
        { id: 'v360', width: WIDTH, height: HEIGHT, bitrateBps: 1_200_000 },
        { id: 'av1-360', width: WIDTH, height: HEIGHT, bitrateBps: 800_000, codec: 'av1' },
      ],
      outputs: [{ ...hls(), opus: true }],
    });
    await program.output('running');
    await untilShown(program, 'a-video', Date.now() + 4_000);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    expect(ingest.refusals).toEqual([]);
    expect(ingest.description?.renditions.map(({ id, codecs }) => [id, codecs])).toEqual([
      ['v360', expect.stringMatching(/^avc1\./)],
      ['av1-360', expect.stringMatching(/^av01\.0\.\d\dM\.08$/)],
      ['audio', 'mp4a.40.2'],
      ['opus', 'opus'],
    ]);

    // Each rendition ends where the others do, to within a picture and a frame of sound; has the parts that they have, and is whole.
    const PICTURE_AND_FRAME_MS = 1000 / 30 + 1024 / 48;
    const endOf = (id: string): number => {
      const last = ingest.parts(id).at(-1)!;
      return last.programDateTimeMs + last.durationSeconds * 1000;
    };
    for (const id of ['v360', 'av1-360', 'audio', 'opus']) {
      expect(ingest.parts(id).map(({ msn, part }) => `${msn}.${part}`)).toEqual(
        ingest.parts('v360').map(({ msn, part }) => `${msn}.${part}`),
      );
      expect(Math.abs(endOf(id) - endOf('v360')), id).toBeLessThan(PICTURE_AND_FRAME_MS);
      expect(await withMediaFile(ingest.file(id), complaints), id).toBe('');
    }
    // Under load that lasts the lower rung has fewer pictures, and its keyframes all the same.
    const keyTimes = (id: string): number[] =>
      ingest.parts(id).flatMap(({ data }) =>
        readFragments(data).flatMap(({ baseDecodeTime, samples }) => {
          let at = baseDecodeTime;
          return samples.flatMap(({ isSync, duration }) => {
            at += duration;
            return isSync ? [at - duration] : [];
          });
        }),
      );
    expect(keyTimes('v360').length).toBeGreaterThan(2);
    expect(keyTimes('av1-360')).toEqual(keyTimes('v360'));

    const [alone] = tiles(1) as [Rect];
    for (const rung of ['v360', 'av1-360']) {
      const run = await decodeRun(program, 0, { ...LANDSCAPE(), rung });
      // The first ones may come before the first reports of the publisher.
      const shown = run.filter(({ log }) => log['a-video']).slice(5);
      expectTrueClock(shown, 'a-video', alone);
    }
    const [aac, opus] = [await beepTimesOf('audio'), await beepTimesOf('opus')];
    expect(opus.length).toBeGreaterThan(2);
    // One that begins as the stream ends may be in one of them alone.
    expect(Math.abs(opus.length - aac.length)).toBeLessThan(2);
    // A packet of either would be 20 ms; coding smears where a beep begins by some.
    const MAX_SMEAR_MS = 15;
    for (const [index, at] of aac.slice(0, opus.length).entries())
      expect(Math.abs(at - opus[index]!)).toBeLessThan(MAX_SMEAR_MS);
  }, 120_000);

  it('EG17 EG18: keeps its sources when the signaling socket is lost, and hears what changed and ended meanwhile', async () => {
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    const program = start();
    await program.output('running');
    await waitFor('the first subscription', () => session.subscribed.length === 1);
    await untilShown(program, 'a-video');
    const lost = program.ticks().at(-1)!.tick;
    session.dropSocket();
    session.peerJoins('bob', 'Bob');
    session.publishes('bob', camera('b-video'));
    session.producerReplaced('a-video');
    await waitFor('the second socket and both subscriptions', () => {
      return session.sockets === 2 && session.subscribed.length === 3;
    });
    const back = program.ticks().at(-1)!.tick;
    await untilShown(program, 'b-video');
    await untilShown(program, 'a-video');
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    expect(session.joins).toBe(1);
    expect([...session.subscribed].sort()).toEqual(['a-video', 'a-video', 'b-video']);
    const run = await decodeRun(program);
    const [left, right] = tiles(2) as [Rect, Rect];
    expectTrueClock(
      run.filter(({ tick }) => tick <= lost),
      'a-video',
      tiles(1)[0]!,
    );
    const together = run.filter(({ tick, log }) => tick > back && log['a-video'] && log['b-video']);
    expectTrueClock(together, 'a-video', left);
    expectTrueClock(together, 'b-video', right);
  }, 90_000);

  it('EG14: asks for layers that fit the tiles, and gives a screen the main area', async () => {
    const program = start({ rungs: [{ id: 'v360', width: 1280, height: 720, bitrateBps: 1_500_000 }] });
    await program.output('running');
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

  it('LY7: shows the screens of two people, both whole, beside their faces', async () => {
    session.peerJoins('alice', 'Alice');
    session.peerJoins('bob', 'Bob');
    // People on stage, whose initials stand over the picture.
    session.publishes('alice', silentMicrophone('a-audio'));
    session.publishes('bob', silentMicrophone('b-audio'));
    session.publishes('alice', camera('a-screen', { source: 'screen' }));
    session.publishes('bob', camera('b-screen', { source: 'screen' }));
    const program = start({ composition: composition.parse({ layout: 'picture_in_picture' }) });
    await program.output('running');
    await untilShown(program, 'a-screen');
    await untilShown(program, 'b-screen');
    // Long enough that the tiles have come to their places.
    await untilStreamed(2);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    const [first, second, ...people] = arrange(
      [
        { id: 'alice', kind: 'person' },
        { id: 'bob', kind: 'person' },
        { id: 'a-screen', kind: 'screen' },
        { id: 'b-screen', kind: 'screen' },
      ],
      { width: WIDTH, height: HEIGHT },
      { layout: 'picture_in_picture', tileAspectRatio: '16:9', gap: 8, align: PICTURE_ALIGNMENT },
    );
    expect(people.map(({ id }) => id)).toEqual(['alice', 'bob']);
    const both = (await decodeRun(program)).filter(({ log }) => log['a-screen'] && log['b-screen']);
    expectTrueClock(both, 'a-screen', first!);
    expectTrueClock(both, 'b-screen', second!);
  }, 90_000);

  it('EG18: subscribes anew to tracks that ended, and to all when the media moved', async () => {
    session.peerJoins('alice', 'Alice');
    const alice = camera('a-video');
    session.publishes('alice', alice);
    const program = start();
    await program.output('running');
    const subscribed = (count: number): Promise<unknown> =>
      waitFor(`subscription ${count}`, () => session.subscribed.length === count);
    await subscribed(1);
    session.publishesAgain('alice', 'a-video');
    await subscribed(2);
    session.mediaMoves();
    await subscribed(3);
    const { stats } = alice.device.sender;
    const reported = stats.reports;
    await waitFor('its second report', () => stats.reports >= reported + 2, PATIENCE_MS);
    await untilShown(program, 'a-video');
    const settled = program.ticks().at(-1)!.tick;
    await untilShown(program, 'a-video', Date.now() + 1_000);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    const run = await decodeRun(program);
    expectTrueClock(run, 'a-video', tiles(1)[0]!);
    const afterwards = run.filter(({ tick }) => tick > settled);
    expectTrueClock(afterwards, 'a-video', tiles(1)[0]!, MAX_SETTLED_ERROR_MS);
  }, 90_000);

  it('EG40: a stream that is kept has small pictures of what its segments begin with', async () => {
    const output = { ...hls(), playlistType: 'event' as const };
    const program = start({ outputs: [output] });
    await program.output('running');
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    await untilShown(program, 'a-video');
    const shownFrom = ingest.parts('v360').at(-1)!.programDateTimeMs + 1_000;
    await waitFor('a picture of her', () => (ingest.sheets.at(-1)?.dates.at(-1) ?? 0) > shownFrom, PATIENCE_MS);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    const starts = new Set(ingest.parts('v360').flatMap((each) => (each.part === 0 ? [each.programDateTimeMs] : [])));
    const { dates, data } = ingest.sheets.at(-1)!;
    expect(dates[0]).toBe(ingest.parts('v360')[0]!.programDateTimeMs);
    for (const date of dates) expect(starts).toContain(date);
    for (const [i, date] of dates.slice(1).entries()) expect(date - dates[i]!).toBeGreaterThan(2_900);
    expect(ingest.sheets.map((sheet) => sheet.dates.length)).toEqual(dates.map((_, i) => i + 1));
    const args = ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'];
    const luma = await runProgram('ffmpeg', args, [data]);
    const last = dates.length - 1;
    const scale = 160 / WIDTH;
    const { x, y, width } = tiles(1)[0]!;
    const frame = {
      ptsSeconds: 0,
      luma: { data: luma.subarray(Math.floor(last / 5) * 90 * 800), stride: 800, width: 800 },
    };
    const tile = { x: (last % 5) * 160 + x * scale, y: y * scale, width: width * scale };
    const ticks = program.ticks();
    const tick = ticks[0]!.tick + Math.round(((dates[last]! - dates[0]!) * 30) / 1000);
    const drawn = ticks.find((each) => each.tick === tick)!;
    expect(Math.abs(clockErrorMs(frame, tile, drawn.capturedAt['a-video']!))).toBeLessThan(MAX_ERROR_MS);
  }, 60_000);

  it('EG1 EG5: a camera of seven pictures a second is shown as it is, at the rate of the stream', async () => {
    const program = start();
    await program.output('running');
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video', { codec: 'h264', frameRate: 7 }));
    await untilShown(program, 'a-video');
    const from = program.ticks().at(-1)!.tick;
    await untilStreamed(4);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    expect(ingest.refusals).toEqual([]);
    expect(await withMediaFile(ingest.file('v360'), complaints)).toBe('');
    const run = (await decodeRun(program)).filter(({ tick }) => tick >= from);
    const [alone] = tiles(1) as [Rect];
    expectTrueClock(run, 'a-video', alone);
    const captured = [...new Set(run.flatMap(({ log }) => log['a-video'] ?? []))];
    // Nobody can go back in it.
    expect(ingest.sheets).toEqual([]);
    const apart = captured.slice(1).map((at, i) => at - captured[i]!);
    expect(Math.abs(percentile(apart, 0.5) - 1000 / 7)).toBeLessThan(20);
  }, 60_000);

  it('EG19 CL10: ends the stream when the session ends, with whoever is on stage to its last picture', async () => {
    const program = start();
    await program.output('running');
    session.peerJoins('alice', 'Alice');
    session.publishes('alice', camera('a-video'));
    session.publishes('alice', microphone('a-audio'));
    await untilShown(program, 'a-video');
    await untilStreamed(2);
    const endedAt = Date.now();
    session.ends();
    expect((await program.exited).code).toBe(0);
    expect(ingest.ended).toBe(true);

    const last = (await decodeRun(program)).at(-1)!;
    const [alone] = tiles(1) as [Rect];
    expect(Math.abs(clockErrorMs(last, alone, last.log['a-video']!))).toBeLessThan(MAX_ERROR_MS);
    expect(endedAt - last.claimedMs).toBeLessThan(300);
    const sound = ingest.parts('audio').at(-1)!;
    expect(endedAt - (sound.programDateTimeMs + sound.durationSeconds * 1000)).toBeLessThan(250);
  }, 60_000);

  it('EG19 CL11: ends without an error when it is stopped before it has begun', async () => {
    const program = start();
    program.send({ type: 'stop' });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.story().filter((what) => what !== 'joined')).toEqual(['stream-1 ended', 'ended']);
    expect(ingest.parts('v360')).toEqual([]);
  }, 60_000);

  it('EG22: hears everyone, however many there are, and shows as many as it can', async () => {
    const program = start({ rungs: [{ id: 'v360', width: WIDTH, height: HEIGHT, bitrateBps: 800_000 }] });
    await program.output('running');
    for (let i = 1; i <= 17; i++) {
      session.peerJoins(`p${i}`, `Person ${i}`);
      session.publishes(`p${i}`, i < 17 ? silentMicrophone(`audio-${i}`) : microphone(`audio-${i}`));
    }
    await waitFor('all microphones', () => session.subscribed.length === 17, PATIENCE_MS);
    await untilStreamed(4);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    expect(beepOnsets(await withMediaFile(ingest.file('audio'), decodeAudio)).length).toBeGreaterThanOrEqual(2);
  }, 120_000);

  it('EG22: shows twenty cameras whose role has smaller layers, and says when they come whole', async () => {
    const host = (...scales: number[]) => {
      const layers = scales.map((scale, i) => ({ rid: 'fhq'[i]!, scaleResolutionDownBy: scale, maxFramerate: 30 }));
      const publishParams = { video: { width: 1280, height: 720 }, simulcast: { video: { layers } } };
      return role.parse({ name: 'broadcaster', publishParams });
    };
    const program = start();
    await program.output('running');
    session.hasRoles(host(1, 2, 4));
    const people = Array.from({ length: 20 }, (_, i) => `p${i}`);
    const cameras = people.map((name) => camera(`v-${name}`, { width: 160, height: 90, frameRate: 5 }));
    for (const [i, name] of people.entries()) {
      session.peerJoins(name, name);
      session.publishes(name, cameras[i]!);
    }
    const untilAllShown = async () => {
      for (const { trackId } of cameras) await untilShown(program, trackId);
    };
    await untilAllShown();
    await untilStreamed(1);
    const leftOut = () =>
      program.statuses.filter((status) => status.type === 'trouble' && status.code === 'pictures_left_out');
    expect(leftOut()).toEqual([]);
    const lastFull = program.ticks().at(-1)!.tick;

    const shown = () => Object.values(program.ticks().at(-1)!.capturedAt).filter((at) => at !== undefined).length;
    session.hasRoles(host(1));
    await waitFor('sixteen by their role', () => shown() === 16, PATIENCE_MS);
    expect(leftOut()).toHaveLength(1);
    session.hasRoles(host(1, 2, 4));
    await untilAllShown();
    // Whatever the role says: these send one layer.
    for (const { trackId } of cameras) session.producerReplaced(trackId, 1);
    await waitFor('sixteen by what they send', () => shown() === 16 && leftOut().length === 2, PATIENCE_MS);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);

    const run = (await decodeRun(program)).filter(({ tick }) => tick <= lastFull);
    const places = tiles(20);
    const last = run.at(-1)!;
    for (const [i, { trackId }] of cameras.entries()) {
      expect(Math.abs(clockErrorMs(last, places[i]!, last.log[trackId]!)), trackId).toBeLessThan(MAX_ERROR_MS);
    }
  }, 120_000);

  it('EG44: garbage, a source that is another each second, and one that stalls leave the stream and the others alone', async () => {
    const program = start();
    await program.output('running');
    for (const name of ['Alice', 'Bob', 'Carol', 'Dave']) session.peerJoins(name, name);
    session.publishes('Alice', camera('a-video'));
    const stalling = camera('d-video');
    session.publishes('Dave', stalling);
    await untilShown(program, 'a-video');
    await untilShown(program, 'd-video');
    stalling.device.sender.enabled = false;
    const noises = (['video/VP8', 'video/H264', 'audio/opus'] as const).map((mimeType) => noise(mimeType));
    for (const each of noises) session.publishes('Bob', each);
    const shapes = [
      { codec: 'vp8', width: 320, height: 180, frameRate: 30 },
      { codec: 'h264', width: 640, height: 360, frameRate: 10 },
      { codec: 'vp8', width: 180, height: 320, frameRate: 15 },
      { codec: 'h264', width: 320, height: 180, frameRate: 25 },
    ] as const;
    let current = camera('c-video', shapes[3]);
    session.publishes('Carol', current);
    const told = () =>
      program.statuses.flatMap((status) =>
        status.type === 'trouble' && status.code === 'source_undecodable' ? [status.message] : [],
      );
    for (let i = 0; told().length < 2 || i < 8; i++) {
      await untilStreamed(1);
      expect(i, 'seconds until garbage is told of').toBeLessThan(40);
      current.device.close();
      current = camera('c-video', shapes[i % shapes.length]);
      session.publishes('Carol', current);
      session.publishesAgain('Carol', 'c-video');
    }
    await untilShown(program, 'c-video');
    stalling.device.sender.enabled = true;
    await untilShown(program, 'd-video');
    await untilStreamed(1.5);
    program.send({ type: 'stop' });
    expect((await program.exited).code).toBe(0);
    expect(told().sort()).toEqual([
      'track noise-H264 sends, but no picture can be made of it',
      'track noise-VP8 sends, but no picture can be made of it',
    ]);
    expect(ingest.refusals).toEqual([]);
    for (const id of ['v360', 'v180', 'audio']) expect(await withMediaFile(ingest.file(id), complaints), id).toBe('');
  }, 180_000);

  describe('records', () => {
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'egress-recording-'));
    });

    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const recording = (id: string, isPaused = false): Extract<EgressOutput, { kind: 'recording' }> => ({
      kind: 'recording',
      id,
      folder: join(folder, id),
      rungs: ['v360', 'v180'],
      forms: ['mp4', 'vod'],
      isPaused,
    });
    const master = (id: string): string => join(folder, id, 'vod', 'master.m3u8');
    const file = (id: string, rung: string): string => join(folder, id, `${rung}.mp4`);

    /** What is in a file of the top rung, with a person alone on stage in front of a camera that shows the time. */
    async function judge(path: string): Promise<{ readonly seconds: number; readonly clocks: number[] }> {
      expect(await complaints(path)).toBe('');
      const [alone] = tiles(1) as [Rect];
      const frames = await decodeLuma(path, WIDTH, HEIGHT);
      // The time in the picture less the time in the file: the same all along, but for the period of the camera.
      const clocks = frames.map((frame) => clockErrorMs(frame, alone, frame.ptsSeconds * 1000));
      return { seconds: frames.at(-1)!.ptsSeconds, clocks };
    }

    async function onStage(program: EgressProgram): Promise<void> {
      await program.output('running');
      session.peerJoins('alice', 'Alice');
      session.publishes('alice', camera('a-video'));
      session.publishes('alice', microphone('a-audio'));
      await untilShown(program, 'a-video');
    }

    it('EG32 EG34: a file of each rung, begun and ended while the stream goes on, whole and seekable', async () => {
      const program = start();
      await onStage(program);
      const asked = program.ticks().at(-1)!.tick;
      program.send({ type: 'outputs', outputs: [hls(), recording('rec-1')] });
      await program.output('running', 'rec-1');
      await untilStreamed(4);
      program.send({ type: 'outputs', outputs: [hls()] });
      await program.output('ended', 'rec-1');
      const ended = program.ticks().at(-1)!.tick;
      await untilStreamed(1);
      program.send({ type: 'stop' });
      expect((await program.exited).code).toBe(0);
      expect(ingest.refusals).toEqual([]);
      expect(program.story().filter((what) => what.startsWith('stream-1'))).toEqual([
        'stream-1 running',
        'stream-1 ended',
      ]);

      const made = build.finalise(join(folder, 'rec-1'));
      expect(build.finalise(join(folder, 'rec-1'))).toEqual(made);
      const { files, vod } = made;
      expect(files).toMatchObject([
        { name: 'v180.mp4', width: 320, height: 180 },
        { name: 'v360.mp4', width: WIDTH, height: HEIGHT, bytes: statSync(file('rec-1', 'v360')).size },
      ]);
      const top = await judge(file('rec-1', 'v360'));
      expect(top.seconds).toBeGreaterThan(3);
      expect(top.seconds).toBeLessThan((ended - asked) / 30);
      expect(Math.abs(files[1]!.durationSeconds - top.seconds)).toBeLessThan(0.1);
      const [late, early] = [percentile(top.clocks, 0.95), percentile(top.clocks, 0.05)];
      expect(late - early, `${top.clocks.map(Math.round).join(' ')}`).toBeLessThan(MAX_ERROR_MS);
      const bytes = readFileSync(file('rec-1', 'v360'));
      // Its head comes first and says how long it is.
      expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
      expect(bytes.subarray(0, bytes.indexOf('mdat')).indexOf('mvex')).toBe(-1);
      const beeps = beepOnsets(await decodeAudio(file('rec-1', 'v360')));
      expect(beeps.length).toBeGreaterThanOrEqual(2);
      expect(await complaints(file('rec-1', 'v180'))).toBe('');
      const small = await decodeLuma(file('rec-1', 'v180'), 320, 180);
      expect(Math.abs(small.at(-1)!.ptsSeconds - top.seconds)).toBeLessThan(1);
      // The same program, played by its playlist.
      expect(vod).toMatchObject({ width: WIDTH, height: HEIGHT, rungs: 2 });
      expect(Math.abs(vod!.durationSeconds - top.seconds)).toBeLessThan(0.1);
      expect(await complaints(master('rec-1'))).toBe('');
      expect((await decodeLuma(master('rec-1'), WIDTH, HEIGHT)).at(-1)!.ptsSeconds).toBeCloseTo(top.seconds, 1);
      expect(beepOnsets(await decodeAudio(master('rec-1')))).toHaveLength(beeps.length);
    }, 120_000);

    it('EG43: alone it costs one encoding; a stream that comes later has all its rungs from one segment on', async () => {
      const program = start({ outputs: [{ ...recording('rec-1'), rungs: ['v360'], forms: ['mp4'] }] });
      await program.output('running', 'rec-1');
      const { framesEncoded } = await program.status('stats');
      // No picture twice.
      const last = program.ticks().at(-1)!.tick - program.ticks()[0]!.tick;
      expect(framesEncoded).toBeLessThanOrEqual(last + 1);
      program.send({ type: 'outputs', outputs: [{ ...recording('rec-1'), rungs: ['v360'], forms: ['mp4'] }, hls()] });
      await program.output('running');
      await untilStreamed(2.5);
      program.send({ type: 'stop' });
      expect((await program.exited).code).toBe(0);
      expect(ingest.refusals).toEqual([]);
      const [large, small] = ['v360', 'v180'].map((id) => ingest.parts(id)) as [StoredPart[], StoredPart[]];
      expect(small[0]).toMatchObject({ part: 0, independent: true });
      const dates = (parts: readonly StoredPart[]) => parts.map(({ programDateTimeMs }) => programDateTimeMs);
      expect(dates(small)).toEqual(dates(large));
      for (const id of ['v360', 'v180']) expect(await withMediaFile(ingest.file(id), complaints), id).toBe('');
      expect(build.finalise(join(folder, 'rec-1')).files).toMatchObject([{ name: 'v360.mp4' }]);
      expect(await complaints(file('rec-1', 'v360'))).toBe('');
    }, 120_000);

    it('EG34: plays to the last second after it was killed', async () => {
      const program = start({ outputs: [recording('rec-1')] });
      await program.output('running', 'rec-1');
      session.peerJoins('alice', 'Alice');
      session.publishes('alice', camera('a-video'));
      const shown = Date.now();
      await untilShown(program, 'a-video', shown + 3_000);
      program.kill();
      await program.exited;
      const { tick } = program.ticks().at(-1)!;
      const firstTick = program.ticks()[0]!.tick;
      const length = (tick - firstTick) / 30;
      // Half of a fragment, as a power cut can leave it.
      truncateSync(file('rec-1', 'v180'), statSync(file('rec-1', 'v180')).size - 100);
      writeFileSync(join(folder, 'rec-1', 'v360.mp4.making'), 'of a finaliser that was killed');
      truncateSync(
        join(folder, 'rec-1', 'vod', 'v360.mp4'),
        statSync(join(folder, 'rec-1', 'vod', 'v360.mp4')).size - 100,
      );
      const { files, vod } = build.finalise(join(folder, 'rec-1'));
      expect(vod!.durationSeconds).toBeGreaterThan(length - 1.5);
      expect(await complaints(master('rec-1'))).toBe('');
      expect(files.map(({ name }) => name)).toEqual(['v180.mp4', 'v360.mp4']);
      expect(readdirSync(join(folder, 'rec-1'))).toEqual(['v180.mp4', 'v360.mp4', 'vod']);
      for (const { name, durationSeconds } of files) {
        expect(durationSeconds).toBeGreaterThan(length - 1.5);
        expect(await complaints(join(folder, 'rec-1', name))).toBe('');
      }
      const frames = await decodeLuma(file('rec-1', 'v360'), WIDTH, HEIGHT);
      expect(frames.at(-1)!.ptsSeconds).toBeGreaterThan(length - 1);
    }, 120_000);

    it('EG39: leaves out what comes while it is paused: times go on, clocks jump there, the stream does not notice', async () => {
      const program = start();
      await onStage(program);
      const outputs = (isPaused: boolean) =>
        program.send({ type: 'outputs', outputs: [hls(), recording('rec-1', isPaused)] });
      outputs(false);
      await program.output('running', 'rec-1');
      await untilStreamed(3);
      const pausedFrom = Date.now();
      outputs(true);
      await program.output('paused', 'rec-1');
      const sizes = () =>
        readdirSync(join(folder, 'rec-1', 'vod')).map((name) => statSync(join(folder, 'rec-1', 'vod', name)).size);
      const before = [statSync(file('rec-1', 'v360')).size, ...sizes()];
      await untilStreamed(4);
      expect([statSync(file('rec-1', 'v360')).size, ...sizes()]).toEqual(before);
      const pausedTo = Date.now();
      outputs(false);
      await untilStreamed(6);
      program.send({ type: 'outputs', outputs: [hls()] });
      await program.output('ended', 'rec-1');
      program.send({ type: 'stop' });
      expect((await program.exited).code).toBe(0);
      expect(program.story().filter((what) => what.startsWith('rec-1'))).toEqual(
        ['running', 'paused', 'running', 'ended'].map((phase) => `rec-1 ${phase}`),
      );
      expect(program.story().filter((what) => what.startsWith('stream-1'))).toEqual([
        'stream-1 running',
        'stream-1 ended',
      ]);
      expect(ingest.refusals).toEqual([]);

      const { files, vod } = build.finalise(join(folder, 'rec-1'));
      const [alone] = tiles(1) as [Rect];
      for (const path of [file('rec-1', 'v360'), master('rec-1')]) {
        // It reads what a playlist says again after a discontinuity again, and says that it knows it.
        const lines = (await complaints(path)).split('\n');
        expect(lines.filter((line) => line !== '' && !line.includes('Found duplicated MOOV Atom'))).toEqual([]);
        const frames = await decodeLuma(path, WIDTH, HEIGHT);
        const steps = frames.slice(1).map(({ ptsSeconds }, at) => ptsSeconds - frames[at]!.ptsSeconds);
        expect(Math.min(...steps)).toBeGreaterThan(0);
        expect(Math.max(...steps)).toBeLessThan(LONGEST_PICTURE_S);
        // The time in each picture; the seconds of the pause are in none.
        const clocks = frames.map((frame) => -clockErrorMs(frame, alone, 0));
        const leaps = clocks.slice(1).map((clock, at) => clock - clocks[at]!);
        const cut = leaps.indexOf(Math.max(...leaps)) + 1;
        const since = (clock: number, ms: number): number => (clock - ms) | 0;
        expect(since(clocks[cut - 1]!, pausedFrom)).toBeLessThan(1000 / 3);
        expect(since(clocks[cut]!, pausedTo)).toBeGreaterThan(-PLAYOUT_MS - MAX_ERROR_MS);
        expect(since(clocks[cut]!, pausedTo)).toBeLessThan(1_500);
        // On each side of the cut time in the picture goes as time in the file, and beeps stand at its full seconds.
        const beeps = beepOnsets(await decodeAudio(path));
        const apart = [frames.slice(0, cut), frames.slice(cut)].map((take) => {
          const offsets = take.map((frame) => clockErrorMs(frame, alone, frame.ptsSeconds * 1000));
          expect(percentile(offsets, 0.95) - percentile(offsets, 0.05)).toBeLessThan(MAX_ERROR_MS);
          const [from, to] = [take[0]!.ptsSeconds, take.at(-1)!.ptsSeconds];
          const own = beeps.filter((at) => at > from + 0.3 && at < to);
          expect(own.length).toBeGreaterThanOrEqual(2);
          const late = own.map((at) => ((((at * 1000 - percentile(offsets, 0.5)) % 1000) + 1300) % 1000) - 300);
          return percentile(late, 0.5);
        });
        expect(Math.abs(apart[0]! - apart[1]!), `${apart}`).toBeLessThan(MAX_ERROR_MS / 2);
        const seconds = frames.at(-1)!.ptsSeconds;
        for (const { durationSeconds } of [...files, vod!]) {
          expect(durationSeconds - seconds).toBeGreaterThan(-0.1);
          expect(durationSeconds - seconds).toBeLessThan(LONGEST_PICTURE_S);
        }
      }
      expect(await complaints(file('rec-1', 'v180'))).toBe('');
    }, 120_000);

    it('EG39: plays to the pause when it is killed in it; one that begins paused writes nothing', async () => {
      const program = start({ outputs: [recording('rec-1')] });
      await program.output('running', 'rec-1');
      await waitFor('some seconds', () => program.ticks().length > 75, PATIENCE_MS);
      program.send({ type: 'outputs', outputs: [recording('rec-1', true)] });
      await program.output('paused', 'rec-1');
      program.kill();
      await program.exited;
      const { files, vod } = build.finalise(join(folder, 'rec-1'));
      for (const { durationSeconds } of [...files, vod!]) expect(durationSeconds).toBeGreaterThan(2);
      // Whole parts of pictures, none of which was lost.
      const frames = await decodeLuma(file('rec-1', 'v360'), WIDTH, HEIGHT);
      expect(Math.round((frames.at(-1)!.ptsSeconds + 1 / 30) * 30) % FRAMES_PER_PART).toBe(0);
      expect(await complaints(file('rec-1', 'v360'))).toBe('');
      expect(await complaints(master('rec-1'))).toBe('');

      const again = start({ outputs: [recording('rec-2', true)] });
      await again.output('paused', 'rec-2');
      await waitFor('some seconds', () => again.ticks().length > 60, PATIENCE_MS);
      again.send({ type: 'stop' });
      expect((await again.exited).code).toBe(0);
      expect(again.story()).toContain('rec-2 ended');
      expect(readdirSync(folder)).toEqual(['rec-1']);
    }, 120_000);

    it('EG33: a recording that cannot be written fails by itself', async () => {
      writeFileSync(join(folder, 'rec-1'), 'not a folder');
      const program = start({ outputs: [hls(), recording('rec-1')] });
      expect(await program.output('failed', 'rec-1')).toMatchObject({ code: 'disk_failed' });
      await program.output('running');
      await untilStreamed(2);
      program.send({ type: 'stop' });
      expect((await program.exited).code).toBe(0);
      expect(ingest.ended).toBe(true);
      expect(ingest.refusals).toEqual([]);
    }, 60_000);
  });

  describe('a recording of tracks', () => {
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'egress-tracks-'));
    });

    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const startTracks = (): EgressProgram =>
      start({ rungs: [], outputs: [{ kind: 'tracks', id: 'tracks-1', folder: join(folder, 'run') }] });

    /** Until so many seconds lie in a file, by its clusters of a second at most. */
    const written = (name: string, clusters: number) =>
      waitFor(
        `${clusters} clusters of ${name}`,
        () => {
          const path = join(folder, 'run', name);
          return existsSync(path) && readFileSync(path, 'latin1').split('\x1f\x43\xb6\x75').length > clusters;
        },
        PATIENCE_MS,
      );

    it('REC32, REC34, REC37: lips and voice of a person are together in two files, by when each began, also when the uplink holds up the picture', async () => {
      const program = startTracks();
      await program.output('running', 'tracks-1');
      session.peerJoins('alice', 'Alice');
      const slow = camera('a-video');
      slow.device.sender.heldUpMs = 300;
      session.publishes('alice', slow);
      session.publishes('alice', microphone('a-audio'));
      const reports = setInterval(() => session.tellCaptureReports(), 500);
      try {
        const names = await waitFor(
          'both files',
          () => {
            const found = existsSync(join(folder, 'run')) ? readdirSync(join(folder, 'run')) : [];
            const [sound, pictures] = ['audio', 'video'].map((kind) => found.find((name) => name.includes(kind)));
            return sound && pictures ? { sound, pictures } : undefined;
          },
          PATIENCE_MS,
        );
        await written(names.sound, 12);
        await written(names.pictures, 12);
      } finally {
        clearInterval(reports);
      }
      expect(session.layers).toEqual([]);
      program.send({ type: 'stop' });
      expect((await program.exited).code).toBe(0);
      expect(program.story()).toEqual(['joined', 'tracks-1 running', 'track', 'track', 'tracks-1 ended', 'ended']);
      const { files } = build.finalise(join(folder, 'run'));
      const of = (kind: string) => {
        const file = files.find(({ track }) => track?.kind === kind)!;
        return { ...file, track: file.track!, path: join(folder, 'run', file.name) };
      };
      const [sound, pictures] = [of('audio'), of('video')];
      const alice = {
        peerId: 'alice',
        userId: 'alice',
        userName: 'Alice',
        streamId: 'stream-alice',
        source: 'regular',
      };
      expect(sound.track).toMatchObject({ ...alice, trackId: 'a-audio', codec: 'opus' });
      expect(pictures).toMatchObject({
        width: 320,
        height: 180,
        track: { ...alice, trackId: 'a-video', codec: 'vp8' },
      });
      for (const { path } of [sound, pictures]) expect(await complaints(path)).toBe('');
      const frames = await decodeLuma(pictures.path, 320, 180);
      // Clocks have found each other by then.
      const settled = (seconds: number) => seconds > 6;
      const late = frames
        .filter(({ ptsSeconds }) => settled(ptsSeconds))
        .map((frame) =>
          clockErrorMs(frame, { x: 0, y: 0, width: 320 }, pictures.track.startedAtMs + frame.ptsSeconds * 1000),
        );
      const beeps = beepOnsets(await decodeAudio(sound.path)).filter(settled);
      expect([late.length > 30, beeps.length > 2]).toEqual([true, true]);
      const beepsLate = beeps.map((at) => ((sound.track.startedAtMs + at * 1000 + 300) % 1000) - 300);
      const apart = percentile(late, 0.5) - percentile(beepsLate, 0.5);
      expect(Math.abs(apart), `${percentile(late, 0.5)} ${percentile(beepsLate, 0.5)}`).toBeLessThanOrEqual(60);
    }, 120_000);

    it('REC33, REC35: is played to its last second after a kill; a track that comes again begins another file', async () => {
      const program = startTracks();
      session.peerJoins('bob', 'Bob');
      session.publishes('bob', camera('small', { codec: 'h264' }));
      await written('0001-video.mkv', 3);
      session.publishes('bob', camera('small', { codec: 'h264', width: 640, height: 360 }));
      session.producerReplaced('small');
      await written('0002-video.mkv', 3);
      program.kill();
      await program.exited;
      const { files } = build.finalise(join(folder, 'run'));
      expect(files.map(({ name, width }) => [name, width])).toEqual([
        ['0001-video.mkv', 320],
        ['0002-video.mkv', 640],
      ]);
      for (const { name, durationSeconds } of files) {
        expect(durationSeconds).toBeGreaterThan(1);
        expect(await complaints(join(folder, 'run', name))).toBe('');
      }
      // Once more it comes to the same.
      expect(build.finalise(join(folder, 'run')).files).toEqual(files);
    }, 120_000);

    it('REC32: fails when nothing can be written', async () => {
      writeFileSync(join(folder, 'run'), 'not a folder');
      const program = startTracks();
      session.peerJoins('alice', 'Alice');
      session.publishes('alice', microphone('a-audio'));
      expect(await program.output('failed', 'tracks-1')).toMatchObject({ code: 'disk_failed' });
      expect((await program.exited).code).toBe(1);
    }, 60_000);
  });

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
    'EG20 CL12: fails with a code when %s',
    async (_, prepare, code) => {
      prepare();
      const program = start();
      expect(await program.status('trouble')).toMatchObject({ severity: 'fatal', code });
      expect((await program.exited).code).toBe(1);
    },
    30_000,
  );
});
