import { type Alignment, ceilTo, floorTo, type Rect, type Size } from './geometry.ts';

/** A tile that comes starts at this share of its size, in its middle. */
const NEWCOMER_SCALE = 0.6;

/** Slow at both ends. @param share of the time that is over, 0–1 */
export function eased(share: number): number {
  const t = Math.min(1, Math.max(0, share));
  return t * t * (3 - 2 * t);
}

/**
 * A tile on its way from one place to another.
 * @param from undefined for one that comes
 * @param share of the way, 0–1
 * @returns aligned, inside the canvas as long as both ends are, never empty; exactly `to` at 1
 */
export function between(from: Rect | undefined, to: Rect, share: number, canvas: Size, align: Alignment): Rect {
  if (share >= 1) return to;
  const start = from ?? scaled(to, NEWCOMER_SCALE);
  const mix = (a: number, b: number): number => a + (b - a) * share;
  const width = Math.max(align.width, floorTo(mix(start.width, to.width), align.width));
  const height = Math.max(ceilTo(2, align.position), floorTo(mix(start.height, to.height), align.position));
  // By the middle: a width that is cut to its step then moves neither edge more than the other.
  const middleX = mix(start.x + start.width / 2, to.x + to.width / 2);
  const middleY = mix(start.y + start.height / 2, to.y + to.height / 2);
  return {
    x: clamp(floorTo(middleX - width / 2, align.position), floorTo(canvas.width - width, align.position)),
    y: clamp(floorTo(middleY - height / 2, align.position), floorTo(canvas.height - height, align.position)),
    width,
    height,
  };
}

function scaled(rect: Rect, scale: number): Rect {
  return {
    x: rect.x + (rect.width * (1 - scale)) / 2,
    y: rect.y + (rect.height * (1 - scale)) / 2,
    width: rect.width * scale,
    height: rect.height * scale,
  };
}

const clamp = (value: number, max: number): number => Math.max(0, Math.min(value, max));
