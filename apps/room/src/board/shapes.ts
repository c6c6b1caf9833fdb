import type { BoardElement } from '@amphi/client';

/** What the elements of the whiteboard are in this app. Lengths are in units of the page, which everyone sees whole. */

export const PAGE = { width: 1600, height: 900 } as const;

/** By name: on light and on dark ground, each 4.5:1 or better against it. */
export const COLORS = {
  ink: ['#18211d', '#ebeee8'],
  red: ['#b3261e', '#ff948a'],
  orange: ['#8f4700', '#f0b06a'],
  green: ['#1c6638', '#7fcf9a'],
  blue: ['#1f56a8', '#8ab8ff'],
  violet: ['#6a3d9a', '#c8a6f5'],
} as const;
export type Color = keyof typeof COLORS;
export const COLOR_NAMES = Object.keys(COLORS) as Color[];

export const WIDTHS = [4, 8, 16] as const;
export const FONT = { size: 36, lineHeight: 44, family: 'Inter, ui-sans-serif, system-ui, sans-serif' } as const;
/** Of a stroke; a longer one goes on as another. */
export const MAX_POINTS = 3_000;
export const MAX_TEXT = 1_000;
/** Outside of it nothing is drawn. */
const FAR = 10_000;

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Drawn {
  readonly color: Color;
  readonly width: number;
  /** Later ones lie over earlier ones: milliseconds of when it was begun. */
  readonly at: number;
}

export type SpanKind = 'line' | 'arrow' | 'rectangle' | 'ellipse';

export type Shape = Drawn &
  (
    | { readonly kind: 'stroke'; readonly points: readonly Point[] }
    | { readonly kind: SpanKind; readonly from: Point; readonly to: Point }
    | { readonly kind: 'text'; readonly from: Point; readonly text: string }
  );

const SPANS: ReadonlySet<unknown> = new Set<SpanKind>(['line', 'arrow', 'rectangle', 'ellipse']);

/** Undefined for what is no shape: other programs may draw in the room as well. */
export function readShape(data: unknown): Shape | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { kind, color, width, at, from, to, text, points } = data as Readonly<Record<string, unknown>>;
  if (typeof color !== 'string' || !Object.hasOwn(COLORS, color)) return undefined;
  if (!isWithin(width, 1, 100) || !isWithin(at, 0, Number.MAX_SAFE_INTEGER)) return undefined;
  const drawn = { color: color as Color, width, at };
  if (kind === 'stroke') {
    if (!Array.isArray(points) || points.length === 0 || points.length > 2 * MAX_POINTS) return undefined;
    if (points.length % 2 !== 0 || !points.every((value) => isWithin(value, -FAR, FAR))) return undefined;
    return { ...drawn, kind, points: pairs(points as number[]) };
  }
  const start = readPoint(from);
  if (!start) return undefined;
  if (kind === 'text') {
    return typeof text === 'string' && text.length <= MAX_TEXT ? { ...drawn, kind, from: start, text } : undefined;
  }
  const end = readPoint(to);
  return SPANS.has(kind) && end ? { ...drawn, kind: kind as SpanKind, from: start, to: end } : undefined;
}

/** As it is told to the others; points of a stroke in a row of numbers, a fifth of the bytes. */
export function writeShape(shape: Shape): unknown {
  return shape.kind === 'stroke' ? { ...shape, points: shape.points.flatMap(({ x, y }) => [x, y]) } : shape;
}

export interface PlacedShape {
  readonly id: string;
  readonly shape: Shape;
}

const known = new WeakMap<BoardElement, PlacedShape | undefined>();

/** What there is to see, from the back to the front. Elements that have not changed keep their shape. */
export function shapesOf(elements: Readonly<Record<string, BoardElement>>): readonly PlacedShape[] {
  return Object.values(elements)
    .flatMap((element) => {
      if (!known.has(element)) {
        const shape = readShape(element.data);
        known.set(element, shape && { id: element.id, shape });
      }
      return known.get(element) ?? [];
    })
    .sort((a, b) => a.shape.at - b.shape.at || (a.id < b.id ? -1 : 1));
}

export function moved(shape: Shape, by: Point): Shape {
  const move = ({ x, y }: Point): Point => ({ x: x + by.x, y: y + by.y });
  switch (shape.kind) {
    case 'stroke':
      return { ...shape, points: shape.points.map(move) };
    case 'text':
      return { ...shape, from: move(shape.from) };
    default:
      return { ...shape, from: move(shape.from), to: move(shape.to) };
  }
}

/** The line of anything but a text, as the `d` of an SVG path. */
export function pathOf(shape: Exclude<Shape, { kind: 'text' }>): string {
  if (shape.kind === 'stroke') return strokePath(shape.points);
  const { from, to } = shape;
  switch (shape.kind) {
    case 'line':
      return `M${from.x} ${from.y}L${to.x} ${to.y}`;
    case 'arrow':
      return `M${from.x} ${from.y}L${to.x} ${to.y}${arrowHead(from, to, shape.width)}`;
    case 'rectangle':
      return `M${from.x} ${from.y}H${to.x}V${to.y}H${from.x}Z`;
    case 'ellipse': {
      const [rx, ry] = [Math.abs(to.x - from.x) / 2, Math.abs(to.y - from.y) / 2];
      const middle = (from.y + to.y) / 2;
      return `M${from.x} ${middle}A${rx} ${ry} 0 1 1 ${to.x} ${middle}A${rx} ${ry} 0 1 1 ${from.x} ${middle}Z`;
    }
  }
}

/** All of it as a picture of its own, on light ground. */
export function svgOf(shapes: readonly PlacedShape[]): string {
  const parts = shapes.map(({ shape }) => {
    const [color] = COLORS[shape.color];
    if (shape.kind !== 'text') {
      return `<path d="${pathOf(shape)}" fill="none" stroke="${color}" stroke-width="${shape.width}" stroke-linecap="round" stroke-linejoin="round"/>`;
    }
    const lines = linesOf(shape.text).map(
      (line, index) => `<tspan x="${shape.from.x}" dy="${index === 0 ? 0 : FONT.lineHeight}">${escaped(line)}</tspan>`,
    );
    return `<text x="${shape.from.x}" y="${shape.from.y}" fill="${color}" font-size="${FONT.size}" font-family="${FONT.family}">${lines.join('')}</text>`;
  });
  const { width, height } = PAGE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
  ].join('');
}

/** An empty line takes its place, too. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').map((line) => (line === '' ? '\u00a0' : line));
}

/** Through the middles between the points, so that no corner shows. */
function strokePath(points: readonly Point[]): string {
  const [first = { x: 0, y: 0 }, ...rest] = points;
  // A dot has round caps and no length.
  if (rest.length === 0) return `M${first.x} ${first.y}H${first.x + 0.01}`;
  const curves = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? point;
    return `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`;
  });
  const last = rest.at(-1) ?? first;
  return `M${first.x} ${first.y}${curves.join('')}L${last.x} ${last.y}`;
}

function arrowHead(from: Point, to: Point, width: number): string {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const length = 16 + 2 * width;
  const side = (turn: number): string => {
    const [x, y] = [to.x - length * Math.cos(angle + turn), to.y - length * Math.sin(angle + turn)];
    return `${Math.round(x)} ${Math.round(y)}`;
  };
  return `M${side(0.5)}L${to.x} ${to.y}L${side(-0.5)}`;
}

function readPoint(value: unknown): Point | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { x, y } = value as Readonly<Record<string, unknown>>;
  return isWithin(x, -FAR, FAR) && isWithin(y, -FAR, FAR) ? { x, y } : undefined;
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

function pairs(numbers: readonly number[]): Point[] {
  const points: Point[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) points.push({ x: numbers[i] ?? 0, y: numbers[i + 1] ?? 0 });
  return points;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
