import type { StageItem } from '@amphi/layout';
import { describe, expect, it } from 'vitest';
import { placeTiles } from './stage-shape.ts';

const people = (count: number): StageItem[] =>
  Array.from({ length: count }, (_, index) => ({ id: `p${index}`, kind: 'person' }));

describe('the stage on a page', () => {
  it('keeps the shape of the stream on a wide canvas', () => {
    for (const count of [1, 2, 5, 9]) {
      for (const tile of placeTiles(people(count), { width: 1000, height: 600 }, { layout: 'grid' })) {
        expect(tile.width / tile.height).toBeCloseTo(16 / 9, 1);
      }
    }
  });

  it('fills a phone better than wide tiles would', () => {
    const canvas = { width: 375, height: 560 };
    const [only] = placeTiles(people(1), canvas, { layout: 'grid' });
    expect((only?.width ?? 0) * (only?.height ?? 0)).toBeGreaterThan(0.8 * canvas.width * canvas.height);
    const two = placeTiles(people(2), canvas, { layout: 'grid' });
    expect(two).toHaveLength(2);
    expect(two[0]?.x).toBe(two[1]?.x);
  });

  it('never leaves the canvas and never overlaps', () => {
    const canvas = { width: 360, height: 640 };
    const tiles = placeTiles(people(7), canvas, { layout: 'grid' });
    for (const [index, a] of tiles.entries()) {
      expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= canvas.width && a.y + a.height <= canvas.height).toBe(true);
      for (const b of tiles.slice(index + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart).toBe(true);
      }
    }
  });

  it('is empty before the page knows its size', () => {
    expect(placeTiles(people(2), { width: 0, height: 0 }, { layout: 'grid' })).toEqual([]);
  });
});
