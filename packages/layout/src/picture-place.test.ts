import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PICTURE_ALIGNMENT, placePicture, TILE_FITS } from './index.ts';

const tile = { x: 16, y: 8, width: 640, height: 360 };
const place = (width: number, height: number, kind: 'person' | 'screen', fit: (typeof TILE_FITS)[number]) =>
  placePicture(tile, { width, height }, { kind, fit, align: PICTURE_ALIGNMENT });

describe('a picture in its tile', () => {
  it('LY4: of the same shape fills it', () => {
    for (const fit of TILE_FITS)
      expect(place(1280, 720, 'person', fit)).toEqual({ from: { x: 0, y: 0, width: 1280, height: 720 }, to: tile });
  });

  it('LY4: of another shape is cropped, fitted, or by how much would be lost', () => {
    expect(place(640, 480, 'person', 'crop')).toEqual({ from: { x: 0, y: 60, width: 640, height: 360 }, to: tile });
    expect(place(640, 480, 'person', 'fit')).toEqual({
      from: { x: 0, y: 0, width: 640, height: 480 },
      to: { x: 96, y: 8, width: 480, height: 360 },
    });
    expect(place(640, 480, 'person', 'auto')).toEqual(place(640, 480, 'person', 'crop'));
    expect(place(720, 1280, 'person', 'auto')).toEqual(place(720, 1280, 'person', 'fit'));
    expect(place(720, 1280, 'person', 'crop').from).toEqual({ x: 0, y: 438, width: 720, height: 404 });
  });

  it('LY4: of a screen is never cropped', () => {
    for (const fit of TILE_FITS) expect(place(640, 480, 'screen', fit)).toEqual(place(640, 480, 'person', 'fit'));
  });

  it('LY4: stays inside of its tile and of itself, whatever its size', () => {
    const size = fc.integer({ min: 1, max: 2000 }).map((half) => 2 * half);
    fc.assert(
      fc.property(size, size, fc.constantFrom(...TILE_FITS), (width, height, fit) => {
        const { from, to } = place(width, height, 'person', fit);
        expect(from.width).toBeGreaterThan(0);
        expect(from.height).toBeGreaterThan(0);
        expect(from.x + from.width).toBeLessThanOrEqual(width);
        expect(from.y + from.height).toBeLessThanOrEqual(height);
        expect(to.x).toBeGreaterThanOrEqual(tile.x);
        expect(to.y).toBeGreaterThanOrEqual(tile.y);
        expect(to.x + to.width).toBeLessThanOrEqual(tile.x + tile.width);
        expect(to.y + to.height).toBeLessThanOrEqual(tile.y + tile.height);
        for (const value of [from.x, from.y, from.width, from.height, to.x, to.y, to.height]) expect(value % 2).toBe(0);
      }),
    );
  });
});
