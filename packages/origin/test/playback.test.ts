import {
  findUpdateViolations,
  type MediaPlaylist,
  parseMultivariantPlaylist,
  parseStrict,
  parseThumbnails,
  type ThumbnailCue,
} from '@amphi/hls';
import type { AudioRendition, VideoRendition } from '@amphi/protocol';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DESCRIPTION, Feeder, type OriginServer, startOrigin, TOKEN } from './origin-server.ts';

let clock: VirtualClock;
let server: OriginServer;
let feeder: Feeder;

beforeEach(async () => {
  clock = new VirtualClock();
  server = await startOrigin({ clock, settings: { maxWaitingPerStream: 3 } });
  feeder = new Feeder(server.client('s1'));
});
afterEach(() => server.close());

const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${server.hls}/${path}`, init);
const text = async (path: string): Promise<string> => (await get(path)).text();
const playlist = async (rendition: string, query = ''): Promise<MediaPlaylist> =>
  parseStrict(await text(`s1/${rendition}/index.m3u8${query}`));
const waiting = (count: number): Promise<unknown> =>
  waitFor(`${count} requests wait`, () => server.origin.statistics().streams[0]?.waiting === count);

describe('a stream that begins', () => {
  it('OR7: is 404 until every playlist has a complete segment, then is told to be playable once', async () => {
    const playable: unknown[] = [];
    server.origin.on('playable', (event) => playable.push(event));
    await feeder.attach();
    await feeder.feed(4, ['v720']);
    await feeder.feed(3, ['audio']);
    for (const path of ['s1/master.m3u8', 's1/v720/index.m3u8', 's1/audio/index.m3u8']) {
      expect((await get(path)).status).toBe(404);
    }
    expect(playable).toEqual([]);
    await feeder.feed(1, ['audio']);
    expect(playable).toEqual([{ streamId: 's1', path: 's1/master.m3u8' }]);
    expect(parseMultivariantPlaylist(await text('s1/master.m3u8'))).toEqual({
      version: 6,
      independentSegments: true,
      media: [
        {
          type: 'AUDIO',
          groupId: 'audio',
          name: 'Audio',
          isDefault: true,
          autoselect: true,
          channels: '2',
          uri: 'audio/index.m3u8',
        },
      ],
      variants: [
        {
          uri: 'v720/index.m3u8',
          bandwidthBps: 3_128_000,
          averageBandwidthBps: 304, // the parts of this test are lines of text
          codecs: 'avc1.64001F,mp4a.40.2',
          resolution: { width: 1280, height: 720 },
          frameRate: 30,
          audio: 'audio',
          closedCaptions: 'NONE',
        },
      ],
      iFrames: [],
      sessionData: [],
    });
    await feeder.feed(8);
    expect(playable).toHaveLength(1);
  });

  const [h264, aac] = DESCRIPTION.renditions as [VideoRendition, AudioRendition];
  const small = { ...h264, id: 'v360' };
  const av1 = { ...h264, id: 'av1', codecs: 'av01.0.05M.08' };
  const opus = { ...aac, id: 'opus', codecs: 'opus' };
  it.each([
    ['AV1 and Opus', [h264, small, av1, aac, opus], ['v720 audio', 'v360 audio', 'av1 opus']],
    ['AV1', [h264, av1, aac], ['v720 audio', 'av1 audio']],
    ['Opus', [h264, small, aac, opus], ['v720 audio', 'v360 audio', 'v720 opus', 'v360 opus']],
    ['nothing', [h264, aac, { ...aac, id: 'other' }], ['v720 audio+other']],
  ])(
    'OR19: with %s beside H.264 and AAC each picture and each sound has its place',
    async (_, renditions, expected) => {
      await feeder.attach({ ...DESCRIPTION, renditions });
      await feeder.feed(
        4,
        renditions.map(({ id }) => id),
      );
      const { media, variants } = parseMultivariantPlaylist(await text('s1/master.m3u8'));
      const nameOf = (uri = ''): string => uri.split('/')[0]!;
      const heard = (group: string | undefined) => media.filter(({ groupId }) => groupId === group);
      expect(
        variants.map(
          ({ uri, audio }) =>
            `${nameOf(uri)} ${heard(audio)
              .map((one) => nameOf(one.uri))
              .join('+')}`,
        ),
      ).toEqual(expected);
      // What a variant plays is in the codecs that it names, and each group has one that is played by itself.
      for (const { uri, audio, codecs } of variants) {
        const played = [uri, ...heard(audio).map((one) => one.uri)].map(nameOf);
        const used = new Set(played.map((id) => renditions.find((one) => one.id === id)?.codecs));
        expect(codecs?.split(',')).toEqual([...used]);
        expect(heard(audio).filter(({ isDefault }) => isDefault)).toHaveLength(1);
      }
    },
  );

  it('OR10: has the same server control in all renditions, by the longest part target', async () => {
    await feeder.attach();
    await feeder.feed(4);
    const [video, audio] = await Promise.all([playlist('v720'), playlist('audio')]);
    expect(video.serverControl).toEqual({ canBlockReload: true, holdBack: 6, partHoldBack: 1.536 });
    expect(audio.serverControl).toEqual(video.serverControl);
    expect([video.partTarget, audio.partTarget]).toEqual([0.5, 0.512]);
  });

  it('serves segments that are the sum of their parts, and rendition reports of the moment', async () => {
    await feeder.attach();
    await feeder.feed(5, ['v720']);
    await feeder.feed(4, ['audio']);
    expect(await text('s1/v720/segment-0.m4s')).toBe('v720 0.0;v720 0.1;v720 0.2;v720 0.3;');
    expect(await text('s1/v720/part-1.0.m4s')).toBe('v720 1.0;');
    expect(await text('s1/audio/init-0.mp4')).toBe('init 0');
    expect((await playlist('audio')).renditionReports).toEqual([
      { uri: '../v720/index.m3u8', lastMsn: 1, lastPart: 0 },
    ]);
    await feeder.feed(1, ['v720']);
    expect((await playlist('audio')).renditionReports).toEqual([
      { uri: '../v720/index.m3u8', lastMsn: 1, lastPart: 1 },
    ]);
  });
});

describe('single pictures', () => {
  const pictures = async (query = ''): Promise<MediaPlaylist> =>
    parseStrict(await text(`s1/v720/iframes.m3u8${query}`));

  it('IF1 IF2: are a playlist of ranges, named by the multivariant one with what they cost', async () => {
    feeder.tellsIFrames = true;
    await feeder.attach();
    await feeder.feed(8);
    expect(parseMultivariantPlaylist(await text('s1/master.m3u8')).iFrames).toEqual([
      {
        uri: 'v720/iframes.m3u8',
        bandwidthBps: 3_000_000,
        averageBandwidthBps: 16,
        codecs: 'avc1.64001F',
        resolution: { width: 1280, height: 720 },
      },
    ]);
    const { segments, serverControl } = await pictures();
    expect(segments.map(({ uri, byteRange }) => [uri, byteRange])).toEqual([
      ['segment-0.m4s', { length: 4, offset: 0 }],
      ['segment-1.m4s', { length: 4, offset: 0 }],
    ]);
    expect(serverControl).toEqual((await playlist('v720')).serverControl);
    const range = await get(`s1/v720/${segments[1]!.uri}`, { headers: { range: 'bytes=0-3' } });
    expect([range.status, await range.text()]).toEqual([206, 'v720']);
    await feeder.end();
    expect(parseMultivariantPlaylist(await text('s1/master.m3u8')).iFrames).toMatchObject([{ bandwidthBps: 16 }]);
    expect((await pictures()).endList).toBe(true);
  });

  it('IF2: are offered of nothing that the packager does not tell, nor of sound', async () => {
    await feeder.attach();
    await feeder.feed(9);
    expect(parseMultivariantPlaylist(await text('s1/master.m3u8')).iFrames).toEqual([]);
    for (const path of ['s1/v720/iframes.m3u8', 's1/audio/iframes.m3u8']) expect((await get(path)).status).toBe(404);
  });

  it('IF3: are waited for by segment, and never change once they are listed', async () => {
    feeder.tellsIFrames = true;
    await feeder.attach();
    await feeder.feed(8);
    const before = await pictures();
    const next = pictures('?_HLS_msn=2');
    await waiting(1);
    await feeder.feed(3);
    await waiting(1);
    await feeder.feed(1);
    const after = await next;
    expect(after.segments).toHaveLength(3);
    expect(findUpdateViolations(before, after)).toEqual([]);
  });
});

describe('thumbnails', () => {
  const START = Date.UTC(2026, 0, 31, 10);
  const put = async (sheet: number, seconds: readonly number[], generation = 0): Promise<number> => {
    const query = new URLSearchParams({
      generation: String(generation),
      ...{ columns: '5', tileWidth: '160', tileHeight: '90' },
      dates: seconds.map((second) => START + second * 1000).join(','),
    });
    const response = await fetch(`${server.ingest}/streams/s1/thumbnails/${sheet}?${query}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: Buffer.from([0xff, 0xd8, sheet, seconds.length]),
    });
    return response.status;
  };
  const track = async (): Promise<ThumbnailCue[]> => parseThumbnails(await text('s1/thumbnails.vtt'));

  beforeEach(async () => {
    await feeder.attach();
  });

  it('THB1 THB3: are a track of places in images, of what is listed, which the multivariant playlist names', async () => {
    await feeder.feed(8);
    expect((await get('s1/thumbnails.vtt')).status).toBe(404);
    expect(await put(0, [0, 2, 4])).toBe(204);
    expect(parseMultivariantPlaylist(await text('s1/master.m3u8')).sessionData).toEqual([
      { dataId: 'dev.amphi.thumbnails', uri: 'thumbnails.vtt' },
    ]);
    const place = { y: 0, width: 160, height: 90, uri: 'thumbnails/sheet-0-0-3.jpg' };
    // The third segment is not complete.
    expect(await track()).toEqual([
      { ...place, x: 0, startsAt: 0, endsAt: 2, date: START },
      { ...place, x: 160, startsAt: 2, endsAt: 4, date: START + 2000 },
    ]);
    const response = await get('s1/thumbnails.vtt');
    expect(response.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
    const sheet = await get(`s1/${place.uri}`);
    expect([sheet.status, sheet.headers.get('content-type'), sheet.headers.get('cache-control')]).toEqual([
      200,
      'image/jpeg',
      'public, max-age=3600, immutable',
    ]);
    expect([...new Uint8Array(await sheet.arrayBuffer())]).toEqual([0xff, 0xd8, 0, 3]);
    expect((await get('s1/thumbnails/sheet-0-0-4.jpg')).status).toBe(404);
    expect((await get('s1/thumbnails/journal')).status).toBe(404);
  });

  it('THB1: leave the track with what they show, and are kept for three target durations more', async () => {
    await feeder.feed(8);
    await put(0, [0, 2]);
    await put(1, [4]);
    await feeder.feed(16);
    await put(1, [4, 10]);
    // Four segments of two seconds are listed: from the fifth second on.
    expect((await track()).map(({ date, startsAt }) => [(date! - START) / 1000, startsAt])).toEqual([
      [4, 0],
      [10, 6],
    ]);
    for (const name of ['sheet-0-0-2', 'sheet-0-1-1'])
      expect((await get(`s1/thumbnails/${name}.jpg`)).status).toBe(200);
    await put(1, [4, 10, 17]);
    await waitFor('the old ones are gone', async () => (await get('s1/thumbnails/sheet-0-0-2.jpg')).status === 404);
    expect((await get('s1/thumbnails/sheet-0-1-1.jpg')).status).toBe(404);
    expect((await get('s1/thumbnails/sheet-0-1-2.jpg')).status).toBe(200);
  });

  it('THB2: are taken again without effect, whichever form of a sheet comes late, and of the run that feeds only', async () => {
    await feeder.feed(8);
    await put(0, [0, 2]);
    const before = await text('s1/thumbnails.vtt');
    expect(await put(0, [0])).toBe(204);
    expect(await put(0, [0, 2])).toBe(204);
    expect(await text('s1/thumbnails.vtt')).toBe(before);
    await feeder.attach();
    expect(await put(0, [0, 2], 0)).toBe(409);
    expect(await put(0, [4], 1)).toBe(204);
    await feeder.feed(4);
    expect((await track()).map(({ uri }) => uri)).toEqual([
      'thumbnails/sheet-0-0-2.jpg',
      'thumbnails/sheet-0-0-2.jpg',
      'thumbnails/sheet-1-0-1.jpg',
    ]);
  });

  it('THB2: are refused when they are no JPEG, or their dates do not rise', async () => {
    const query = 'generation=0&columns=5&tileWidth=160&tileHeight=90&dates=';
    for (const [dates, body] of [
      ['1,2', 'GIF89a'],
      ['2,1', '\xff\xd8'],
      ['', '\xff\xd8'],
      ['a', '\xff\xd8'],
    ] as const) {
      const response = await fetch(`${server.ingest}/streams/s1/thumbnails/0?${query}${dates}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${TOKEN}` },
        body: Buffer.from(body, 'latin1'),
      });
      expect(response.status).toBe(400);
    }
    const taken = { ...DESCRIPTION, renditions: [{ ...DESCRIPTION.renditions[0]!, id: 'thumbnails' }] };
    await expect(server.client('s2').attach(taken)).rejects.toThrow('400');
  });
});

describe('blocking requests', () => {
  beforeEach(async () => {
    await feeder.attach();
    await feeder.feed(4);
  });

  it('OR1: are answered when the part is there, all with the same text', async () => {
    const requests = [1, 2].map(() => text('s1/v720/index.m3u8?_HLS_msn=1&_HLS_part=0'));
    const segment = text('s1/v720/index.m3u8?_HLS_msn=1');
    await waiting(3);
    await feeder.feed(1, ['audio']);
    await waiting(3);
    await feeder.feed(1, ['v720']);
    const [first, second] = await Promise.all(requests);
    expect(first).toBe(second);
    expect(parseStrict(first!).open?.parts.map((part) => part.uri)).toEqual(['part-1.0.m4s']);
    await waiting(1);
    await feeder.feed(3, ['v720']);
    expect(parseStrict(await segment).segments.at(-1)?.uri).toBe('segment-1.m4s');
  });

  it('OR1: get 503 after three target durations, each counted from its own start', async () => {
    const first = get('s1/v720/index.m3u8?_HLS_msn=1&_HLS_part=0');
    await waiting(1);
    clock.advance(4000);
    const second = get('s1/v720/index.m3u8?_HLS_msn=1&_HLS_part=0');
    await waiting(2);
    clock.advance(2000);
    expect((await first).status).toBe(503);
    await waiting(1);
    clock.advance(3999);
    await waiting(1);
    clock.advance(1);
    expect((await second).status).toBe(503);
  });

  it('OR2: for the hinted part wait for it; other parts to come are 404', async () => {
    const hinted = (await playlist('v720')).preloadHints[0]!.uri;
    expect(hinted).toBe('part-1.0.m4s');
    const request = text(`s1/v720/${hinted}`);
    await waiting(1);
    expect((await get('s1/v720/part-1.1.m4s')).status).toBe(404);
    await feeder.feed(1);
    expect(await request).toBe('v720 1.0;');
  });

  it('OR2: for a hinted part that never comes are 404 as soon as that is known', async () => {
    await feeder.feed(1);
    const request = get('s1/v720/part-1.1.m4s');
    const reload = text('s1/v720/index.m3u8?_HLS_msn=1&_HLS_part=1');
    await waiting(2);
    await feeder.attach();
    expect((await request).status).toBe(404);
    await waiting(1);
    await feeder.feed(1);
    expect(parseStrict(await reload).open?.discontinuity).toBe(true);
  });

  it('OR6: beyond the bound the newest is refused', async () => {
    const requests = [1, 2, 3].map(() => get('s1/v720/index.m3u8?_HLS_msn=1&_HLS_part=0'));
    await waiting(3);
    const refused = await get('s1/audio/index.m3u8?_HLS_msn=1&_HLS_part=0');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    await feeder.feed(1);
    expect((await Promise.all(requests)).map((response) => response.status)).toEqual([200, 200, 200]);
  });

  it('OR6: of clients that went away wait no longer', async () => {
    const abort = new AbortController();
    const request = get('s1/v720/index.m3u8?_HLS_msn=1&_HLS_part=0', { signal: abort.signal });
    await waiting(1);
    abort.abort();
    await expect(request).rejects.toThrow();
    await waiting(0);
    expect(clock.pending).toBe(1); // only the watch for abandoned streams
  });

  it('are answered when the stream ends, and all at once after that', async () => {
    const request = text('s1/v720/index.m3u8?_HLS_msn=1&_HLS_part=0');
    await waiting(1);
    await feeder.end();
    expect(await request).toContain('#EXT-X-ENDLIST');
    expect((await playlist('v720', '?_HLS_msn=99')).endList).toBe(true);
  });
});

describe('the whole life of a stream', () => {
  it('LW5 UP: goes on in the same playlists after a packager was replaced, with every step by the rules', async () => {
    await feeder.attach();
    await feeder.feed(4);
    const previous = new Map<string, MediaPlaylist>();
    const judge = async (): Promise<void> => {
      for (const rendition of ['v720', 'audio']) {
        const now = await playlist(rendition);
        const before = previous.get(rendition);
        if (before) expect(findUpdateViolations(before, now)).toEqual([]);
        previous.set(rendition, now);
      }
    };
    await judge();
    for (let i = 0; i < 10; i++) {
      await feeder.feed(1);
      await judge();
    }
    // Video is one segment ahead when the packager dies.
    await feeder.feed(3, ['v720']);
    await judge();
    const replaced = new Feeder(server.client('s1'));
    expect(await replaced.attach()).toEqual({ generation: 1, nextMsn: 5 });
    await judge();
    await expect(feeder.feed(1, ['v720'])).rejects.toThrow(/409 .*generation 0 feeds no longer, allowed is 1/);
    await replaced.feed(1);
    await judge();
    const [video, audio] = [previous.get('v720')!, previous.get('audio')!];
    expect(video.segments.map(({ uri, duration, gap }) => [uri, duration, gap]).slice(-2)).toEqual([
      ['segment-3.m4s', 2, false],
      ['segment-4.m4s', 0.5, false],
    ]);
    expect(audio.segments.map(({ uri, duration, gap }) => [uri, duration, gap]).slice(-2)).toEqual([
      ['segment-3.m4s', 1, false],
      ['segment-4.m4s', 1.5, true], // what was missing of segment 3, and of 4
    ]);
    for (const { open } of [video, audio]) {
      expect(open).toMatchObject({ discontinuity: true, map: { uri: 'init-1.mp4' } });
      expect(open?.parts[0]?.uri).toBe('part-5.0.m4s');
    }
    for (let i = 0; i < 20; i++) {
      await replaced.feed(1);
      await judge();
    }
    expect([...previous.values()].map((p) => p.discontinuitySequence)).toEqual([1, 1]);
    await replaced.end();
    await judge();
    expect([...previous.values()].map((p) => p.endList)).toEqual([true, true]);
    expect(new Set([...previous.values()].map((p) => p.mediaSequence)).size).toBe(1);
  });

  it('OR1: is answered with 503, not given up for lost, when the origin goes', async () => {
    await feeder.attach();
    await feeder.feed(4);
    const reload = get('s1/v720/index.m3u8?_HLS_msn=1&_HLS_part=0');
    await waiting(1);
    server.origin.close();
    expect((await reload).status).toBe(503);
  });

  it('OR9: stays for some minutes after its end, then is gone with its media', async () => {
    const events: unknown[] = [];
    server.origin.on('ended', (event) => events.push(event));
    server.origin.on('removed', (event) => events.push(event));
    await feeder.attach();
    await feeder.feed(5);
    await feeder.end();
    await feeder.end();
    clock.advance(5 * 60_000 - 1);
    expect((await playlist('v720')).endList).toBe(true);
    expect((await get('s1/v720/segment-1.m4s')).status).toBe(200);
    clock.advance(1);
    expect((await get('s1/v720/index.m3u8')).status).toBe(404);
    expect(server.origin.statistics()).toEqual({ memoryBytes: 0, streams: [] });
    expect(events).toEqual([{ streamId: 's1', by: 'packager' }, { streamId: 's1' }]);
  });

  it('is ended when nobody feeds it any more', async () => {
    const ended: unknown[] = [];
    server.origin.on('ended', (event) => ended.push(event));
    await feeder.attach();
    await feeder.feed(4);
    clock.advance(115_000);
    await feeder.feed(1);
    clock.advance(115_000);
    expect(ended).toEqual([]);
    clock.advance(10_000);
    await waitFor('the stream ends', () => ended.length > 0);
    expect(ended).toEqual([{ streamId: 's1', by: 'abandoned' }]);
    expect((await playlist('audio')).endList).toBe(true);
  });

  it('keeps an event playlist whole and offers delta updates for it', async () => {
    await feeder.attach({ ...DESCRIPTION, playlistType: 'event' });
    await feeder.feed(42);
    const whole = await playlist('v720');
    expect(whole).toMatchObject({ playlistType: 'EVENT', mediaSequence: 0, serverControl: { canSkipUntil: 12 } });
    expect(whole.segments).toHaveLength(10);
    const delta = await playlist('v720', '?_HLS_skip=YES');
    expect(delta.skip?.skippedSegments).toBe(4);
    expect(delta.segments).toEqual(whole.segments.slice(4));
    expect((await get('s1/v720/segment-0.m4s')).status).toBe(200);
  });

  it('puts messages to the viewers into all playlists', async () => {
    await feeder.attach();
    await feeder.feed(4);
    const range = {
      id: 'md-1',
      startDate: Date.UTC(2026, 0, 31, 10, 0, 1),
      duration: 2,
      custom: { 'X-PAYLOAD': 'e30=' },
    };
    await server.origin.addDateRange('s1', range);
    expect((await playlist('v720')).dateRanges).toEqual([range]);
    expect((await playlist('audio')).dateRanges).toEqual([range]);
  });
});

describe('what is refused', () => {
  beforeEach(async () => {
    await feeder.attach();
    await feeder.feed(4);
  });

  it.each([
    ['s1/v720/index.m3u8?_HLS_part=0', 400],
    ['s1/v720/index.m3u8?_HLS_msn=x', 400],
    ['s1/v720/index.m3u8?_HLS_msn=1&_HLS_msn=1', 400],
    ['s1/v720/index.m3u8?_HLS_msn=3', 400],
    ['s1/v720/index.m3u8?_HLS_msn=1000000000000', 400],
    ['s1/v720/index.m3u8?_HLS_msn=1&_HLS_part=6', 400],
    ['s1/v720/index.m3u8?_HLS_skip=no', 400],
    ['s2/master.m3u8', 404],
    ['s1/v1080/index.m3u8', 404],
    ['s1/v720/part-7.0.m4s', 404],
    ['s1/v720/segment-9.m4s', 404],
    ['s1/v720/..%2Faudio%2Finit-0.mp4', 404],
    ['s1/v720/secret', 404],
    ['s1/v720', 404],
    ['', 404],
    ['s1/v720/a/b/c', 404],
  ])('OR3 OR4: %s is %i', async (path, status) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toMatchObject({ code: status, message: expect.stringMatching(/./) });
  });

  it('OR3 OR4: other methods are 405; HEAD and OPTIONS are answered without a body', async () => {
    const path = 's1/v720/segment-0.m4s';
    const post = await get(path, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    const head = await get(path, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '36', '']);
    const options = await get(path, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });

  it('OR5: caching is told by the kind of answer', async () => {
    const cacheControl = async (path: string): Promise<string | null> => (await get(path)).headers.get('cache-control');
    expect(await cacheControl('s1/master.m3u8')).toBe('public, max-age=2');
    expect(await cacheControl('s1/v720/index.m3u8')).toBe('public, max-age=1');
    expect(await cacheControl('s1/v720/index.m3u8?_HLS_msn=0&_HLS_part=2')).toBe('public, max-age=12');
    for (const file of ['init-0.mp4', 'segment-0.m4s', 'part-0.0.m4s']) {
      expect(await cacheControl(`s1/v720/${file}`)).toBe('public, max-age=3600, immutable');
    }
    for (const path of ['segment-7.m4s', 'index.m3u8?_HLS_msn=x', 'index.m3u8?_HLS_msn=7']) {
      expect(await cacheControl(`s1/v720/${path}`)).toBe('no-store');
    }
    for (const path of ['s1/master.m3u8', 's1/v720/segment-0.m4s']) {
      expect((await get(path)).headers.get('set-cookie')).toBeNull();
    }
    expect((await get('s1/v720/index.m3u8')).headers.get('vary')).toBe('accept-encoding');
    expect((await get('s1/v720/segment-0.m4s')).headers.get('vary')).toBeNull();
    const types = await Promise.all(
      ['master.m3u8', 'v720/index.m3u8', 'v720/init-0.mp4'].map((path) => get(`s1/${path}`)),
    );
    expect(types.map((response) => response.headers.get('content-type'))).toEqual([
      'application/vnd.apple.mpegurl',
      'application/vnd.apple.mpegurl',
      'video/mp4',
    ]);
  });
});
