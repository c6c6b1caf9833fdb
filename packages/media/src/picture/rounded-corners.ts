import type { Rect } from '@amphi/layout';
import type { Picture, Yuv } from '../native/planes.ts';
import { blend, type Overlay } from './overlay.ts';

/** Samples per pixel and direction for smooth edges. */
const SAMPLES = 4;

/** Lays the background over the corners of a rectangle, outside of a quarter circle. */
export class RoundedCorners {
  readonly #radius: number;
  /** Top left, top right, bottom left, bottom right. */
  readonly #overlays: readonly Overlay[];

  /** @param radius even, in pixels */
  constructor(radius: number, background: Yuv) {
    this.#radius = radius;
    this.#overlays = [0, 1, 2, 3].map((corner) => cornerOverlay(radius, corner % 2 === 1, corner >= 2, background));
  }

  /** @param rect with even position and size, at least two radii wide and high; smaller ones keep their corners */
  cut(picture: Picture, rect: Rect): void {
    const radius = this.#radius;
    if (rect.width < 2 * radius || rect.height < 2 * radius) return;
    for (const [corner, overlay] of this.#overlays.entries()) {
      const x = corner % 2 === 1 ? rect.x + rect.width - radius : rect.x;
      const y = corner >= 2 ? rect.y + rect.height - radius : rect.y;
      blend(picture, overlay, x, y);
    }
  }
}

function cornerOverlay(radius: number, isRight: boolean, isBottom: boolean, [luma, u, v]: Yuv): Overlay {
  const alpha = new Uint8Array(radius * radius);
  for (let y = 0; y < radius; y++) {
    for (let x = 0; x < radius; x++) alpha[y * radius + x] = Math.round(255 * outside(x, y));
  }
  const half = radius / 2;
  const chromaAlpha = new Uint8Array(half * half);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const at = 2 * y * radius + 2 * x;
      chromaAlpha[y * half + x] = (alpha[at]! + alpha[at + 1]! + alpha[at + radius]! + alpha[at + radius + 1]!) / 4;
    }
  }
  return {
    width: radius,
    height: radius,
    luma: new Uint8Array(radius * radius).fill(luma),
    alpha,
    u: new Uint8Array(half * half).fill(u),
    v: new Uint8Array(half * half).fill(v),
    chromaAlpha,
  };

  /** Share of a pixel that lies outside of the circle around the corner's inner end. */
  function outside(x: number, y: number): number {
    let count = 0;
    for (let i = 0; i < SAMPLES * SAMPLES; i++) {
      const sx = x + ((i % SAMPLES) + 0.5) / SAMPLES;
      const sy = y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES;
      const dx = isRight ? sx : radius - sx;
      const dy = isBottom ? sy : radius - sy;
      if (dx * dx + dy * dy > radius * radius) count++;
    }
    return count / (SAMPLES * SAMPLES);
  }
}
