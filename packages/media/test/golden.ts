import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { expect } from 'vitest';
import type { Picture } from '../src/native/planes.ts';

/** Scalers and rasterisers differ by a unit or two from processor to processor. */
const MAX_MEAN_DIFFERENCE = 1;
/** A pixel that differs by more than this is another one; so many of a thousand may be, at edges. */
const OTHER = 32;
const MAX_OTHER_PER_MILLE = 2;

/**
 * Compares with the picture of this name in `golden/`; with `UPDATE_GOLDEN=1` in the environment, or when there is none yet outside of CI, it is
 * written instead: look at it before it is committed.
 */
export async function expectGolden(name: string, picture: Picture): Promise<void> {
  const path = fileURLToPath(new URL(`./golden/${name}.png`, import.meta.url));
  const { width, height } = picture;
  const rgba = rgbaOf(picture);
  if (process.env.UPDATE_GOLDEN || (!existsSync(path) && !process.env.CI)) {
    const canvas = createCanvas(width, height);
    const g = canvas.getContext('2d');
    const image = g.createImageData(width, height);
    image.data.set(rgba);
    g.putImageData(image, 0, 0);
    writeFileSync(path, await canvas.encode('png'));
    return;
  }
  const golden = await loadImage(readFileSync(path));
  expect([golden.width, golden.height], `size of ${name}.png`).toEqual([width, height]);
  const g = createCanvas(width, height).getContext('2d');
  g.drawImage(golden, 0, 0);
  const wanted = g.getImageData(0, 0, width, height).data;
  let sum = 0;
  let other = 0;
  for (let i = 0; i < rgba.length; i += 4) {
    let most = 0;
    for (let c = 0; c < 3; c++) {
      const difference = Math.abs(rgba[i + c]! - wanted[i + c]!);
      sum += difference;
      most = Math.max(most, difference);
    }
    if (most > OTHER) other++;
  }
  const pixels = width * height;
  expect(sum / (3 * pixels), `mean difference to golden/${name}.png`).toBeLessThanOrEqual(MAX_MEAN_DIFFERENCE);
  expect((other * 1000) / pixels, `other pixels than in golden/${name}.png, per mille`).toBeLessThanOrEqual(
    MAX_OTHER_PER_MILLE,
  );
}

/** Studio-range BT.601 to RGB. */
function rgbaOf({ planes, strides, width, height }: Picture): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const luma = 1.164 * (planes[0][y * strides[0] + x]! - 16);
      const u = planes[1][(y >> 1) * strides[1] + (x >> 1)]! - 128;
      const v = planes[2][(y >> 1) * strides[2] + (x >> 1)]! - 128;
      rgba.set([luma + 1.596 * v, luma - 0.392 * u - 0.813 * v, luma + 2.017 * u, 255], (y * width + x) * 4);
    }
  }
  return rgba;
}
