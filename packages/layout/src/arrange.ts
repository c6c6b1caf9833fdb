import {
  type Alignment,
  ASPECT_RATIOS,
  type AspectRatio,
  ceilTo,
  centered,
  fitInto,
  floorTo,
  inset,
  type Rect,
  type Size,
} from './geometry.ts';
import { grid } from './grid.ts';

/** Something to show: a person on stage (with the camera on or off) or a shared screen. */
export interface StageItem {
  readonly id: string;
  readonly kind: 'person' | 'screen';
}

export const LAYOUTS = ['grid', 'active_speaker', 'sidebar', 'picture_in_picture', 'single'] as const;

export type LayoutName = (typeof LAYOUTS)[number];

export interface ArrangeOptions {
  readonly layout: LayoutName;
  readonly tileAspectRatio: AspectRatio;
  /** Between tiles. Rounded up to the alignment's step, so that all gaps are equal. */
  readonly gap: number;
  /** Around all tiles; by default the gap, and none around a tile that stands alone. */
  readonly margin?: number;
  readonly align: Alignment;
  /** Who is in front, in every layout but `grid`; the first item when absent or not there. */
  readonly activeId?: string;
}

export interface Tile extends Rect {
  readonly id: string;
}

/** For web pages: any pixel. */
export const PAGE_ALIGNMENT: Alignment = { position: 1, width: 1 };
/** For 4:2:0 pictures that a SIMD scaler writes into. */
export const PICTURE_ALIGNMENT: Alignment = { position: 2, width: 16 };

/** Seven by seven; further people are heard, not seen. */
export const MAX_GRID_TILES = 49;
/** Tiles in the bar beside a large one. */
export const MAX_STRIP_TILES = 5;
/** Tiles that lie over the large one in `picture_in_picture`. */
export const MAX_INSETS = 3;
/** Shared screens in the large place. */
export const MAX_SCREENS = 4;

/** Share of the canvas that the large place takes, along the side where the others are. */
const MAIN_SHARE = { strip: 0.78, sidebar: 0.7 } as const;
/** Height of an inset, of the canvas' shorter side. */
const INSET_SHARE = 0.26;
/** Insets keep a distance from the picture's edge even when tiles have no gap. */
const INSET_MARGIN_SHARE = 0.025;

/**
 * Places what is on stage. Pure: the same input gives the same tiles, so pages preview what the stream shows.
 *
 * - `grid`: equal tiles of `tileAspectRatio`.
 * - `active_speaker`: the active person large, up to five others in a bar: right of it on a wide canvas, below it on a
 *   tall one.
 * - `sidebar`: the active person large, everybody else in a column right of it, in as many rows as it takes.
 * - `picture_in_picture`: the active person over the whole canvas, up to three others over its right edge; several shared
 *   screens beside those.
 * - `single`: the active person alone.
 *
 * A shared screen comes first whatever the layout: it takes the large place (several stand there side by side) and
 * people stand where the others would; in a grid, in the bar.
 *
 * Tiles lie inside the canvas, follow the order in which they are to be drawn, and do not overlap but for insets, which lie over what
 * stands alone in the large place. What finds no place is left out: `items.length - tiles.length` are not seen.
 */
export function arrange(items: readonly StageItem[], canvas: Size, options: ArrangeOptions): Tile[] {
  const { align } = options;
  const ratio = ASPECT_RATIOS[options.tileAspectRatio];
  const gap = ceilTo(options.gap, align.position);
  const { main, others } = cast(items, options);
  const isAlone = main.length + others.length === 1;
  const margin = ceilTo(options.margin ?? (isAlone ? 0 : gap), align.position);
  // By name: a page's DOMRect has nothing that could be spread.
  const whole = { x: 0, y: 0, width: canvas.width, height: canvas.height };
  const frame = inset(whole, margin);

  if (main.length === 0) return name(others, grid(frame, others.length, ratio, gap, align));
  if (options.layout === 'picture_in_picture') {
    const picture = inset(whole, options.margin ?? 0);
    const over = insets(picture, others.length, ratio, gap, align);
    const [large, ...more] = name(main, placesUnder(over, picture, main, gap, align));
    return large ? [large, ...more, ...name(others, over)] : [];
  }
  if (others.length === 0) return name(main, mainPlaces(frame, main, gap, align));

  if (options.layout === 'sidebar') {
    const [mainArea, column] = splitAcross(frame, MAIN_SHARE.sidebar, gap);
    return [
      ...name(main, mainPlaces(mainArea, main, gap, align)),
      ...name(others, grid(column, others.length, ratio, gap, align)),
    ];
  }
  const split = canvas.width > canvas.height ? splitAcross : splitDown;
  const [mainArea, bar] = split(frame, MAIN_SHARE.strip, gap);
  return [
    ...name(main, mainPlaces(mainArea, main, gap, align)),
    ...name(others, strip(bar, others.length, ratio, gap, align)),
  ];
}

/** Who stands in the large place and who beside it, at most as many as there is room for. */
function cast(
  items: readonly StageItem[],
  { layout, activeId }: ArrangeOptions,
): { readonly main: readonly StageItem[]; readonly others: readonly StageItem[] } {
  const screens = items.filter((item) => item.kind === 'screen').slice(0, MAX_SCREENS);
  const people = items.filter((item) => item.kind === 'person');
  if (layout === 'grid' && screens.length === 0) return { main: [], others: people.slice(0, MAX_GRID_TILES) };
  const active = people.find((person) => person.id === activeId) ?? people[0];
  const main = screens.length > 0 ? screens : active ? [active] : [];
  const rest = people.filter((person) => !main.includes(person));
  switch (layout) {
    case 'single':
      return { main, others: [] };
    case 'picture_in_picture':
      // Beside a screen the face that belongs to the voice comes first.
      return { main, others: [...rest].sort((a, b) => first(b) - first(a)).slice(0, MAX_INSETS) };
    case 'sidebar':
      return { main, others: rest.slice(0, MAX_GRID_TILES - main.length) };
    default:
      return { main, others: rest.slice(0, MAX_STRIP_TILES) };
  }

  function first(person: StageItem): number {
    return person === active ? 1 : 0;
  }
}

/** Screens are shown at 16:9 and fitted inside by the drawer; a person fills the area up to the usual camera shapes. */
function mainPlaces(area: Rect, main: readonly StageItem[], gap: number, align: Alignment): Rect[] {
  const areaRatio = area.width / area.height;
  if (main.some((item) => item.kind === 'person') || (main.length === 1 && areaRatio < 1)) {
    return [fitInto(area, Math.min(ASPECT_RATIOS['16:9'], Math.max(ASPECT_RATIOS['9:16'], areaRatio)), align)];
  }
  return grid(area, main.length, ASPECT_RATIOS['16:9'], gap, align);
}

/**
 * One that stands alone has the whole picture. Of several screens the insets would hide most of one: they stand left of
 * these or above them, wherever they are larger.
 */
function placesUnder(
  over: readonly Rect[],
  picture: Rect,
  main: readonly StageItem[],
  gap: number,
  align: Alignment,
): Rect[] {
  const [lowest, highest] = [over[0], over.at(-1)];
  if (main.length < 2 || !lowest || !highest) return mainPlaces(picture, main, gap, align);
  const left = { ...picture, width: Math.max(0, lowest.x - gap - picture.x) };
  const above = { ...picture, height: Math.max(0, highest.y - gap - picture.y) };
  const [beside, on] = [left, above].map((area) => mainPlaces(area, main, gap, align)) as [Rect[], Rect[]];
  return beside[0]!.width >= on[0]!.width ? beside : on;
}

/** Left and right, a gap between them. */
function splitAcross(frame: Rect, share: number, gap: number): [Rect, Rect] {
  const width = (frame.width - gap) * share;
  return [
    { ...frame, width },
    { ...frame, x: frame.x + width + gap, width: frame.width - gap - width },
  ];
}

/** Top and bottom, a gap between them. */
function splitDown(frame: Rect, share: number, gap: number): [Rect, Rect] {
  const height = (frame.height - gap) * share;
  return [
    { ...frame, height },
    { ...frame, y: frame.y + height + gap, height: frame.height - gap - height },
  ];
}

/**
 * One line of equal tiles in the middle of `area`, along its longer side, side by side; each as large as fits when at
 * least three shared the line, so that one or two do not look like main tiles.
 */
function strip(area: Rect, count: number, ratio: number, gap: number, align: Alignment): Rect[] {
  const vertical = area.height >= area.width;
  const slots = Math.max(count, 3);
  const slot: Size = vertical
    ? { width: area.width, height: (area.height - gap * (slots - 1)) / slots }
    : { width: (area.width - gap * (slots - 1)) / slots, height: area.height };
  const tile = fitInto({ x: 0, y: 0, ...slot }, ratio, align);
  const step = (vertical ? tile.height : tile.width) + gap;
  const length = count * step - gap;
  const first = centered(
    area,
    vertical ? { width: tile.width, height: length } : { width: length, height: tile.height },
    align,
  );
  return Array.from({ length: count }, (_, index) => ({
    ...tile,
    x: first.x + (vertical ? 0 : index * step),
    y: first.y + (vertical ? index * step : 0),
  }));
}

/** From the lower right corner upwards. */
function insets(canvas: Rect, count: number, ratio: number, gap: number, align: Alignment): Rect[] {
  const short = Math.min(canvas.width, canvas.height);
  const margin = ceilTo(Math.max(gap, short * INSET_MARGIN_SHARE), align.position);
  const room = inset(canvas, margin);
  const slot = (room.height - (MAX_INSETS - 1) * gap) / MAX_INSETS;
  const size = { width: room.width / 2, height: Math.min(slot, short * INSET_SHARE) };
  const tile = fitInto({ x: 0, y: 0, ...size }, ratio, align);
  const right = floorTo(room.x + room.width, align.position);
  const bottom = floorTo(room.y + room.height, align.position);
  return Array.from({ length: count }, (_, index) => ({
    ...tile,
    x: floorTo(right - tile.width, align.position),
    y: bottom - tile.height - index * (tile.height + gap),
  }));
}

function name(items: readonly StageItem[], rects: readonly Rect[]): Tile[] {
  return rects
    .map((rect, index) => ({ id: items[index]!.id, ...rect }))
    .filter((tile) => tile.width > 0 && tile.height > 0);
}
