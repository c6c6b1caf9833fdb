import { assert } from '@amphi/base';
import type { Picture } from '../native/planes.ts';

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

/** Blends at `x`, `y` (even); what would lie outside is left out. */
export function blend(target: Picture, overlay: Overlay, x: number, y: number): void {
  assert(x % 2 === 0 && y % 2 === 0 && x >= 0 && y >= 0, `overlay at ${x},${y}: even`);
  const width = Math.min(overlay.width, target.width - x);
  const height = Math.min(overlay.height, target.height - y);
  if (width <= 0 || height <= 0) return;
  blendPlane(target.planes[0], target.strides[0], x, y, overlay.luma, overlay.alpha, overlay.width, width, height);
  const [cx, cy, cw, ch, stride] = [x / 2, y / 2, width >> 1, height >> 1, overlay.width / 2];
  blendPlane(target.planes[1], target.strides[1], cx, cy, overlay.u, overlay.chromaAlpha, stride, cw, ch);
  blendPlane(target.planes[2], target.strides[2], cx, cy, overlay.v, overlay.chromaAlpha, stride, cw, ch);
}

function blendPlane(
  target: Uint8Array,
  targetStride: number,
  x: number,
  y: number,
  source: Uint8Array,
  alpha: Uint8Array,
  sourceStride: number,
  width: number,
  height: number,
): void {
  for (let row = 0; row < height; row++) {
    let to = (y + row) * targetStride + x;
    let from = row * sourceStride;
    for (let column = 0; column < width; column++, to++, from++) {
      const a = alpha[from]!;
      if (a === 255) target[to] = source[from]!;
      else if (a > 0) target[to]! += ((source[from]! - target[to]!) * a + 127) / 255;
    }
  }
}
