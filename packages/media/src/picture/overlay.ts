import { assert } from '@amphi/base';
import type { Rect } from '@amphi/layout';
import type { Picture, Yuv } from '../native/planes.ts';

/** Pixels to be laid over a picture: luma and alpha per pixel, chroma and alpha per block of 2×2. Sizes are even. */
export interface Overlay {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
  readonly alpha: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  readonly chromaAlpha: Uint8Array;
}

/** Studio-range BT.601 of a colour `#rrggbb`. */
export function yuvOf(color: string): Yuv {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  assert(/^#[0-9a-f]{6}$/i.test(color), `colour ${color}: #rrggbb`);
  return [
    Math.round(16 + (65.738 * r! + 129.057 * g! + 25.064 * b!) / 256),
    Math.round(128 + (-37.945 * r! - 74.494 * g! + 112.439 * b!) / 256),
    Math.round(128 + (112.439 * r! - 94.154 * g! - 18.285 * b!) / 256),
  ];
}

/** Studio-range BT.601. @param rgba rows of 4 bytes a pixel, not premultiplied; width and height even */
export function overlayFromRgba(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): Overlay {
  assert(width % 2 === 0 && height % 2 === 0 && rgba.length >= width * height * 4, `overlay of ${width}×${height}`);
  const luma = new Uint8Array(width * height);
  const alpha = new Uint8Array(width * height);
  const size = (width * height) / 4;
  const overlay: Overlay = {
    width,
    height,
    luma,
    alpha,
    u: new Uint8Array(size),
    v: new Uint8Array(size),
    chromaAlpha: new Uint8Array(size),
  };
  for (let i = 0; i < width * height; i++) {
    luma[i] = 16 + (65.738 * rgba[i * 4]! + 129.057 * rgba[i * 4 + 1]! + 25.064 * rgba[i * 4 + 2]!) / 256;
    alpha[i] = rgba[i * 4 + 3]!;
  }
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      let [r, g, b, a] = [0, 0, 0, 0];
      for (const at of [y * width + x, y * width + x + 1, (y + 1) * width + x, (y + 1) * width + x + 1]) {
        const weight = rgba[at * 4 + 3]!;
        r += rgba[at * 4]! * weight;
        g += rgba[at * 4 + 1]! * weight;
        b += rgba[at * 4 + 2]! * weight;
        a += weight;
      }
      const to = (y / 2) * (width / 2) + x / 2;
      const mean = a || 1;
      overlay.u[to] = 128 + (-37.945 * r - 74.494 * g + 112.439 * b) / (256 * mean);
      overlay.v[to] = 128 + (112.439 * r - 94.154 * g - 18.285 * b) / (256 * mean);
      overlay.chromaAlpha[to] = a / 4;
    }
  }
  return overlay;
}

/**
 * Blends at `x`, `y`; what would lie outside of the picture, or of `clip`, is left out. Everything is even, so that chroma stays whole; an overlay
 * may begin left of or above its clip.
 */
export function blend(target: Picture, overlay: Overlay, x: number, y: number, clip?: Rect): void {
  const left = Math.max(x, 0, clip?.x ?? 0);
  const top = Math.max(y, 0, clip?.y ?? 0);
  const right = Math.min(x + overlay.width, target.width, clip ? clip.x + clip.width : target.width);
  const bottom = Math.min(y + overlay.height, target.height, clip ? clip.y + clip.height : target.height);
  assert(
    [x, y, left, top].every((value) => value % 2 === 0),
    `overlay at ${x},${y} from ${left},${top}: even`,
  );
  const width = right - left;
  const height = bottom - top;
  if (width <= 0 || height <= 0) return;
  const from = (top - y) * overlay.width + (left - x);
  blendPlane(target, 0, left, top, overlay.luma, overlay.alpha, from, overlay.width, width, height);
  const [cx, cy, cw, ch, stride] = [left / 2, top / 2, width >> 1, height >> 1, overlay.width / 2];
  const chromaFrom = ((top - y) / 2) * stride + (left - x) / 2;
  blendPlane(target, 1, cx, cy, overlay.u, overlay.chromaAlpha, chromaFrom, stride, cw, ch);
  blendPlane(target, 2, cx, cy, overlay.v, overlay.chromaAlpha, chromaFrom, stride, cw, ch);
}

function blendPlane(
  { planes, strides }: Picture,
  plane: 0 | 1 | 2,
  x: number,
  y: number,
  source: Uint8Array,
  alpha: Uint8Array,
  sourceStart: number,
  sourceStride: number,
  width: number,
  height: number,
): void {
  const target = planes[plane];
  for (let row = 0; row < height; row++) {
    let to = (y + row) * strides[plane] + x;
    let from = sourceStart + row * sourceStride;
    for (let column = 0; column < width; column++, to++, from++) {
      const a = alpha[from]!;
      if (a === 255) target[to] = source[from]!;
      else if (a > 0) target[to]! += ((source[from]! - target[to]!) * a + 127) / 255;
    }
  }
}
