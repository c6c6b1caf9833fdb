import { assert } from '@amphi/base';

/**
 * A picture in planar YUV 4:2:0: three planes, `strides[i]` bytes from one row to the next; the chroma planes have half
 * the width and height. Buffers are views: whoever made the memory owns it.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly [Buffer, Buffer, Buffer];
  readonly strides: readonly [number, number, number];
  /** Luma from 0 to 255 instead of studio range (16 to 235), as some H.264 senders do. */
  readonly isFullRange?: boolean;
}

/** Bytes of a picture without padding. */
export function pictureBytes(width: number, height: number): number {
  return (width * height * 3) / 2;
}

/** A picture without padding over `memory`, from `offset` on. Width and height are even. */
export function pictureOver(memory: ArrayBufferLike, offset: number, width: number, height: number): Picture {
  assert(
    width > 0 && height > 0 && width % 2 === 0 && height % 2 === 0,
    `picture of ${width}×${height}: sizes are even`,
  );
  const luma = width * height;
  const chroma = luma / 4;
  assert(
    offset >= 0 && offset + luma + 2 * chroma <= memory.byteLength,
    `picture at ${offset} lies in ${memory.byteLength} bytes`,
  );
  return {
    width,
    height,
    planes: [
      Buffer.from(memory, offset, luma),
      Buffer.from(memory, offset + luma, chroma),
      Buffer.from(memory, offset + luma + chroma, chroma),
    ],
    strides: [width, width / 2, width / 2],
  };
}

/**
 * The part of a picture at `x`, `y`, as a picture over the same memory. All values are even, so that chroma samples
 * are not cut. Asserts that the last byte lies inside of every plane: the scaler that writes there checks nothing.
 */
export function subPicture(picture: Picture, x: number, y: number, width: number, height: number): Picture {
  assert(
    [x, y, width, height].every((value) => value % 2 === 0) && x >= 0 && y >= 0 && width > 0 && height > 0,
    `part ${width}×${height} at ${x},${y}: even and positive`,
  );
  assert(
    x + width <= picture.width && y + height <= picture.height,
    `part ${width}×${height} at ${x},${y} lies in ${picture.width}×${picture.height}`,
  );
  const cut = (plane: 0 | 1 | 2, shift: 0 | 1): Buffer => {
    const stride = picture.strides[plane];
    const start = (y >> shift) * stride + (x >> shift);
    const end = start + ((height >> shift) - 1) * stride + (width >> shift);
    const memory = picture.planes[plane];
    assert(end <= memory.length, `plane ${plane}: ${end} bytes are needed, ${memory.length} are there`);
    return memory.subarray(start);
  };
  return { ...picture, width, height, planes: [cut(0, 0), cut(1, 1), cut(2, 1)] };
}

/** Studio-range YUV (BT.601 in name; the difference is not visible in flat colours). */
export type Yuv = readonly [luma: number, u: number, v: number];

export function fillPicture(picture: Picture, color: Yuv): void {
  for (const plane of [0, 1, 2] as const) {
    const rows = plane === 0 ? picture.height : picture.height / 2;
    const bytes = plane === 0 ? picture.width : picture.width / 2;
    const stride = picture.strides[plane];
    const memory = picture.planes[plane];
    if (bytes === stride) memory.fill(color[plane], 0, rows * stride);
    else for (let row = 0; row < rows; row++) memory.fill(color[plane], row * stride, row * stride + bytes);
  }
}
