import { silentLogger } from '@amphi/base';
import { serializeThumbnails, type ThumbnailCue } from '@amphi/hls';
import { VirtualClock } from '@amphi/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Thumbnails } from './thumbnails.ts';

const TRACK = 'http://host/hls/s/thumbnails.vtt';
const START = Date.UTC(2026, 0, 31, 10);

let clock: VirtualClock;
let thumbnails: Thumbnails;
/** What the server has, by address; all requests in order. */
let files: Map<string, string>;
let asked: string[];

/** A picture every four seconds. */
const cueAt = (index: number, uri = 'thumbnails/a.jpg'): ThumbnailCue => ({
  ...{ startsAt: index * 4, endsAt: index * 4 + 4, date: START + index * 4000 },
  ...{ uri, x: index * 160, y: 0, width: 160, height: 90 },
});
const publish = (...cues: ThumbnailCue[]): void => void files.set(TRACK, serializeThumbnails(cues));

beforeEach(() => {
  clock = new VirtualClock();
  files = new Map([['http://host/hls/s/thumbnails/a.jpg', 'a']]);
  asked = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    const body = files.get(url);
    return new Response(body ?? null, { status: body === undefined ? 404 : 200 });
  });
  thumbnails = new Thumbnails(TRACK, { clock, logger: silentLogger });
});
afterEach(() => {
  thumbnails.close();
  vi.unstubAllGlobals();
});

describe('THB4: a thumbnail', () => {
  it('is the last one captured before the moment, a place in an image that is fetched once', async () => {
    publish(cueAt(0), cueAt(1));
    const [first, second, same] = await Promise.all([2_000, 5_500, 4_000].map((ms) => thumbnails.at(START + ms)));
    expect(first).toEqual({ image: expect.stringMatching(/^blob:/), x: 0, y: 0, width: 160, height: 90 });
    expect(second).toEqual({ ...first, x: 160 });
    expect(same).toEqual(second);
    expect(asked).toEqual([TRACK, 'http://host/hls/s/thumbnails/a.jpg']);
  });

  it('that is newer than the track has it read again, once in a while', async () => {
    publish(cueAt(0));
    await thumbnails.at(START);
    publish(cueAt(0), cueAt(1));
    const late = START + 5_000;
    expect((await thumbnails.at(late))?.x).toBe(0);
    expect(asked.filter((url) => url === TRACK)).toHaveLength(1);
    clock.advance(4_000);
    expect((await thumbnails.at(late))?.x).toBe(160);
    clock.advance(4_000);
    await thumbnails.at(START);
    expect(asked.filter((url) => url === TRACK)).toHaveLength(2);
  });

  it('is none before the first, long after the last, and where track or image cannot be had', async () => {
    expect(await thumbnails.at(START)).toBeUndefined();
    clock.advance(4_000);
    publish(cueAt(1), cueAt(2, 'thumbnails/gone.jpg'));
    expect(await thumbnails.at(START)).toBeUndefined();
    expect(await thumbnails.at(START + 9_000)).toBeUndefined();
    expect(await thumbnails.at(START + 60_000)).toBeUndefined();
    expect((await thumbnails.at(START + 4_000))?.x).toBe(160);
    // An image that failed is tried again.
    files.set('http://host/hls/s/thumbnails/gone.jpg', 'b');
    expect((await thumbnails.at(START + 9_000))?.x).toBe(320);
  });

  it('keeps the images that were used last, and none when it is closed', async () => {
    const revoked = vi.spyOn(URL, 'revokeObjectURL');
    const cues = Array.from({ length: 10 }, (_, i) => cueAt(i, `thumbnails/${i}.jpg`));
    for (const { uri } of cues) files.set(`http://host/hls/s/${uri}`, uri);
    publish(...cues);
    for (const { date } of cues) await thumbnails.at(date!);
    await vi.waitFor(() => expect(revoked).toHaveBeenCalledTimes(2));
    thumbnails.close();
    await vi.waitFor(() => expect(revoked).toHaveBeenCalledTimes(10));
    expect(await thumbnails.at(START)).toBeUndefined();
  });
});
