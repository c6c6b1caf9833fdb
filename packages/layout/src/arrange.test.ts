import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ArrangeOptions,
  ASPECT_RATIOS,
  arrange,
  PAGE_ALIGNMENT,
  PICTURE_ALIGNMENT,
  type Size,
  type StageItem,
  type Tile,
} from './index.ts';

const people = (count: number): StageItem[] =>
  Array.from({ length: count }, (_, i) => ({ id: `p${i}`, kind: 'person' }));
const HD: Size = { width: 1280, height: 720 };
const options: ArrangeOptions = { layout: 'grid', tileAspectRatio: '16:9', gap: 8, align: PICTURE_ALIGNMENT };

const anyCanvas = fc.constantFrom<Size>(
  HD,
  { width: 720, height: 1280 },
  { width: 640, height: 360 },
  { width: 390, height: 844 },
);
const anyOptions = fc.record({
  layout: fc.constantFrom('grid' as const, 'active_speaker' as const),
  tileAspectRatio: fc.constantFrom('16:9' as const, '4:3' as const, '1:1' as const, '3:4' as const, '9:16' as const),
  gap: fc.integer({ min: 0, max: 12 }),
  align: fc.constantFrom(PICTURE_ALIGNMENT, PAGE_ALIGNMENT),
});

function overlap(a: Tile, b: Tile): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe('arrange', () => {
  it('keeps every tile inside the canvas, apart from the others, aligned, in order', () => {
    fc.assert(
      fc.property(
        anyCanvas,
        anyOptions,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 2 }),
        (canvas, chosen, count, screens) => {
          const items: StageItem[] = [
            ...people(count),
            ...Array.from({ length: screens }, (_, i): StageItem => ({ id: `s${i}`, kind: 'screen' })),
          ];
          const tiles = arrange(items, canvas, chosen);
          for (const tile of tiles) {
            expect(tile.x).toBeGreaterThanOrEqual(0);
            expect(tile.y).toBeGreaterThanOrEqual(0);
            expect(tile.x + tile.width).toBeLessThanOrEqual(canvas.width);
            expect(tile.y + tile.height).toBeLessThanOrEqual(canvas.height);
            expect(tile.width % chosen.align.width).toBe(0);
            for (const value of [tile.x, tile.y, tile.height]) expect(value % chosen.align.position).toBe(0);
          }
          for (let i = 0; i < tiles.length; i++)
            for (let j = 0; j < i; j++) expect(overlap(tiles[i]!, tiles[j]!)).toBe(false);
          expect(new Set(tiles.map((tile) => tile.id)).size).toBe(tiles.length);
        },
      ),
    );
  });

  it('shows everyone in a grid, in equal tiles of the chosen shape', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16 }),
        fc.constantFrom('16:9' as const, '1:1' as const, '9:16' as const),
        (count, tileAspectRatio) => {
          const tiles = arrange(people(count), HD, { ...options, tileAspectRatio });
          expect(tiles.map((tile) => tile.id)).toEqual(people(count).map((item) => item.id));
          for (const tile of tiles) {
            expect(tile.width).toBe(tiles[0]!.width);
            expect(Math.abs(tile.width / tile.height - ASPECT_RATIOS[tileAspectRatio])).toBeLessThan(0.08);
          }
        },
      ),
    );
  });

  it('gives a single person of the canvas shape the whole canvas', () => {
    expect(arrange(people(1), HD, options)).toEqual([{ id: 'p0', x: 0, y: 0, ...HD }]);
  });

  it('places four people two by two', () => {
    expect(arrange(people(4), HD, options)).toMatchInlineSnapshot(`
      [
        {
          "height": 342,
          "id": "p0",
          "width": 608,
          "x": 28,
          "y": 14,
        },
        {
          "height": 342,
          "id": "p1",
          "width": 608,
          "x": 644,
          "y": 14,
        },
        {
          "height": 342,
          "id": "p2",
          "width": 608,
          "x": 28,
          "y": 364,
        },
        {
          "height": 342,
          "id": "p3",
          "width": 608,
          "x": 644,
          "y": 364,
        },
      ]
    `);
  });

  it('puts a shared screen in the main area and people beside it', () => {
    const tiles = arrange([...people(2), { id: 'screen', kind: 'screen' }], HD, options);
    const [main, ...rest] = tiles;
    expect(main?.id).toBe('screen');
    expect(main!.width).toBeGreaterThan(900);
    expect(rest.map((tile) => tile.id)).toEqual(['p0', 'p1']);
    for (const tile of rest) expect(tile.x).toBeGreaterThanOrEqual(main!.x + main!.width);
  });

  it('puts the active person in front and the strip below on a tall canvas', () => {
    const [main, ...rest] = arrange(
      people(3),
      { width: 720, height: 1280 },
      { ...options, layout: 'active_speaker', activeId: 'p1' },
    );
    expect(main?.id).toBe('p1');
    expect(rest.map((tile) => tile.id)).toEqual(['p0', 'p2']);
    for (const tile of rest) expect(tile.y).toBeGreaterThanOrEqual(main!.y + main!.height);
  });

  it('shows no more people beside the main tile than fit', () => {
    expect(arrange(people(12), HD, { ...options, layout: 'active_speaker' })).toHaveLength(6);
  });
});
