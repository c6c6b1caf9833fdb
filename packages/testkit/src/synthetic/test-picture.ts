import { fillPicture, type Picture } from '@amphi/media';
import { barcodeHeight, drawBarcode, type LumaPlane } from '../barcode-luma.ts';

/** Flash and beep last this long from each full second on. */
export const FLASH_MS = 100;
const FLASH_LUMA = 220;

export function lumaOf({ planes, strides, width }: Picture): LumaPlane {
  return { data: planes[0], stride: strides[0], width };
}

/** Whether flash and beep are on at `timeMs`. */
export function isFlash(timeMs: number): boolean {
  return timeMs % 1000 < FLASH_MS;
}

/**
 * A picture that can be judged: the barcode clock on top, below it a texture that moves (so that it costs an encoder
 * something) in one colour, white for 100 ms from each full second on.
 */
export function drawTestPicture(
  picture: Picture,
  timeMs: number,
  color: { readonly u: number; readonly v: number },
): void {
  const [luma, u, v] = picture.planes;
  const [stride] = picture.strides;
  fillPicture(picture, [60, color.u, color.v]);
  const top = barcodeHeight(picture.width);
  if (isFlash(timeMs)) {
    luma.fill(FLASH_LUMA, top * stride);
    u.fill(128);
    v.fill(128);
  } else {
    const shift = Math.floor(timeMs / 8);
    for (let y = top; y < picture.height; y++)
      luma.fill(50 + ((y + shift) % 90), y * stride, y * stride + picture.width);
    const size = Math.floor(picture.height / 5);
    const left = Math.floor(timeMs / 5) % Math.max(1, picture.width - size);
    for (let y = picture.height - 2 * size; y < picture.height - size; y++) {
      for (let x = left; x < left + size; x++) luma[y * stride + x] = 40 + ((x * 7 + y * 13) % 160);
    }
  }
  drawBarcode(lumaOf(picture), timeMs);
}

/** 20 ms of sound from `timeMs` on: a tone from each full second for as long as the flash, silence else. */
export function beepSamples(timeMs: number, toneHz: number, target: Float32Array): Float32Array {
  for (let i = 0; i < target.length / 2; i++) {
    const at = timeMs + i / 48;
    const value = isFlash(at) ? 0.4 * Math.sin((2 * Math.PI * toneHz * (at % 1000)) / 1000) : 0;
    target[2 * i] = value;
    target[2 * i + 1] = value;
  }
  return target;
}
