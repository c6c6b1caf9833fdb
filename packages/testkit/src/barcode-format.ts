/**
 * A clock in a picture: the low 32 bits of a time in milliseconds as two rows of 16 black or white blocks. A block is
 * 1/20 of the picture's width wide and high, so the code covers 80 % of the width at the top left and survives
 * scaling and lossy codecs. Bit 0 is the top left block; white is 1.
 */

export const BARCODE = { columns: 16, rows: 2, blocksPerWidth: 20 } as const;

/** Difference of two barcode clocks in milliseconds, right across the wrap of 32 bits. */
export function barcodeAgeMs(nowMs: number, code: number): number {
  return ((nowMs >>> 0) - code) | 0;
}

/** Part of a picture as fractions of its width and height. */
export interface TileFraction {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}
