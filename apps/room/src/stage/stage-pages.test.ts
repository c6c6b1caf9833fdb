import type { StageItem } from '@amphi/layout';
import { describe, expect, it } from 'vitest';
import { LEAST_TILE, PAGER_HEIGHT, stagePage } from './stage-pages.ts';

const people = (count: number): StageItem[] =>
  Array.from({ length: count }, (_, index) => ({ id: `p${index}`, kind: 'person' }));
const screen: StageItem = { id: 's', kind: 'screen' };
const GRID = { layout: 'grid' } as const;
const PHONE = { width: 360, height: 560 };
const LAPTOP = { width: 1200, height: 600 };

/** Ids on each page, one page after the other. */
function turned(items: readonly StageItem[], options: Parameters<typeof stagePage>[2], canvas = PHONE): string[][] {
  const { pages } = stagePage(items, canvas, options, 0);
  return Array.from({ length: pages }, (_, page) => stagePage(items, canvas, options, page).places.map(({ id }) => id));
}

describe('pages of the stage', () => {
  it('STG1: there is one while everybody can be made out', () => {
    expect(stagePage(people(1), PHONE, GRID, 0)).toMatchObject({ page: 0, pages: 1 });
    expect(stagePage(people(4), PHONE, GRID, 3)).toMatchObject({ page: 0, pages: 1 });
    expect(stagePage(people(25), LAPTOP, GRID, 0).pages).toBe(1);
    expect(stagePage([], PHONE, GRID, 0)).toEqual({ places: [], page: 0, pages: 1 });
  });

  it.each([
    [PHONE, 30],
    [LAPTOP, 60],
    [{ width: 300, height: 200 }, 7],
    [{ width: 20, height: 20 }, 3],
  ])('STG1: on %j %d people are seen once each, in their order', (canvas, count) => {
    const pages = turned(people(count), GRID, canvas);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat()).toEqual(people(count).map(({ id }) => id));
  });

  it('STG1: tiles of a page can be made out, and leave room for the buttons', () => {
    for (const { width, height, y } of stagePage(people(40), PHONE, GRID, 1).places) {
      expect(width).toBeGreaterThanOrEqual(LEAST_TILE.inGrid.width);
      expect(height).toBeGreaterThanOrEqual(LEAST_TILE.inGrid.height);
      expect(y + height).toBeLessThanOrEqual(PHONE.height - PAGER_HEIGHT);
    }
  });

  it('STG1: what is in front is on every page, once', () => {
    const spoken = turned(people(20), { layout: 'active_speaker', activeId: 'p7' }, LAPTOP);
    expect(spoken.every(([front]) => front === 'p7')).toBe(true);
    expect(spoken.flatMap(([, ...others]) => others)).toEqual(
      people(20)
        .map(({ id }) => id)
        .filter((id) => id !== 'p7'),
    );
    const shared = turned([...people(20), screen], GRID, LAPTOP);
    expect(shared.every(([front]) => front === 's')).toBe(true);
    expect(shared.flatMap(([, ...others]) => others)).toEqual(people(20).map(({ id }) => id));
  });

  it('STG14: beside who speaks a sidebar has everybody, where a bar has five, and a tall page has a bar', () => {
    const options = { layout: 'sidebar', activeId: 'p7' } as const;
    const { places, pages } = stagePage(people(20), LAPTOP, options, 0);
    expect(pages).toBe(1);
    expect(places).toHaveLength(20);
    const [large, ...others] = places;
    expect(large?.id).toBe('p7');
    for (const { x, width, height } of others) {
      expect(x).toBeGreaterThanOrEqual(large!.x + large!.width);
      expect(width).toBeGreaterThanOrEqual(LEAST_TILE.inStrip.width);
      expect(height).toBeGreaterThanOrEqual(LEAST_TILE.inStrip.height);
    }
    const bar = { ...options, layout: 'active_speaker' } as const;
    expect(turned(people(20), options, PHONE)).toEqual(turned(people(20), bar, PHONE));
    expect(stagePage(people(60), LAPTOP, options, 0).pages).toBeGreaterThan(1);
    expect(new Set(turned(people(60), options, LAPTOP).flat()).size).toBe(60);
  });

  it('STG1: several screens are side by side where they can be read, else some are on each page', () => {
    const shared = (count: number): StageItem[] =>
      Array.from({ length: count }, (_, index) => ({ id: `s${index}`, kind: 'screen' }));
    expect(turned([...people(3), ...shared(2)], GRID, LAPTOP)).toEqual([['s0', 's1', 'p0', 'p1', 'p2']]);
    const pages = turned([...people(3), ...shared(6)], GRID, LAPTOP);
    expect(pages.map((page) => page.filter((id) => id.startsWith('s')))).toEqual([
      ['s0', 's1', 's2', 's3'],
      ['s4', 's5'],
    ]);
    expect(pages.every((page) => page.includes('p2'))).toBe(true);
    for (const page of [0, 1, 2]) {
      const { places } = stagePage([...people(1), ...shared(5)], PHONE, GRID, page);
      for (const { width, height } of places.filter(({ id }) => id.startsWith('s'))) {
        expect(width).toBeGreaterThanOrEqual(LEAST_TILE.screen.width);
        expect(height).toBeGreaterThanOrEqual(LEAST_TILE.screen.height);
      }
    }
    const onPhone = turned([...people(30), ...shared(5)], GRID);
    expect([...new Set(onPhone.flat())].sort()).toEqual([...people(30), ...shared(5)].map(({ id }) => id).sort());
    // The side with fewer pages stays on its last.
    expect(onPhone.at(-1)).toContain('s4');
  });

  it('STG1: a page that is no longer there gives way to the last', () => {
    const { page, pages } = stagePage(people(30), PHONE, GRID, 99);
    expect(page).toBe(pages - 1);
    expect(stagePage(people(30), PHONE, GRID, -1).page).toBe(0);
  });

  it('STG1: there is one before the page knows its size', () => {
    expect(stagePage(people(9), { width: 0, height: 0 }, GRID, 0).places).toEqual([]);
  });
});
