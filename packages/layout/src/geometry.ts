/** Pixels, or any unit that canvas and result share; the origin is the top left. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Shapes of tiles and pictures, width to height. */
export const ASPECT_RATIOS = { '16:9': 16 / 9, '4:3': 4 / 3, '1:1': 1, '3:4': 3 / 4, '9:16': 9 / 16 } as const;

export type AspectRatio = keyof typeof ASPECT_RATIOS;

/** Steps that a tile's position and width are cut to. `{ position: 1, width: 1 }` for web pages. */
export interface Alignment {
  /** x, y and height are multiples of this; 2 for pictures with subsampled chroma. */
  readonly position: number;
  /** Width is a multiple of this; 16 where a scaler writes whole SIMD lanes. */
  readonly width: number;
}

export const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;
export const ceilTo = (value: number, step: number): number => Math.ceil(value / step) * step;

/** The largest aligned rectangle of `ratio` inside `area`, in its middle. Never larger than `area`. */
export function fitInto(area: Rect, ratio: number, align: Alignment): Rect {
  const width = floorTo(Math.min(area.width, area.height * ratio), align.width);
  const height = floorTo(Math.min(area.height, width / ratio), align.position);
  return centered(area, { width, height }, align);
}

export function centered(area: Rect, size: Size, align: Alignment): Rect {
  // Rounded up at the near edges, so that alignment never moves a tile out of its area.
  const x = Math.min(
    ceilTo(area.x + (area.width - size.width) / 2, align.position),
    floorTo(area.x + area.width - size.width, align.position),
  );
  const y = Math.min(
    ceilTo(area.y + (area.height - size.height) / 2, align.position),
    floorTo(area.y + area.height - size.height, align.position),
  );
  return { x, y, ...size };
}

/** What is left of `area` when `margin` is taken off each side. */
export function inset(area: Rect, margin: number): Rect {
  return {
    x: area.x + margin,
    y: area.y + margin,
    width: Math.max(0, area.width - 2 * margin),
    height: Math.max(0, area.height - 2 * margin),
  };
}

export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export function sameRect(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}
