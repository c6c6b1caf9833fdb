import { BARCODE } from './barcode-format.ts';

/** The brightness of a picture, one byte a pixel. */
export interface LumaPlane {
  readonly data: Uint8Array;
  /** Bytes from a row to the next. */
  readonly stride: number;
  /** Pixels. */
  readonly width: number;
}

/** Where a picture with a code lies, in pixels. */
export interface TileCorner {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const BLACK = 16;
const WHITE = 235;
const MIDDLE = 126;
const BITS = BARCODE.columns * BARCODE.rows;

/** Height of the code on a picture of this width. */
export function barcodeHeight(width: number): number {
  return Math.ceil((width / BARCODE.blocksPerWidth) * BARCODE.rows);
}

export function drawBarcode({ data, stride, width }: LumaPlane, timeMs: number): void {
  const block = width / BARCODE.blocksPerWidth;
  for (let bit = 0; bit < BITS; bit++) {
    const value = Math.floor(timeMs / 2 ** bit) % 2 === 1 ? WHITE : BLACK;
    const left = Math.round((bit % BARCODE.columns) * block);
    const right = Math.round(((bit % BARCODE.columns) + 1) * block);
    const top = Math.round(Math.floor(bit / BARCODE.columns) * block);
    const bottom = Math.round((Math.floor(bit / BARCODE.columns) + 1) * block);
    for (let y = top; y < bottom; y++) data.fill(value, y * stride + left, y * stride + right);
  }
}

/** @param tile where the picture with the code lies; the whole picture when absent @returns 32 bits */
export function readBarcode({ data, stride, width }: LumaPlane, tile: TileCorner = { x: 0, y: 0, width }): number {
  const block = tile.width / BARCODE.blocksPerWidth;
  let code = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const centerX = Math.round(tile.x + ((bit % BARCODE.columns) + 0.5) * block);
    const centerY = Math.round(tile.y + (Math.floor(bit / BARCODE.columns) + 0.5) * block);
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) sum += data[(centerY + dy) * stride + centerX + dx] ?? 0;
    }
    if (sum / 9 > MIDDLE) code |= 1 << bit;
  }
  return code >>> 0;
}
