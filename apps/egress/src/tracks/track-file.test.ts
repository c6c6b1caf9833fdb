import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Picture, pictureBytes, pictureOver, quietCodecLibrary, Vp8Encoder } from '@amphi/media';
import { run } from '@amphi/testkit';
import { drawTestPicture } from '@amphi/testkit/synthetic';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { finaliseTrack } from './finalise-track.ts';
import { PictureFile, SoundFile } from './track-file.ts';

/** Files of tracks, judged by ffmpeg: what plays of them, for how long, and what is left of one that is cut off. */

const STARTED_AT = Date.UTC(2026, 0, 5, 9, 10, 6, 500);
/** 20 ms of a tone, as an encoder of low rate writes it, matters to nobody here: silence has a length, too. */
const PACKET = Uint8Array.of(0xf8, 0xff, 0xfe);

let folder: string;
let path: string;
let pieces: Buffer[];

beforeAll(() => quietCodecLibrary());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'track-file-'));
  path = join(folder, 'a.webm');
  pieces = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (data: Uint8Array): void => void pieces.push(Buffer.from(data));
const options = { title: 'Hana', startedAtMs: STARTED_AT, write };

async function finalise() {
  const file = await open(path, 'r+');
  try {
    return await finaliseTrack(file);
  } finally {
    await file.close();
  }
}

interface Probed {
  readonly format: { readonly duration?: string; readonly tags?: Readonly<Record<string, string>> };
  readonly streams: readonly Readonly<Record<string, unknown>>[];
  readonly packets: readonly { readonly pts: number; readonly flags: string }[];
}

async function probe(): Promise<Probed> {
  const args = ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', '-show_packets', path];
  return JSON.parse(String(await run('ffprobe', args))) as Probed;
}

/** Seconds of sound that a player hears who goes by packets alone. */
async function heardSeconds(): Promise<number> {
  const args = ['-v', 'error', '-i', path, '-f', 's16le', '-ac', '1', '-ar', '48000', 'pipe:1'];
  return (await run('ffmpeg', args)).byteLength / 2 / 48_000;
}

function soundOf(times: readonly number[]): SoundFile {
  const file = new SoundFile(options);
  for (const at of times) file.push(PACKET, STARTED_AT + at);
  return file;
}

const every20 = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / 20 }, (_, index) => from + index * 20);

describe('sound', () => {
  it('REC34: is as long as it was captured: silence stands where nothing came, for a loss and for a mute', async () => {
    const file = soundOf([...every20(0, 1_000), ...every20(1_020, 2_000), ...every20(62_000, 63_000)]);
    file.end();
    await writeFile(path, Buffer.concat(pieces));
    const made = await finalise();
    expect(made!.durationSeconds).toBeCloseTo(63, 1);
    expect(Math.abs((await heardSeconds()) - 63)).toBeLessThan(0.03);
    const { format, streams, packets } = await probe();
    expect(streams).toMatchObject([{ codec_name: 'opus', sample_rate: '48000' }]);
    expect(Number(format.duration)).toBeCloseTo(63, 1);
    expect(format.tags).toMatchObject({ title: 'Hana', creation_time: '2026-01-05T09:10:06.500000Z' });
    const times = packets.map(({ pts }) => pts);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('REC34: clocks that differ cost no hole and no step', async () => {
    const drift = 1 + 200e-6;
    const file = soundOf(every20(0, 60_000).map((at) => at * drift + (at % 100 === 0 ? 4 : 0)));
    file.end();
    await writeFile(path, Buffer.concat(pieces));
    expect((await finalise())!.durationSeconds).toBeCloseTo(60 * drift, 1);
    const { packets } = await probe();
    expect(packets).toHaveLength(3_000);
    const steps = packets.slice(1).map(({ pts }, index) => pts - packets[index]!.pts);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(19);
    expect(Math.max(...steps)).toBeLessThanOrEqual(21);
  });

  it('REC34: what comes again for a time that is over is left out', async () => {
    const file = soundOf([...every20(0, 1_000), 500, ...every20(1_000, 2_000)]);
    file.end();
    await writeFile(path, Buffer.concat(pieces));
    expect((await finalise())!.durationSeconds).toBeCloseTo(2, 1);
  });
});

describe('pictures', () => {
  const WIDTH = 160;
  const HEIGHT = 90;
  let picture: Picture;
  let encoder: Vp8Encoder;

  beforeEach(() => {
    picture = pictureOver(new ArrayBuffer(pictureBytes(WIDTH, HEIGHT)), 0, WIDTH, HEIGHT);
    encoder = new Vp8Encoder({ width: WIDTH, height: HEIGHT, frameRate: 10, bitrateBps: 200_000 });
  });

  afterEach(() => encoder.close());

  function record(times: readonly number[]): PictureFile {
    const file = new PictureFile({ ...options, track: { codec: 'vp8', width: WIDTH, height: HEIGHT } });
    for (const [index, at] of times.entries()) {
      drawTestPicture(picture, at, { u: 110, v: 150 });
      const isKeyframe = index % 20 === 0;
      file.push({ data: encoder.encode(picture, isKeyframe)[0]!.data, isKeyframe }, STARTED_AT + at);
    }
    return file;
  }

  const every100 = (seconds: number): number[] => Array.from({ length: seconds * 10 }, (_, index) => index * 100);

  it('REC32, REC35: are decoded as they came, at their times; where none came the one before stands', async () => {
    const times = [...every100(3), ...every100(3).map((at) => at + 10_000)];
    record(times).end();
    await writeFile(path, Buffer.concat(pieces));
    const made = await finalise();
    expect(made).toMatchObject({ width: WIDTH, height: HEIGHT, staysFragmented: undefined });
    expect(made!.durationSeconds).toBeCloseTo(13, 1);
    const { streams, packets } = await probe();
    expect(streams).toMatchObject([{ codec_name: 'vp8', width: WIDTH, height: HEIGHT }]);
    expect(packets.map(({ pts }) => pts)).toEqual(times);
    const raw = ['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'];
    const args = ['-v', 'error', '-i', path, ...raw];
    expect((await run('ffmpeg', args)).byteLength).toBe(WIDTH * HEIGHT * times.length);
  });

  it('REC33: can be jumped into at its keyframes once it is whole', async () => {
    record(every100(20)).end();
    await writeFile(path, Buffer.concat(pieces));
    await finalise();
    const args = ['-v', 'error', '-of', 'json', '-read_intervals', '15%+#1', '-show_packets', path];
    const { packets } = JSON.parse(String(await run('ffprobe', args))) as Pick<Probed, 'packets'>;
    expect(packets).toMatchObject([{ pts: 12_000, flags: expect.stringMatching(/^K/) }]);
  });

  it('REC33: wherever it is cut off it plays up to its last whole second, before and after it was made whole, however often', async () => {
    record(every100(6)).end();
    const whole = Buffer.concat(pieces);
    let written = 0;
    const heads = pieces.map(({ byteLength }) => (written += byteLength));
    const cuts: string[] = [];
    for (const cut of [heads[3]!, heads[3]! + 1, heads[3]! + 7, heads[4]! - 1, whole.byteLength - 1]) {
      await writeFile(path, whole.subarray(0, cut));
      const complete = heads.findLastIndex((end) => end <= cut);
      const made = await finalise();
      // Clusters of a second; a keyframe, each two seconds, begins one too.
      expect(made!.durationSeconds).toBeCloseTo(complete, 1);
      const once = await readFile(path);
      expect(once.byteLength).toBe(made!.bytes);
      expect(await finalise()).toEqual(made);
      expect(await readFile(path)).toEqual(once);
      cuts.push(join(folder, `${cut}.webm`));
      await writeFile(cuts.at(-1)!, once);
    }
    const all = cuts.flatMap((cut) => ['-i', cut]);
    const each = cuts.flatMap((_, place) => ['-map', String(place)]);
    expect(String(await run('ffmpeg', ['-v', 'warning', ...all, ...each, '-f', 'null', '-']))).toBe('');
    for (const nothing of [0, 3, 60, heads[0]! - 1, heads[0]!, heads[0]! + 20]) {
      await writeFile(path, whole.subarray(0, nothing));
      expect(await finalise()).toBeUndefined();
    }
  });
});
