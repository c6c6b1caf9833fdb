import {
  type Alignment,
  ASPECT_RATIOS,
  type AspectRatio,
  centered,
  fitInto,
  type Rect,
  type Size,
} from './geometry.ts';
import { grid } from './grid.ts';

/** Something to show: a person on stage (with the camera on or off) or a shared screen. */
export interface StageItem {
  readonly id: string;
  readonly kind: 'person' | 'screen';
}

export type LayoutName = 'grid' | 'active_speaker';

export interface ArrangeOptions {
  readonly layout: LayoutName;
  readonly tileAspectRatio: AspectRatio;
  /** Between tiles and around them. */
  readonly gap: number;
  readonly align: Alignment;
  /** Who gets the large tile of `active_speaker`; the first item when absent or not there. */
  readonly activeId?: string;
}

export interface Tile extends Rect {
  readonly id: string;
}

/** For web pages: any pixel. */
export const PAGE_ALIGNMENT: Alignment = { position: 1, width: 1 };
/** For 4:2:0 pictures that a SIMD scaler writes into. */
export const PICTURE_ALIGNMENT: Alignment = { position: 2, width: 16 };

/** Tiles beside a large one; further people are heard, not seen. */
export const MAX_STRIP_TILES = 5;
/** Share of the canvas that the large tile's area takes, along the side where the strip is. */
const MAIN_SHARE = 0.78;

/**
 * Places what is on stage. Pure: the same input gives the same tiles, so the room app previews what the stream shows.
 *
 * - A shared screen (the first one) takes the main area whatever the layout; everyone else stands in a strip.
 * - `active_speaker`: the active person takes the main area, the others the strip: right of it on a wide canvas, below it
 *   on a tall one.
 * - `grid`: equal tiles of `tileAspectRatio`.
 *
 * Tiles lie inside the canvas, do not overlap, and follow the order of `items`; what finds no place is left out.
 */
export function arrange(items: readonly StageItem[], canvas: Size, options: ArrangeOptions): Tile[] {
  const whole: Rect = { x: 0, y: 0, ...canvas };
  const main = mainItem(items, options);
  if (!main)
    return name(items, grid(whole, items.length, ASPECT_RATIOS[options.tileAspectRatio], options.gap, options.align));

  const canvasRatio = canvas.width / canvas.height;
  const others = items.filter((item) => item.id !== main.id).slice(0, MAX_STRIP_TILES);
  if (others.length === 0) return [{ id: main.id, ...fitInto(whole, mainRatio(main, canvasRatio), options.align) }];

  const { mainArea, stripArea } = split(canvas, options.gap);
  return [
    { id: main.id, ...fitInto(mainArea, mainRatio(main, mainArea.width / mainArea.height), options.align) },
    ...name(
      others,
      strip(stripArea, others.length, ASPECT_RATIOS[options.tileAspectRatio], options.gap, options.align),
    ),
  ];
}

function mainItem(items: readonly StageItem[], options: ArrangeOptions): StageItem | undefined {
  const screen = items.find((item) => item.kind === 'screen');
  if (screen || options.layout === 'grid') return screen;
  return items.find((item) => item.id === options.activeId) ?? items[0];
}

/** Screens are shown at 16:9 and fitted inside by the drawer; a person fills the area up to the usual camera shapes. */
function mainRatio(main: StageItem, areaRatio: number): number {
  if (main.kind === 'screen') return areaRatio < 1 ? areaRatio : ASPECT_RATIOS['16:9'];
  return Math.min(ASPECT_RATIOS['16:9'], Math.max(ASPECT_RATIOS['9:16'], areaRatio));
}

function split(canvas: Size, gap: number): { mainArea: Rect; stripArea: Rect } {
  if (canvas.width >= canvas.height) {
    const width = canvas.width * MAIN_SHARE;
    return {
      mainArea: { x: gap, y: gap, width: width - gap, height: canvas.height - 2 * gap },
      stripArea: { x: width, y: 0, width: canvas.width - width, height: canvas.height },
    };
  }
  const height = canvas.height * MAIN_SHARE;
  return {
    mainArea: { x: gap, y: gap, width: canvas.width - 2 * gap, height: height - gap },
    stripArea: { x: 0, y: height, width: canvas.width, height: canvas.height - height },
  };
}

/**
 * One line of equal tiles in the middle of `area`, along its longer side, side by side; each as large as fits when at
 * least three shared the line, so that one or two do not look like main tiles.
 */
function strip(area: Rect, count: number, ratio: number, gap: number, align: Alignment): Rect[] {
  const vertical = area.height >= area.width;
  const slots = Math.max(count, 3);
  const slot: Size = vertical
    ? { width: area.width - 2 * gap, height: (area.height - gap * (slots + 1)) / slots }
    : { width: (area.width - gap * (slots + 1)) / slots, height: area.height - 2 * gap };
  const tile = fitInto({ x: 0, y: 0, ...slot }, ratio, align);
  // Steps are whole alignment units, so that no tile moves into its neighbour.
  const step = Math.ceil(((vertical ? tile.height : tile.width) + gap) / align.position) * align.position;
  const length = (count - 1) * step + (vertical ? tile.height : tile.width);
  const first = centered(
    area,
    vertical ? { width: tile.width, height: length } : { width: length, height: tile.height },
    align,
  );
  return Array.from({ length: count }, (_, index) => ({
    x: first.x + (vertical ? 0 : index * step),
    y: first.y + (vertical ? index * step : 0),
    width: tile.width,
    height: tile.height,
  }));
}

function name(items: readonly StageItem[], rects: readonly Rect[]): Tile[] {
  return rects
    .map((rect, index) => ({ id: items[index]!.id, ...rect }))
    .filter((tile) => tile.width > 0 && tile.height > 0);
}
