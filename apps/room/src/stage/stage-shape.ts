import {
  type AspectRatio,
  arrange,
  type LayoutName,
  PAGE_ALIGNMENT,
  type Size,
  type StageItem,
  type Tile,
} from '@amphi/layout';

/** Between tiles on wide and on narrow screens, in CSS pixels. */
export const GAP = { wide: 12, narrow: 8 } as const;

/** How a page draws a stage. */
export type StageLayout = Extract<LayoutName, 'grid' | 'active_speaker' | 'sidebar'>;

/** Tried from the stream's own shape to the tall ones that a phone has room for. */
const SHAPES: readonly AspectRatio[] = ['16:9', '4:3', '1:1', '3:4'];

/**
 * Places the tiles of the page. A wide canvas shows 16:9 tiles as the composed stream does; on a tall one tiles take the
 * shape that fills most of it, and a sidebar, for which it is too narrow, is a bar below.
 */
export function placeTiles(
  items: readonly StageItem[],
  canvas: Size,
  options: { readonly layout: StageLayout; readonly activeId?: string | undefined },
): Tile[] {
  if (canvas.width <= 0 || canvas.height <= 0) return [];
  const isTall = canvas.width / canvas.height < 1;
  const place = (tileAspectRatio: AspectRatio): Tile[] =>
    arrange(items, canvas, {
      layout: isTall && options.layout === 'sidebar' ? 'active_speaker' : options.layout,
      tileAspectRatio,
      gap: isTall ? GAP.narrow : GAP.wide,
      align: PAGE_ALIGNMENT,
      ...(options.activeId !== undefined && { activeId: options.activeId }),
    });
  if (!isTall) return place('16:9');
  let best = place('16:9');
  for (const shape of SHAPES.slice(1)) {
    const tiles = place(shape);
    // A little more area is not worth cutting more off the pictures.
    if (area(tiles) > area(best) * 1.1) best = tiles;
  }
  return best;
}

function area(tiles: readonly Tile[]): number {
  return tiles.reduce((sum, tile) => sum + tile.width * tile.height, 0);
}
