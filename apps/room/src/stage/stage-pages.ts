import { MAX_GRID_TILES, MAX_SCREENS, MAX_STRIP_TILES, type Size, type StageItem, type Tile } from '@amphi/layout';
import { placeTiles } from './stage-shape.ts';

/** In a smaller tile nobody can be made out: rather there are pages. Beside a large one smaller ones will do. In CSS pixels. */
export const LEAST_TILE = { inGrid: { width: 148, height: 96 }, inStrip: { width: 72, height: 48 } } as const;

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
  readonly layout: 'grid' | 'active_speaker';
  readonly activeId?: string | undefined;
}

/**
 * Places as many tiles as can be made out, and the others on further pages. What is in front (shared screens, or the large
 * person) is on every page; those beside it turn.
 * @param wanted the page to show; one that is no longer there gives way to the last
 */
export function stagePage(
  items: readonly StageItem[],
  canvas: Size,
  options: StagePageOptions,
  wanted: number,
): StagePage {
  const { front, others } = cast(items, options);
  const place = (shown: readonly StageItem[], within: Size): Tile[] =>
    placeTiles([...front, ...shown], within, options);
  const most = front.length > 0 ? MAX_STRIP_TILES : MAX_GRID_TILES;
  if (others.length <= fitting(others, most, (shown) => place(shown, canvas), front.length)) {
    return { places: place(others, canvas), page: 0, pages: 1 };
  }
  const rest = { width: canvas.width, height: Math.max(canvas.height / 2, canvas.height - PAGER_HEIGHT) };
  const size = fitting(others, most, (shown) => place(shown, rest), front.length);
  const pages = Math.ceil(others.length / size);
  const page = Math.min(Math.max(0, wanted), pages - 1);
  return { places: place(others.slice(page * size, (page + 1) * size), rest), page, pages };
}

/** How many of them stand on a page, one at least. */
function fitting(
  others: readonly StageItem[],
  most: number,
  place: (shown: readonly StageItem[]) => readonly Tile[],
  inFront: number,
): number {
  const least = inFront > 0 ? LEAST_TILE.inStrip : LEAST_TILE.inGrid;
  const canBeMadeOut = ({ width, height }: Tile): boolean => width >= least.width && height >= least.height;
  // Fewer tiles are never smaller: the first number that is too many ends the search.
  let count = 1;
  while (count < Math.min(most, others.length)) {
    const tiles = place(others.slice(0, count + 1)).slice(inFront);
    if (tiles.length < count + 1 || !tiles.every(canBeMadeOut)) break;
    count += 1;
  }
  return count;
}

/** Who is on every page, and who takes turns. */
function cast(
  items: readonly StageItem[],
  { layout, activeId }: StagePageOptions,
): { readonly front: readonly StageItem[]; readonly others: readonly StageItem[] } {
  const screens = items.filter(({ kind }) => kind === 'screen').slice(0, MAX_SCREENS);
  const people = items.filter(({ kind }) => kind === 'person');
  if (screens.length > 0) return { front: screens, others: people };
  if (layout === 'grid') return { front: [], others: people };
  const active = people.find(({ id }) => id === activeId) ?? people[0];
  return { front: active ? [active] : [], others: people.filter((person) => person !== active) };
}
