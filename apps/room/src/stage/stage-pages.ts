import { MAX_GRID_TILES, MAX_SCREENS, MAX_STRIP_TILES, type Size, type StageItem, type Tile } from '@amphi/layout';
import { placeTiles, type StageLayout } from './stage-shape.ts';

/** In a smaller tile nothing can be made out: rather there are pages. Beside a large one smaller ones will do. In CSS pixels. */
export const LEAST_TILE = {
  inGrid: { width: 148, height: 96 },
  inStrip: { width: 72, height: 48 },
  screen: { width: 240, height: 135 },
} as const;

/** Taken from the stage's height by the buttons that turn its pages, in CSS pixels. */
export const PAGER_HEIGHT = 48;

/** What is seen of the stage at a time. */
export interface StagePage {
  readonly places: readonly Tile[];
  /** From 0 on; never beyond the last. */
  readonly page: number;
  readonly pages: number;
}

export interface StagePageOptions {
  readonly layout: StageLayout;
  readonly activeId?: string | undefined;
}

/**
 * Places as many tiles as can be made out, and the others on further pages. What is in front (shared screens, or the large
 * person) is on every page; those beside it turn, and so do screens where there are more than can be read side by side.
 * @param wanted the page to show; one that is no longer there gives way to the last
 */
export function stagePage(
  items: readonly StageItem[],
  canvas: Size,
  options: StagePageOptions,
  wanted: number,
): StagePage {
  const rest = { width: canvas.width, height: Math.max(canvas.height / 2, canvas.height - PAGER_HEIGHT) };
  const { fronts, others } = cast(items, rest, options);
  const first = fronts[0] ?? [];
  const placeBeside = (front: readonly StageItem[], shown: readonly StageItem[], within: Size): readonly Tile[] =>
    placeTiles([...front, ...shown], within, options);
  const isStrip = first.length > 0 && options.layout !== 'sidebar';
  const most = isStrip ? MAX_STRIP_TILES : MAX_GRID_TILES - first.length;
  const fits = (within: Size): number =>
    fitting(others, most, (shown) => placeBeside(first, shown, within), first.length);
  if (fronts.length <= 1 && others.length <= fits(canvas)) {
    return { places: placeBeside(first, others, canvas), page: 0, pages: 1 };
  }
  const groups = chunks(others, fits(rest));
  const pages = Math.max(fronts.length, groups.length);
  const page = Math.min(Math.max(0, wanted), pages - 1);
  return { places: placeBeside(onPage(fronts, page), onPage(groups, page), rest), page, pages };
}

/** Where one side has fewer pages than the other, its last one stays. */
function onPage(groups: readonly (readonly StageItem[])[], page: number): readonly StageItem[] {
  return groups[Math.min(page, groups.length - 1)] ?? [];
}

function chunks(items: readonly StageItem[], size: number): (readonly StageItem[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** How many of them stand on a page, one at least. */
function fitting(
  others: readonly StageItem[],
  most: number,
  place: (shown: readonly StageItem[]) => readonly Tile[],
  inFront: number,
): number {
  const least = inFront > 0 ? LEAST_TILE.inStrip : LEAST_TILE.inGrid;
  // Fewer tiles are never smaller: the first number that is too many ends the search.
  let count = 1;
  while (count < Math.min(most, others.length)) {
    const tiles = place(others.slice(0, count + 1)).slice(inFront);
    if (tiles.length < count + 1 || !tiles.every((tile) => canBeMadeOut(tile, least))) break;
    count += 1;
  }
  return count;
}

function canBeMadeOut({ width, height }: Tile, least: Size): boolean {
  return width >= least.width && height >= least.height;
}

/** Who is in front, page by page (one page at least), and who takes turns beside them. */
function cast(
  items: readonly StageItem[],
  canvas: Size,
  options: StagePageOptions,
): { readonly fronts: readonly (readonly StageItem[])[]; readonly others: readonly StageItem[] } {
  const { layout, activeId } = options;
  const screens = items.filter(({ kind }) => kind === 'screen');
  const people = items.filter(({ kind }) => kind === 'person');
  if (screens.length > 0) {
    let count = Math.min(MAX_SCREENS, screens.length);
    const isReadable = (tile: Tile): boolean => canBeMadeOut(tile, LEAST_TILE.screen);
    const placed = (): readonly Tile[] =>
      placeTiles([...screens.slice(0, count), ...people.slice(0, 1)], canvas, options).slice(0, count);
    while (count > 1 && !placed().every(isReadable)) count -= 1;
    return { fronts: chunks(screens, count), others: people };
  }
  if (layout === 'grid') return { fronts: [[]], others: people };
  const active = people.find(({ id }) => id === activeId) ?? people[0];
  return { fronts: [active ? [active] : []], others: people.filter((person) => person !== active) };
}
