import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMultivariantPlaylist, parseStrict, parseThumbnails } from '@amphi/hls';
import { readFragments, readInitSegment } from '@amphi/mp4';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingSink } from '../sinks/recording/recording-sink.ts';
import { AAC_FRAME_SAMPLES, type Program, type ThumbnailSheet } from '../sinks/sink.ts';
import { finaliseVod } from './finalise-vod.ts';

const avcConfig = Uint8Array.from(Buffer.from('0164001fffe100046764001f01000268ebfdf8f800', 'hex'));
const rung = (id: string, width: number, height: number) => ({
  rung: { id, width, height, bitrateBps: 1_000_000 },
  config: { codec: 'h264' as const, avcConfig },
});
const FIRST_TICK = 120;
const program: Program = {
  videos: [rung('v720', 1280, 720), rung('v360', 640, 360)],
  audio: { audioSpecificConfig: Uint8Array.of(0x11, 0x90), sampleRate: 48_000, channels: 2, bitrateBps: 128_000 },
  frameRate: 30,
  framesPerPart: 10,
  partsPerSegment: 6,
  firstTick: FIRST_TICK,
  startedAtMs: 1_793_000_000_000,
};

let folder: string;
let vod: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finalise-vod-'));
  vod = join(folder, 'vod');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Records so many pictures, each as large as its number in the rung, with their sound. @param pauses ticks from and to which it is to be paused */
async function record(
  ticks: number,
  pauses: readonly (readonly [number, number])[] = [],
  sheets: readonly ThumbnailSheet[] = [],
): Promise<void> {
  const sink = new RecordingSink({ id: 'r', folder, rungs: ['v720', 'v360'], forms: ['vod'], isPaused: false });
  sink.open(program);
  for (const sheet of sheets) if (sheet.ticks.at(-1)! < FIRST_TICK) sink.thumbnails(sheet);
  let sample = FIRST_TICK * 1600;
  for (let tick = FIRST_TICK; tick < FIRST_TICK + ticks; tick++) {
    if (pauses.some(([from]) => from === tick)) sink.setPaused(true);
    if (pauses.some(([, to]) => to === tick)) sink.setPaused(false);
    for (const sheet of sheets) {
      if (sheet.ticks.at(-1) === tick) sink.thumbnails(sheet);
    }
    for (const place of [0, 1]) {
      sink.picture(place, { tick, isKeyframe: tick % 60 === 0, data: new Uint8Array(200 - 100 * place) });
    }
    for (; sample < (tick + 1) * 1600; sample += AAC_FRAME_SAMPLES) sink.audio({ sample, data: new Uint8Array(20) });
  }
  await sink.end();
  expect(sink.status.state).toEqual({ phase: 'ended' });
}

const text = (name: string): Promise<string> => readFile(join(vod, name), 'utf8');

describe('REC15: the playlist of a recorded stream', () => {
  it('names all rungs with the sound, and every byte of their tracks once', async () => {
    await record(150);
    const made = await finaliseVod(vod);
    expect(made).toMatchObject({ width: 1280, height: 720, rungs: 2 });
    expect(made?.durationSeconds).toBeCloseTo(5, 1);

    const master = parseMultivariantPlaylist(await text('master.m3u8'));
    expect(master.variants).toMatchObject([
      { uri: 'v720.m3u8', codecs: 'avc1.64001F,mp4a.40.2', resolution: { width: 1280, height: 720 }, frameRate: 30 },
      { uri: 'v360.m3u8', resolution: { width: 640, height: 360 }, audio: 'audio' },
    ]);
    expect(master.media).toMatchObject([{ type: 'AUDIO', groupId: 'audio', uri: 'audio.m3u8', channels: '2' }]);

    for (const name of ['v720', 'v360', 'audio']) {
      const source = await text(`${name}.m3u8`);
      const playlist = parseStrict(source);
      expect(source).toContain('#EXT-X-PLAYLIST-TYPE:VOD\n');
      expect(playlist).toMatchObject({ endList: true, targetDuration: 2, mediaSequence: 0 });
      const bytes = await readFile(join(vod, `${name}.mp4`));
      const { map } = playlist.segments[0]!;
      expect(readInitSegment(bytes.subarray(0, map!.byteRange!.length)).kind).toBe(
        name === 'audio' ? 'audio' : 'video',
      );
      let at = map!.byteRange!.length;
      let seconds = 0;
      for (const { byteRange, duration, programDateTime } of playlist.segments) {
        expect(byteRange!.offset).toBe(at);
        at += byteRange!.length;
        expect(Math.abs(programDateTime! - (program.startedAtMs + 4000 + seconds * 1000))).toBeLessThan(25);
        seconds += duration;
        const [first] = readFragments(bytes.subarray(byteRange!.offset, at));
        expect(first?.samples[0]?.isSync).toBe(true);
      }
      expect(at).toBe(bytes.byteLength);
      expect(playlist.segments).toHaveLength(3);
    }
  });

  it('IF5: names the keyframes of each rung, one for each segment, as ranges of the same track', async () => {
    await record(150);
    await finaliseVod(vod);
    const master = parseMultivariantPlaylist(await text('master.m3u8'));
    expect(master.iFrames).toMatchObject([
      { uri: 'v720-iframes.m3u8', codecs: 'avc1.64001F', resolution: { width: 1280, height: 720 } },
      { uri: 'v360-iframes.m3u8', codecs: 'avc1.64001F', resolution: { width: 640, height: 360 } },
    ]);
    for (const { bandwidthBps, averageBandwidthBps } of master.iFrames) {
      expect(bandwidthBps).toBeGreaterThanOrEqual(averageBandwidthBps!);
    }
    for (const [name, bytes] of [
      ['v720', 200],
      ['v360', 100],
    ] as const) {
      const media = parseStrict(await text(`${name}.m3u8`));
      const pictures = parseStrict(await text(`${name}-iframes.m3u8`));
      expect(pictures).toMatchObject({ iFramesOnly: true, endList: true, playlistType: 'VOD' });
      const track = await readFile(join(vod, `${name}.mp4`));
      for (const [i, { byteRange, duration }] of pictures.segments.entries()) {
        const segment = media.segments[i]!;
        expect([byteRange!.offset, duration]).toEqual([segment.byteRange!.offset, segment.duration]);
        const whole = track.subarray(byteRange!.offset, byteRange!.offset + segment.byteRange!.length);
        const first = readFragments(whole)[0]!.samples[0]!.data;
        const picture = whole.subarray(0, byteRange!.length);
        expect(first.byteLength).toBe(bytes);
        expect(Buffer.from(picture.subarray(-bytes)).equals(first)).toBe(true);
      }
      expect(pictures.segments).toHaveLength(media.segments.length);
    }
    expect(await readdir(vod)).not.toContain('audio-iframes.m3u8');
  });

  it('REC20: has thumbnails of what was kept, at their places in it, and none of a pause', async () => {
    const sheets = [
      { number: 3, ticks: [0, 60] },
      { number: 4, ticks: [120] },
      { number: 4, ticks: [120, 240] },
      { number: 4, ticks: [120, 240, 360] },
      { number: 5, ticks: [480] },
    ].map((sheet) => ({ ...sheet, columns: 2, tileWidth: 160, tileHeight: 90, data: Buffer.from(`${sheet.ticks}`) }));
    // Kept is what comes before tick 200, and from tick 300 on.
    await record(420, [[195, 290]], sheets);
    const made = await finaliseVod(vod);
    expect(made?.thumbnails).toEqual(['thumbnails-4.jpg', 'thumbnails-5.jpg']);
    expect(await text('thumbnails-4.jpg')).toBe('120,240,360');
    const master = parseMultivariantPlaylist(await text('master.m3u8'));
    expect(master.sessionData).toEqual([{ dataId: 'dev.amphi.thumbnails', uri: 'thumbnails.vtt' }]);
    const cues = parseThumbnails(await text('thumbnails.vtt'));
    expect(cues.map(({ uri, x, y }) => [uri, x, y])).toEqual([
      ['thumbnails-4.jpg', 0, 0],
      ['thumbnails-4.jpg', 0, 90],
      ['thumbnails-5.jpg', 0, 0],
    ]);
    for (const [i, second] of [0, (360 - 220) / 30, (480 - 220) / 30].entries()) {
      expect(cues[i]!.startsAt).toBeCloseTo(second, 1);
      expect(cues[i]!.endsAt).toBeCloseTo(cues[i + 1]?.startsAt ?? (80 + 240) / 30, 1);
    }
    const again = await text('thumbnails.vtt');
    await finaliseVod(vod);
    expect(await text('thumbnails.vtt')).toBe(again);
  });

  it('REC20: has none where no image was written, or not whole what is on it', async () => {
    await record(60);
    expect(await finaliseVod(vod)).toMatchObject({ thumbnails: [] });
    expect(await readdir(vod)).not.toContain('thumbnails.vtt');
    expect(parseMultivariantPlaylist(await text('master.m3u8')).sessionData).toEqual([]);
    await writeFile(join(vod, 'thumbnails.jsonl'), '{"uri":"thumbnails-0.jpg"}\n');
    expect(await finaliseVod(vod)).toMatchObject({ thumbnails: [] });
    const whole = {
      uri: 'thumbnails-0.jpg',
      dates: [program.startedAtMs + 4000],
      columns: 5,
      tileWidth: 160,
      tileHeight: 90,
    };
    await writeFile(join(vod, 'thumbnails.jsonl'), `${JSON.stringify(whole)}\n{"uri`);
    expect(await finaliseVod(vod)).toMatchObject({ thumbnails: [] });
    await writeFile(join(vod, 'thumbnails-0.jpg'), 'picture');
    expect(await finaliseVod(vod)).toMatchObject({ thumbnails: ['thumbnails-0.jpg'] });
  });

  it('EG39: says when what follows a pause was captured, and is as long as what was kept', async () => {
    await record(420, [[195, 290]]);
    const made = await finaliseVod(vod);
    // 80 ticks until the next part, and from tick 300, where a segment begins, on.
    expect(made?.durationSeconds).toBeCloseTo((80 + 240) / 30, 1);
    const kept = [...range(0, 80), ...range(180, 420)];
    for (const name of ['v720', 'v360', 'audio']) {
      const { segments } = parseStrict(await text(`${name}.m3u8`));
      expect(segments.map(({ discontinuity }) => discontinuity).indexOf(true)).toBe(2);
      expect(segments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1);
      let seconds = 0;
      for (const { duration, programDateTime } of segments) {
        const captured = program.startedAtMs + 4000 + (kept[Math.round(seconds * 30)]! * 1000) / 30;
        expect(Math.abs(programDateTime! - captured)).toBeLessThan(25);
        seconds += duration;
      }
      const bytes = await readFile(join(vod, `${name}.mp4`));
      const fragments = readFragments(bytes.subarray(segments[0]!.map!.byteRange!.length));
      const ends = fragments.map(({ baseDecodeTime, samples }) =>
        samples.reduce((time, { duration }) => time + duration, baseDecodeTime),
      );
      expect(fragments.slice(1).map(({ baseDecodeTime }) => baseDecodeTime)).toEqual(ends.slice(0, -1));
    }
  });

  it('is made again as it was', async () => {
    await record(150);
    const first = await finaliseVod(vod);
    const playlists = await Promise.all(['master.m3u8', 'v720.m3u8', 'audio.m3u8'].map(text));
    expect(await finaliseVod(vod)).toMatchObject({ ...first, bytes: expect.any(Number) });
    expect(await Promise.all(['master.m3u8', 'v720.m3u8', 'audio.m3u8'].map(text))).toEqual(playlists);
    expect((await readdir(vod)).filter((name) => name.endsWith('.making'))).toEqual([]);
  });

  it('ends with the last whole part of each track when its writer was killed', async () => {
    await record(150);
    const path = join(vod, 'v720.mp4');
    await truncate(path, (await stat(path)).size - 50);
    await finaliseVod(vod);
    const [cut, whole] = [parseStrict(await text('v720.m3u8')), parseStrict(await text('v360.m3u8'))];
    const seconds = ({ segments }: typeof cut) => segments.reduce((sum, { duration }) => sum + duration, 0);
    expect(seconds(whole)).toBeCloseTo(5, 2);
    expect(seconds(cut)).toBeCloseTo(5 - 1 / 3, 2);
    const last = cut.segments.at(-1)!.byteRange!;
    expect(last.offset + last.length).toBeLessThan((await stat(path)).size);
  });

  it('has no dates when what they are counted from was not written', async () => {
    await record(60);
    await truncate(join(vod, 'takes.jsonl'), 5);
    expect(await finaliseVod(vod)).toBeDefined();
    expect(await text('v720.m3u8')).not.toContain('PROGRAM-DATE-TIME');
  });

  it('is not made where there is nothing to play, and nothing is left of it', async () => {
    await record(0);
    expect(await finaliseVod(vod)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    expect(await finaliseVod(vod)).toBeUndefined();
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
