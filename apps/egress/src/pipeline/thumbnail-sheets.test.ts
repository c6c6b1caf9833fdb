import { pictureBytes, pictureOver, quietCodecLibrary } from '@amphi/media';
import { readBarcode, run } from '@amphi/testkit';
import { drawTestPicture } from '@amphi/testkit/synthetic';
import { beforeAll, expect, it } from 'vitest';
import { ThumbnailSheets } from './thumbnail-sheets.ts';

beforeAll(() => quietCodecLibrary());

/** Luma of a JPEG file, as a decoder that is not ours sees it. */
const decode = (file: Uint8Array): Promise<Buffer> =>
  run('ffmpeg', ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'], [file]);

it('EG40: takes a picture every four seconds where a segment begins, and tells the sheet each time that it has grown', async () => {
  using sheets = new ThumbnailSheets({ width: 640, height: 360, frameRate: 30, framesPerSegment: 60 });
  const picture = pictureOver(new ArrayBuffer(pictureBytes(640, 360)), 0, 640, 360);
  const told = [];
  for (let tick = 40; tick < 40 + 30 * 110; tick += 10) {
    drawTestPicture(picture, tick * 100, { u: 110, v: 150 });
    const sheet = sheets.take(picture, tick);
    if (sheet) told.push(sheet);
  }
  expect(told.map(({ number }) => number)).toEqual([...Array(25).fill(0), ...Array(told.length - 25).fill(1)]);
  const full = told[24]!;
  expect(full.ticks).toEqual([40, ...Array.from({ length: 24 }, (_, i) => 120 * (i + 1))]);
  expect(told[25]!.ticks).toEqual([3000]);
  expect(full).toMatchObject({ columns: 5, tileWidth: 160, tileHeight: 90 });
  const luma = await decode(full.data);
  expect(luma.byteLength).toBe(800 * 450);
  for (const [i, tick] of full.ticks.entries()) {
    const data = luma.subarray(Math.floor(i / 5) * 90 * 800);
    expect(readBarcode({ data, stride: 800, width: 800 }, { x: (i % 5) * 160, y: 0, width: 160 })).toBe(tick * 100);
  }
  // What is not there yet is black, but for the rest of a block of 16 rows.
  expect((await decode(told[0]!.data)).subarray(96 * 800).every((value) => value < 4)).toBe(true);
}, 20_000);

it.each([
  [1280, 720, 160, 90],
  [720, 1280, 90, 160],
  [960, 720, 160, 120],
  [720, 720, 160, 160],
])('EG40: a tile has the shape of what is streamed: %d×%d', (width, height, tileWidth, tileHeight) => {
  using sheets = new ThumbnailSheets({ width, height, frameRate: 30, framesPerSegment: 60 });
  const picture = pictureOver(new ArrayBuffer(pictureBytes(width, height)), 0, width, height);
  expect(sheets.take(picture, 0)).toMatchObject({ tileWidth, tileHeight });
});
