import { fitInto, PICTURE_ALIGNMENT } from '@amphi/layout';
import { readBarcode } from '@amphi/testkit';
import { drawTestPicture, lumaOf } from '@amphi/testkit/synthetic';
import { createCanvas } from '@napi-rs/canvas';
import { afterEach, describe, expect, it } from 'vitest';
import { fillPicture, type Picture, pictureBytes, pictureOver } from '../native/planes.ts';
import { type DecodedPicture, VideoDecoder } from '../native/video-decoder.ts';
import { Vp8Encoder } from '../native/vp8-encoder.ts';
import { Compositor, type CompositorItem } from './compositor.ts';
import { drawLettering, initialsOf, type Lettering } from './drawing.ts';
import { imageSizeOf } from './image-size.ts';
import { blend, type Overlay, overlayFromRgba, yuvOf } from './overlay.ts';

const WIDTH = 640;
const HEIGHT = 360;
const GRID = { layout: 'grid', tileAspectRatio: '16:9', gap: 8 } as const;

const canvases = (): Picture[] => {
  const memory = new SharedArrayBuffer(2 * pictureBytes(WIDTH, HEIGHT));
  return [0, 1].map((i) => pictureOver(memory, i * pictureBytes(WIDTH, HEIGHT), WIDTH, HEIGHT));
};

const person = (id: string, more: Partial<CompositorItem> = {}): CompositorItem => ({
  id,
  kind: 'person',
  name: 'Ann Example',
  videoSourceId: `${id}-camera`,
  audioMuted: false,
  ...more,
});

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0).reverse()) each.close();
});

/** A decoded picture with this code in it. */
function decoded(code: number, width = 320, height = 180): DecodedPicture {
  const encoder = new Vp8Encoder({ width, height, frameRate: 30, bitrateBps: 1_000_000 });
  const decoder = new VideoDecoder('vp8');
  const picture = pictureOver(new ArrayBuffer(pictureBytes(width, height)), 0, width, height);
  drawTestPicture(picture, code, { u: 100, v: 160 });
  const [frame] = encoder.encode(picture, true);
  const [result] = decoder.decode(frame!.data, 0);
  encoder.close();
  decoder.close();
  open.push(result!);
  return result!;
}

/** Grey, as large as a tile needs. */
const plain = pictureOver(new ArrayBuffer(pictureBytes(320, 180)), 0, 320, 180);
fillPicture(plain, [90, 128, 128]);

const compositorOn = (pictures: readonly Picture[]): Compositor => {
  const compositor = new Compositor({ canvases: pictures, title: 'Town hall' });
  open.push(compositor);
  return compositor;
};

describe('compositor', () => {
  it('EG7: draws each source into its tile and leaves the gaps alone', () => {
    const [canvas] = canvases() as [Picture];
    const compositor = compositorOn([canvas]);
    compositor.setScene(
      ['a', 'b', 'c', 'd'].map((id) => person(id)),
      GRID,
    );
    const sources = new Map(['a', 'b', 'c', 'd'].map((id, i) => [`${id}-camera`, decoded(1_500 + i)]));
    expect(compositor.draw(0, (id) => sources.get(id))).toBe(4);
    expect(compositor.tiles.map((tile) => readBarcode(lumaOf(canvas), tile))).toEqual([1_500, 1_501, 1_502, 1_503]);
    const [first, second] = compositor.tiles;
    for (let y = first!.y; y < first!.y + first!.height; y++) {
      for (let x = first!.x + first!.width; x < second!.x; x++) expect(canvas.planes[0][y * WIDTH + x]).toBe(30);
    }
  });

  it('draws a tile again only when its picture has changed, per canvas', () => {
    const compositor = compositorOn(canvases());
    compositor.setScene([person('a'), person('b')], GRID);
    const sources = new Map([
      ['a-camera', decoded(1)],
      ['b-camera', decoded(2)],
    ]);
    const pictureOf = (id: string) => sources.get(id);
    expect(compositor.draw(0, pictureOf)).toBe(2);
    expect(compositor.draw(0, pictureOf)).toBe(0);
    expect(compositor.draw(1, pictureOf)).toBe(2);
    sources.set('a-camera', decoded(3));
    expect(compositor.draw(0, pictureOf)).toBe(1);
    compositor.setScene([person('a')], GRID);
    expect(compositor.draw(0, pictureOf)).toBe(1);
  });

  it('EG7: shows initials while there is no picture, and the label over everything', () => {
    const [canvas] = canvases() as [Picture];
    const compositor = compositorOn([canvas]);
    compositor.setScene([person('a', { videoSourceId: undefined, audioMuted: true })], GRID);
    compositor.draw(0, () => undefined);
    // White of the letters near the middle, white of the name at the bottom left.
    const brightest = (x0: number, y0: number, width: number, height: number): number => {
      let most = 0;
      for (let y = y0; y < y0 + height; y++) {
        for (let x = x0; x < x0 + width; x++) most = Math.max(most, canvas.planes[0][y * WIDTH + x]!);
      }
      return most;
    };
    expect(brightest(WIDTH / 2 - 40, HEIGHT / 2 - 40, 80, 80)).toBeGreaterThan(200);
    expect(brightest(16, HEIGHT - 32, 120, 18)).toBeGreaterThan(200);
    expect(brightest(WIDTH - 100, 10, 80, 80)).toBeLessThan(60);
  });

  it('EG8: keeps the stream alive with the name of the room while nobody is on stage', () => {
    const [canvas] = canvases() as [Picture];
    const compositor = compositorOn([canvas]);
    compositor.setScene([], GRID);
    compositor.draw(0, () => undefined);
    expect(canvas.planes[0].some((luma) => luma > 200)).toBe(true);
    compositor.setScene([person('a')], GRID);
    compositor.draw(0, () => undefined);
    compositor.setScene([], GRID);
    compositor.draw(0, () => undefined);
    expect(canvas.planes[0].some((luma) => luma > 200)).toBe(true);
  });

  it('shows a picture of another shape whole, and a camera cut a little', () => {
    const [canvas] = canvases() as [Picture];
    const compositor = compositorOn([canvas]);
    compositor.setScene([person('a')], GRID);
    const tall = decoded(77, 180, 320);
    compositor.draw(0, () => tall);
    // 9:16 in the middle of 16:9: plate left and right, code readable in the middle.
    expect(canvas.planes[0][180 * WIDTH + 20]).toBe(48);
    const place = fitInto({ x: 0, y: 0, width: WIDTH, height: HEIGHT }, 9 / 16, PICTURE_ALIGNMENT);
    expect(readBarcode(lumaOf(canvas), place)).toBe(77);
    const square = decoded(78, 256, 192);
    compositor.draw(0, () => square);
    expect(canvas.planes[0][180 * WIDTH + 20]).not.toBe(48);
  });

  it('LY8: moves tiles to new places, then draws only what is new again', () => {
    const memory = canvases();
    const compositor = new Compositor({ canvases: memory, title: 'Town hall', transitionMs: 300 });
    open.push(compositor);
    const sources = new Map([
      ['a-camera', decoded(31)],
      ['b-camera', decoded(32)],
    ]);
    const pictureOf = (id: string) => sources.get(id);
    const codesAt = (slot: number) => compositor.tiles.map((tile) => readBarcode(lumaOf(memory[slot]!), tile));
    compositor.setScene([person('a')], GRID);
    compositor.draw(0, pictureOf, 1_000);
    expect(codesAt(0)).toEqual([31]);
    compositor.setScene([person('a'), person('b')], GRID);
    expect(compositor.draw(0, pictureOf, 1_033)).toBe(2);
    expect(compositor.isMoving).toBe(true);
    expect(codesAt(0)).not.toEqual([31, 32]);
    expect(compositor.draw(1, pictureOf, 1_200)).toBe(2);
    for (const slot of [0, 1]) {
      compositor.draw(slot, pictureOf, 1_333);
      expect(codesAt(slot)).toEqual([31, 32]);
    }
    expect(compositor.isMoving).toBe(false);
    expect(compositor.draw(0, pictureOf, 1_366)).toBe(0);
  });

  it('goes on without texts until they come, and keeps the old ones as long', async () => {
    const [canvas] = canvases() as [Picture];
    const asked: { lettering: Lettering; resolve(overlay: Overlay): void }[] = [];
    const compositor = new Compositor({
      canvases: [canvas],
      title: 'Town hall',
      letterer: (lettering) => new Promise((resolve) => asked.push({ lettering, resolve })),
    });
    open.push(compositor);
    const white = overlayFromRgba(new Uint8Array(20 * 20 * 4).fill(255), 20, 20);
    const labelLuma = () => canvas.planes[0][(HEIGHT - 14) * WIDTH + 14];
    const answer = async (kind: Lettering['kind']) => {
      for (const each of asked.filter(({ lettering }) => lettering.kind === kind)) each.resolve(white);
      await Promise.resolve();
    };
    compositor.setScene([person('a')], GRID);
    compositor.draw(0, () => undefined);
    expect(labelLuma()).toBe(48);
    await answer('label');
    expect(compositor.draw(0, () => undefined)).toBe(1);
    expect(labelLuma()).toBe(235);
    compositor.setScene([person('a', { audioMuted: true })], GRID);
    compositor.draw(0, () => undefined);
    expect(labelLuma()).toBe(235);
    expect(asked.filter(({ lettering }) => lettering.kind === 'label')).toHaveLength(2);
  });

  it('EG30: lays the logo over everything, as heavy after many pictures as after one', async () => {
    const [canvas] = canvases() as [Picture];
    const half = overlayFromRgba(
      new Uint8Array(40 * 40 * 4).map((_, i) => (i % 4 === 3 ? 128 : 255)),
      40,
      40,
    );
    const compositor = new Compositor({
      canvases: [canvas],
      title: 'Town hall',
      letterer: (lettering) => (lettering.kind === 'image' ? half : drawLettering(lettering)),
    });
    open.push(compositor);
    const logo = { image: 'data:image/png;base64,', corner: 'top_right' } as const;
    compositor.setScene([person('a'), person('b')], { ...GRID, logo });
    const around = () => Buffer.from(canvas.planes[0].subarray(0, 60 * WIDTH));
    compositor.draw(0, (id) => (id === 'a-camera' ? undefined : { serial: 1, picture: plain }));
    const first = around();
    for (let serial = 2; serial < 20; serial++) compositor.draw(0, () => ({ serial, picture: plain }));
    compositor.draw(0, (id) => (id === 'a-camera' ? undefined : { serial: 99, picture: plain }));
    expect(around().equals(first)).toBe(true);
    // Half white over the background, above the tile.
    expect(canvas.planes[0][12 * WIDTH + WIDTH - 20]).toBeGreaterThan(120);
  });

  it('survives tiny tiles, long names and any number of people', () => {
    const [canvas] = canvases() as [Picture];
    const compositor = compositorOn([canvas]);
    for (const count of [1, 7, 30, 60]) {
      compositor.setScene(
        Array.from({ length: count }, (_, i) => person(`p${i}`, { name: '🐙 Ж'.repeat(i), videoSourceId: undefined })),
        { ...GRID, layout: count % 2 ? 'active_speaker' : 'grid' },
      );
      expect(compositor.draw(0, () => undefined)).toBeGreaterThan(0);
    }
  });
});

describe('overlays', () => {
  it('turn RGB into studio-range BT.601 and blend by alpha', () => {
    const rgba = new Uint8Array(4 * 4 * 4);
    for (let i = 0; i < 16; i++) rgba.set([255, 255, 255, i % 4 < 2 ? 255 : 0], i * 4);
    const picture = pictureOver(new ArrayBuffer(pictureBytes(8, 8)), 0, 8, 8);
    picture.planes[0].fill(50);
    blend(picture, overlayFromRgba(rgba, 4, 4), 2, 2);
    expect([...picture.planes[0].subarray(2 * 8, 3 * 8)]).toEqual([50, 50, 235, 235, 50, 50, 50, 50]);
    expect([...picture.planes[1].subarray(4, 8)]).toEqual([0, 128, 0, 0]);
  });

  it('are cut off at the edge of the picture', () => {
    const picture = pictureOver(new ArrayBuffer(pictureBytes(4, 4)), 0, 4, 4);
    blend(picture, overlayFromRgba(new Uint8Array(8 * 8 * 4).fill(255), 8, 8), 2, 2);
    expect([...picture.planes[0]]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 235, 235, 0, 0, 235, 235]);
  });
});

describe('images', () => {
  const png = (width: number, height: number): Buffer => {
    const bytes = Buffer.alloc(24);
    bytes.writeUInt32BE(0x89504e47, 0);
    bytes.writeUInt32BE(0x0d0a1a0a, 4);
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    return bytes;
  };

  it('EG30: are measured before anything is decoded', async () => {
    expect(imageSizeOf(png(640, 480))).toEqual({ width: 640, height: 480 });
    for (const bytes of [
      png(60_000, 60_000),
      png(0, 1),
      Buffer.from('GIF89a'),
      Buffer.alloc(0),
      Buffer.from([0xff, 0xd8, 0xff]),
    ])
      expect(() => imageSizeOf(bytes)).toThrow(/image/);
    const canvas = createCanvas(48, 32);
    expect(imageSizeOf(await canvas.encode('png'))).toEqual({ width: 48, height: 32 });
    expect(imageSizeOf(await canvas.encode('jpeg'))).toEqual({ width: 48, height: 32 });
  });

  it('EG30: cover their box or fit in it', async () => {
    const canvas = createCanvas(60, 30);
    const data = `data:image/png;base64,${(await canvas.encode('png')).toString('base64')}`;
    const sizes = await Promise.all(
      (['cover', 'contain'] as const).map((fit) => drawLettering({ kind: 'image', data, width: 40, height: 40, fit })),
    );
    expect(sizes.map(({ width, height }) => [width, height])).toEqual([
      [40, 40],
      [40, 20],
    ]);
    const broken = `data:image/png;base64,${png(8, 8).toString('base64')}`;
    await expect(drawLettering({ kind: 'image', data: broken, width: 40, height: 40, fit: 'cover' })).rejects.toThrow();
  });
});

it('the usual background is the one it always was', () => {
  expect(yuvOf('#0d1016')).toEqual([30, 131, 126]);
});

it.each([
  ['Ann Example', 'AE'],
  ['हिन्दी मन', 'हिम'],
  ['👨‍👩‍👧 family', '👨‍👩‍👧F'],
  ['bob', 'B'],
  ['', '?'],
  ['  Ünal van der Öst ', 'ÜÖ'],
  ['😀 party', '😀P'],
])('initials of %j are %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});
