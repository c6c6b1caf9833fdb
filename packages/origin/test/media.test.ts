import { parseMultivariantPlaylist, parseStrict } from '@amphi/hls';
import { readFragments, readInitSegment } from '@amphi/mp4';
import { encodeTestAudio, encodeTestVideo, packageStream, run, type SyntheticStream } from '@amphi/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OriginServer, startOrigin } from './origin-server.ts';

/** Real media through the whole origin, judged by programs that are not ours. */

const SECONDS = 8;
let server: OriginServer;
let stream: SyntheticStream;
let master: string;

beforeAll(async () => {
  const [video, audio] = await Promise.all([
    encodeTestVideo({ seconds: SECONDS, gopFrames: 60 }),
    encodeTestAudio({ seconds: SECONDS }),
  ]);
  stream = packageStream({
    videos: [{ id: 'v180', ...video }],
    audio: { id: 'audio', ...audio },
    framesPerPart: 10,
    partsPerSegment: 6,
  });
  server = await startOrigin();
  master = `${server.hls}/s1/master.m3u8`;
  const client = server.client('s1');
  const { nextMsn } = await client.attach(stream.description);
  for (const [id, data] of stream.inits) await client.putInit(id, data);
  const startedAt = Date.UTC(2026, 0, 31, 10);
  for (const part of stream.parts) await client.putPart(part, nextMsn, startedAt);
});
afterAll(() => server?.close());

const get = async (url: string): Promise<Buffer> => Buffer.from(await (await fetch(url)).arrayBuffer());

it('every segment is clean for ffprobe, with dates that say its media time', async () => {
  for (const rendition of ['v180', 'audio']) {
    const base = `${server.hls}/s1/${rendition}`;
    const playlist = parseStrict((await get(`${base}/index.m3u8`)).toString());
    expect(playlist.segments).toHaveLength(4);
    const init = await get(`${base}/${playlist.segments[0]?.map?.uri}`);
    const zero = playlist.segments[0]!.programDateTime!;
    for (const segment of playlist.segments) {
      const data = await get(`${base}/${segment.uri}`);
      const { start, count } = await probe(Buffer.concat([init, data]));
      const samples = readFragments(data).flatMap((fragment) => fragment.samples);
      expect(count).toBe(samples.length);
      const { timescale } = readInitSegment(init);
      const duration = samples.reduce((sum, sample) => sum + sample.duration, 0) / timescale;
      expect(duration).toBeCloseTo(segment.duration, 4);
      // Media time starts at 10 s.
      expect((segment.programDateTime! - zero) / 1000 + 10).toBeCloseTo(start, 2);
      const parts = await Promise.all(segment.parts.map((part) => get(`${base}/${part.uri}`)));
      if (parts.length > 0) expect(Buffer.concat(parts).equals(data)).toBe(true);
    }
  }
}, 60_000);

/** Time of the first packet, count of all. Throws when ffprobe has anything to say. */
async function probe(file: Buffer): Promise<{ start: number; count: number }> {
  const args = ['-v', 'warning', '-show_entries', 'packet=pts_time', '-of', 'json', 'pipe:0'];
  const { packets } = JSON.parse((await run('ffprobe', args, [file])).toString()) as {
    packets: { pts_time: string }[];
  };
  return { start: Number(packets[0]?.pts_time), count: packets.length };
}

it('hls.js reads every playlist as we do', async () => {
  const { M3U8Parser: parser } = (await import('hls.js')) as unknown as { M3U8Parser: HlsJsParser };
  const text = (await get(master)).toString();
  const theirs = parser.parseMasterPlaylist(text, master);
  const ours = parseMultivariantPlaylist(text);
  expect(theirs.playlistParsingError).toBeNull();
  expect(theirs.levels.map(({ bitrate, width, height }) => [bitrate, width, height])).toEqual(
    ours.variants.map(({ bandwidthBps, resolution }) => [bandwidthBps, resolution?.width, resolution?.height]),
  );
  for (const rendition of ['v180', 'audio']) {
    const url = `${server.hls}/s1/${rendition}/index.m3u8`;
    const media = (await get(url)).toString();
    const details = parser.parseLevelPlaylist(media, url, 0, 'main', 0, null);
    const mine = parseStrict(media);
    expect(details.playlistParsingError).toBeNull();
    expect(details).toMatchObject({
      live: true,
      canBlockReload: true,
      targetduration: mine.targetDuration,
      partTarget: mine.partTarget,
      partHoldBack: mine.serverControl?.partHoldBack,
      startSN: mine.mediaSequence,
    });
    expect(details.fragments.map(({ relurl, duration }) => [relurl, duration])).toEqual(
      mine.segments.map(({ uri, duration }) => [uri, duration]),
    );
    expect(details.partList.map(({ relurl }) => relurl)).toEqual(
      mine.segments.flatMap((segment) => segment.parts).map(({ uri }) => uri),
    );
  }
});

it('IF4: a range of the playlist of single pictures is one picture, a keyframe, for a decoder and for hls.js', async () => {
  const url = `${server.hls}/s1/v180/iframes.m3u8`;
  const text = (await get(url)).toString();
  const { segments } = parseStrict(text);
  expect(segments).toHaveLength(4);
  const { M3U8Parser: parser } = (await import('hls.js')) as unknown as { M3U8Parser: HlsJsParser };
  const details = parser.parseLevelPlaylist(text, url, 0, 'main', 0, null);
  expect(details.playlistParsingError).toBeNull();
  expect(details.fragments.map(({ relurl, duration }) => [relurl, duration])).toEqual(
    segments.map(({ uri, duration }) => [uri, duration]),
  );
  const init = await get(`${server.hls}/s1/v180/init-0.mp4`);
  for (const { uri, byteRange } of segments) {
    const { length, offset } = byteRange!;
    const range = `bytes=${offset}-${offset + length - 1}`;
    const response = await fetch(`${server.hls}/s1/v180/${uri}`, { headers: { range } });
    const picture = Buffer.from(await response.arrayBuffer());
    expect([response.status, picture.byteLength]).toEqual([206, length]);
    const args = ['-v', 'fatal', '-show_entries', 'frame=key_frame,width', '-of', 'json', 'pipe:0'];
    const probed = JSON.parse((await run('ffprobe', args, [Buffer.concat([init, picture])])).toString());
    expect(probed.frames).toMatchObject([{ key_frame: 1, width: 320 }]);
  }
}, 60_000);

it('ffmpeg plays the ended stream from the multivariant playlist without a word', async () => {
  await server
    .client('s1')
    .end()
    .catch(() => server.origin.end('s1'));
  const args = ['-v', 'warning', '-show_entries', 'stream=codec_name,width:format=duration', '-of', 'json', master];
  const probed = JSON.parse((await run('ffprobe', args)).toString()) as {
    streams: unknown[];
    format: { duration: string };
  };
  expect(probed.streams).toEqual(expect.arrayContaining([{ codec_name: 'h264', width: 320 }, { codec_name: 'aac' }]));
  expect(Number(probed.format.duration)).toBeCloseTo(SECONDS, 1);
  await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', master, '-f', 'null', '-']);
}, 60_000);

/** As much of hls.js' parser as is asked here; it is exported but needs a DOM to be typed. */
interface HlsJsParser {
  parseMasterPlaylist(
    text: string,
    url: string,
  ): { playlistParsingError: Error | null; levels: { bitrate: number; width: number; height: number }[] };
  parseLevelPlaylist(
    text: string,
    url: string,
    id: number,
    type: string,
    levelUrlId: number,
    variables: null,
  ): {
    playlistParsingError: Error | null;
    fragments: { relurl: string; duration: number }[];
    partList: { relurl: string }[];
  };
}
