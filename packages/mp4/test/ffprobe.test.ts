import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTestAudio, encodeTestVideo, run } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  codecString,
  createFragment,
  createInitSegment,
  readFragments,
  type Sample,
  type Track,
} from '../src/index.ts';

/** ffprobe and ffmpeg as judges: they must read what we write without a word on their standard error. */
describe('files read by ffmpeg', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'amphi-mp4-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** The initialization segment and the samples in parts of `perPart`. */
  async function writeFileOf(name: string, track: Track, samples: readonly Sample[], perPart: number): Promise<string> {
    const parts: Uint8Array[] = [];
    let baseDecodeTime = 10 * track.timescale;
    for (let i = 0; i < samples.length; i += perPart) {
      const part = samples.slice(i, i + perPart);
      parts.push(
        createFragment({ sequenceNumber: parts.length + 1, trackId: track.id, baseDecodeTime, samples: part }),
      );
      for (const { duration } of part) baseDecodeTime += duration;
    }
    expect(readFragments(Buffer.concat(parts)).flatMap((fragment) => fragment.samples)).toHaveLength(samples.length);
    const path = join(directory, name);
    await writeFile(path, Buffer.concat([createInitSegment(track), ...parts]));
    return path;
  }

  const probe = async (
    path: string,
  ): Promise<{ streams: Record<string, unknown>[]; packets: Record<string, string>[] }> =>
    JSON.parse(
      (await run('ffprobe', ['-v', 'warning', '-show_streams', '-show_packets', '-of', 'json', path])).toString(),
    );

  it('video', async () => {
    const { track, samples } = await encodeTestVideo({ seconds: 2, gopFrames: 60 });
    const path = await writeFileOf('video.mp4', track, samples, 10);
    const { streams, packets } = await probe(path);
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({
      codec_name: 'h264',
      profile: 'High',
      width: 320,
      height: 180,
      codec_tag_string: 'avc1',
    });
    expect(packets.map((packet) => Number(packet.pts))).toEqual(samples.map((_, i) => 900_000 + i * 3000));
    expect(packets.map((packet) => packet.flags?.startsWith('K'))).toEqual(samples.map((sample) => sample.isSync));
    await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', path, '-f', 'null', '-']);
    expect(codecString(track)).toMatch(/^avc1\.6400[0-9A-F]{2}$/);
  });

  it('audio', async () => {
    const { track, samples } = await encodeTestAudio({ seconds: 2 });
    const path = await writeFileOf('audio.mp4', track, samples, 16);
    const { streams, packets } = await probe(path);
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({ codec_name: 'aac', profile: 'LC', sample_rate: '48000', channels: 2 });
    expect(packets.map((packet) => Number(packet.pts))).toEqual(samples.map((_, i) => 480_000 + i * 1024));
    await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', path, '-f', 'null', '-']);
  });
});
