import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ArrangeOptions,
  ASPECT_RATIOS,
  type AspectRatio,
  arrange,
  LAYOUTS,
  MAX_GRID_TILES,
  MAX_INSETS,
  MAX_SCREENS,
  MAX_STRIP_TILES,
  overlaps,
  PAGE_ALIGNMENT,
  PICTURE_ALIGNMENT,
  type Size,
  type StageItem,
  type Tile,
} from './index.ts';

const SHAPES = Object.keys(ASPECT_RATIOS) as AspectRatio[];
/** 720 lines on the shorter side. */
const CANVASES: Record<AspectRatio, Size> = {
  '16:9': { width: 1280, height: 720 },
  '4:3': { width: 960, height: 720 },
  '1:1': { width: 720, height: 720 },
  '3:4': { width: 720, height: 960 },
  '9:16': { width: 720, height: 1280 },
};
const HD = CANVASES['16:9'];
const options: ArrangeOptions = { layout: 'grid', tileAspectRatio: '16:9', gap: 8, align: PICTURE_ALIGNMENT };

const people = (count: number): StageItem[] =>
  Array.from({ length: count }, (_, i) => ({ id: `p${i}`, kind: 'person' }));
const screens = (count: number): StageItem[] =>
  Array.from({ length: count }, (_, i) => ({ id: `s${i}`, kind: 'screen' }));
const ids = (tiles: readonly Tile[]): string[] => tiles.map((tile) => tile.id);
const rowsOf = (tiles: readonly Tile[]): number[] =>
  [...new Set(tiles.map((tile) => tile.y))].map((y) => tiles.filter((tile) => tile.y === y).length);

const anyCanvas = fc.constantFrom<Size>(
  ...Object.values(CANVASES),
  { width: 640, height: 360 },
  { width: 390, height: 844 },
);
const anyOptions = fc.record({
  layout: fc.constantFrom(...LAYOUTS),
  tileAspectRatio: fc.constantFrom(...SHAPES),
  gap: fc.integer({ min: 0, max: 12 }),
  margin: fc.integer({ min: 0, max: 24 }),
  align: fc.constantFrom(PICTURE_ALIGNMENT, PAGE_ALIGNMENT),
});
const anyStage = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 5 }));

/** How many of a stage a layout has room for. */
function places(layout: ArrangeOptions['layout'], peopleCount: number, screenCount: number): number {
  const main = screenCount > 0 ? Math.min(screenCount, MAX_SCREENS) : Math.min(1, peopleCount);
  const others = peopleCount - (screenCount > 0 ? 0 : main);
  switch (layout) {
    case 'single':
      return main;
    case 'picture_in_picture':
      return main + Math.min(others, MAX_INSETS);
    case 'sidebar':
      return main + Math.min(others, MAX_GRID_TILES - main);
    case 'grid':
      if (screenCount === 0) return Math.min(peopleCount, MAX_GRID_TILES);
      return main + Math.min(others, MAX_STRIP_TILES);
    default:
      return main + Math.min(others, MAX_STRIP_TILES);
  }
}

describe('arrange', () => {
  it('LY1: keeps every tile inside the canvas, apart from the others, aligned', () => {
    fc.assert(
      fc.property(anyCanvas, anyOptions, anyStage, (canvas, chosen, [count, screenCount]) => {
        const tiles = arrange([...people(count), ...screens(screenCount)], canvas, chosen);
        for (const tile of tiles) {
          expect(tile.x).toBeGreaterThanOrEqual(0);
          expect(tile.y).toBeGreaterThanOrEqual(0);
          expect(tile.x + tile.width).toBeLessThanOrEqual(canvas.width);
          expect(tile.y + tile.height).toBeLessThanOrEqual(canvas.height);
          expect(tile.width % chosen.align.width).toBe(0);
          for (const value of [tile.x, tile.y, tile.height]) expect(value % chosen.align.position).toBe(0);
        }
        const isLarge = (tile: Tile) => chosen.layout === 'picture_in_picture' && tile.id === tiles[0]?.id;
        const flat = tiles.filter(
          (tile) => !isLarge(tile) && !(chosen.layout === 'picture_in_picture' && tile.id.startsWith('s')),
        );
        for (let i = 0; i < flat.length; i++)
          for (let j = 0; j < i; j++) expect(overlaps(flat[i]!, flat[j]!)).toBe(false);
        expect(new Set(ids(tiles)).size).toBe(tiles.length);
      }),
      { numRuns: 400 },
    );
  });

  it('LY2: shows as many of the stage as the layout has places, and the rest is what is missing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(CANVASES)),
        fc.constantFrom(...LAYOUTS),
        fc.constantFrom(...SHAPES),
        anyStage,
        (canvas, layout, tileAspectRatio, [count, screenCount]) => {
          const tiles = arrange([...people(count), ...screens(screenCount)], canvas, {
            ...options,
            layout,
            tileAspectRatio,
          });
          expect(tiles).toHaveLength(places(layout, count, screenCount));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('LY3: gives every small tile the chosen shape, to within the step of its width', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(CANVASES)),
        fc.constantFrom(...LAYOUTS),
        fc.constantFrom(...SHAPES),
        fc.integer({ min: 2, max: 49 }),
        (canvas, layout, tileAspectRatio, count) => {
          const tiles = arrange(people(count), canvas, { ...options, layout, tileAspectRatio });
          const small = layout === 'grid' ? tiles : tiles.slice(1);
          for (const tile of small) {
            expect({ width: tile.width, height: tile.height }).toEqual({
              width: small[0]!.width,
              height: small[0]!.height,
            });
            // Heights follow from widths, cut to two lines.
            expect(Math.abs(tile.height - tile.width / ASPECT_RATIOS[tileAspectRatio])).toBeLessThanOrEqual(2);
          }
        },
      ),
    );
  });

  it('LY3: keeps gaps equal and even, and the margin', () => {
    const tiles = arrange(people(4), HD, { ...options, gap: 7, margin: 21 });
    const [first, second, third] = tiles;
    expect(second!.x - first!.x - first!.width).toBe(8);
    expect(third!.y - first!.y - first!.height).toBe(8);
    expect(Math.min(...tiles.map((tile) => tile.x))).toBeGreaterThanOrEqual(21);
    expect(Math.min(...tiles.map((tile) => tile.y))).toBeGreaterThanOrEqual(21);
  });

  it('LY6: fills the rows of a grid as people expect, the last one in the middle', () => {
    const rows = Array.from({ length: 49 }, (_, i) => rowsOf(arrange(people(i + 1), HD, options)));
    expect(rows.slice(0, 17)).toEqual([
      [1],
      [2],
      [2, 1],
      [2, 2],
      [3, 2],
      [3, 3],
      [3, 3, 1],
      [3, 3, 2],
      [3, 3, 3],
      [4, 4, 2],
      [4, 4, 3],
      [4, 4, 4],
      [4, 4, 4, 1],
      [4, 4, 4, 2],
      [4, 4, 4, 3],
      [4, 4, 4, 4],
      [5, 5, 5, 2],
    ]);
    expect(rows[24]).toEqual([5, 5, 5, 5, 5]);
    expect(rows[48]).toEqual([7, 7, 7, 7, 7, 7, 7]);
    for (const [index] of rows.entries()) {
      const tiles = arrange(people(index + 1), HD, options);
      for (const y of new Set(tiles.map((tile) => tile.y))) {
        const row = tiles.filter((tile) => tile.y === y);
        const right = HD.width - row.at(-1)!.x - row.at(-1)!.width;
        expect(Math.abs(row[0]!.x - right)).toBeLessThanOrEqual(2);
      }
    }
  });

  it('LY6: stacks people on an upright canvas', () => {
    expect(rowsOf(arrange(people(2), CANVASES['9:16'], options))).toEqual([1, 1]);
    expect(rowsOf(arrange(people(4), CANVASES['9:16'], { ...options, tileAspectRatio: '9:16' }))).toEqual([2, 2]);
  });

  it('gives a single person of the canvas shape the whole canvas', () => {
    expect(arrange(people(1), HD, options)).toEqual([{ id: 'p0', x: 0, y: 0, ...HD }]);
  });

  it('LY7: puts a shared screen in the large place of every layout, people aside', () => {
    for (const layout of LAYOUTS) {
      const [main, ...rest] = arrange([...people(2), ...screens(1)], HD, { ...options, layout });
      expect(main?.id).toBe('s0');
      expect(main!.width).toBeGreaterThan(800);
      expect(ids(rest)).toEqual(layout === 'single' ? [] : ['p0', 'p1']);
      if (layout !== 'picture_in_picture')
        for (const tile of rest) expect(tile.x).toBeGreaterThanOrEqual(main!.x + main!.width);
    }
  });

  it('LY7: shows two shared screens both, equally large', () => {
    for (const layout of LAYOUTS) {
      const tiles = arrange([...people(3), ...screens(2)], HD, { ...options, layout });
      const [a, b, ...rest] = tiles;
      expect([a?.id, b?.id]).toEqual(['s0', 's1']);
      expect([a!.width, a!.height]).toEqual([b!.width, b!.height]);
      expect(overlaps(a!, b!)).toBe(false);
      if (layout !== 'picture_in_picture') for (const tile of rest) expect(tile.width).toBeLessThan(a!.width);
    }
  });

  it('LY7: lays no inset over one of several screens; two on a wide canvas are as large as alone', () => {
    const shares = fc.integer({ min: 2, max: MAX_SCREENS });
    fc.assert(
      fc.property(anyCanvas, anyOptions, shares, fc.integer({ min: 1, max: 5 }), (canvas, given, count, persons) => {
        const layout = 'picture_in_picture';
        const tiles = arrange([...people(persons), ...screens(count)], canvas, { ...given, layout });
        expect(tiles).toHaveLength(count + Math.min(persons, MAX_INSETS));
        for (const [index, tile] of tiles.entries())
          expect(tiles.slice(index + 1).some((other) => overlaps(tile, other))).toBe(false);
      }),
    );
    const first = (persons: number) =>
      arrange([...people(persons), ...screens(2)], HD, { ...options, layout: 'picture_in_picture' })[0]!;
    expect([first(3).width, first(3).height]).toEqual([first(0).width, first(0).height]);
  });

  it('puts the active person in front, the bar below on a tall canvas', () => {
    const [main, ...rest] = arrange(people(3), CANVASES['9:16'], {
      ...options,
      layout: 'active_speaker',
      activeId: 'p1',
    });
    expect(main?.id).toBe('p1');
    expect(ids(rest)).toEqual(['p0', 'p2']);
    for (const tile of rest) expect(tile.y).toBeGreaterThanOrEqual(main!.y + main!.height);
  });

  it('lays insets over the right edge, the face of the voice first beside a screen', () => {
    const chosen = { ...options, layout: 'picture_in_picture', activeId: 'p2' } as const;
    const [main, ...rest] = arrange(people(5), HD, chosen);
    expect(main).toEqual({ id: 'p2', x: 0, y: 0, ...HD });
    expect(ids(rest)).toEqual(['p0', 'p1', 'p3']);
    for (const tile of rest) expect(tile.x + tile.width).toBe(HD.width - 18);
    expect(ids(arrange([...people(5), ...screens(1)], HD, chosen))).toEqual(['s0', 'p2', 'p0', 'p1']);
  });

  it('golden: every layout, on every canvas', () => {
    const seen = LAYOUTS.flatMap((layout) =>
      SHAPES.map((shape) => {
        const draw = (items: StageItem[]) =>
          arrange(items, CANVASES[shape], { ...options, layout }).map(
            ({ id, x, y, width, height }) => `${id} ${width}×${height}+${x}+${y}`,
          );
        return [`${layout} on ${shape}`, draw(people(4)).join(', '), draw([...people(2), ...screens(1)]).join(', ')];
      }),
    );
    expect(seen).toMatchSnapshot();
  });
});

describe('a canvas as a page knows it', () => {
  /** Like a DOMRect: nothing of its own that could be spread, and a place in the page. */
  class PageRect {
    get x(): number {
      return 40;
    }
    get y(): number {
      return 60;
    }
    get width(): number {
      return HD.width;
    }
    get height(): number {
      return HD.height;
    }
  }

  it.each(LAYOUTS)('%s places the same on it', (layout) => {
    const asked = { ...options, layout };
    const expected = arrange(people(4), HD, asked);
    expect(arrange(people(4), new PageRect(), asked)).toEqual(expected);
    expect(arrange(people(4), { x: 40, y: 60, ...HD } as Size, asked)).toEqual(expected);
  });
});
