import type { Rect } from '@amphi/layout';
import type { Picture } from '../native/planes.ts';

/**
 * A clock in a picture: the low 32 bits of a time in milliseconds as two rows of 16 black or white blocks, each 1/20
 * of the picture's width. Bit 0 is the top left block; white is 1. Survives scaling and lossy codecs.
 */
const COLUMNS = 16;
const ROWS = 2;
const BLOCKS_PER_WIDTH = 20;
const BLACK = 16;
const WHITE = 235;
const MIDDLE = 126;

/** Height of the code on a picture of this width. */
export function barcodeHeight(width: number): number {
  return Math.ceil((width / BLOCKS_PER_WIDTH) * ROWS);
}

export function drawBarcode(picture: Picture, timeMs: number): void {
  const [luma] = picture.planes;
  const [stride] = picture.strides;
  const block = picture.width / BLOCKS_PER_WIDTH;
  for (let bit = 0; bit < COLUMNS * ROWS; bit++) {
    const value = Math.floor(timeMs / 2 ** bit) % 2 === 1 ? WHITE : BLACK;
    const left = Math.round((bit % COLUMNS) * block);
    const right = Math.round(((bit % COLUMNS) + 1) * block);
    const top = Math.round(Math.floor(bit / COLUMNS) * block);
    const bottom = Math.round((Math.floor(bit / COLUMNS) + 1) * block);
    for (let y = top; y < bottom; y++) luma.fill(value, y * stride + left, y * stride + right);
  }
}

/** @param tile where the picture with the code lies; the whole picture when absent @returns 32 bits */
export function readBarcode(picture: Picture, tile?: Rect): number {
  const { x, y, width } = tile ?? { x: 0, y: 0, width: picture.width };
  const [luma] = picture.planes;
  const [stride] = picture.strides;
  const block = width / BLOCKS_PER_WIDTH;
  let code = 0;
  for (let bit = 0; bit < COLUMNS * ROWS; bit++) {
    const centerX = Math.round(x + ((bit % COLUMNS) + 0.5) * block);
    const centerY = Math.round(y + (Math.floor(bit / COLUMNS) + 0.5) * block);
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) sum += luma[(centerY + dy) * stride + centerX + dx] ?? 0;
    }
    if (sum / 9 > MIDDLE) code |= 1 << bit;
  }
  return code >>> 0;
}
