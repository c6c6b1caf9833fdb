import { assert } from '@amphi/base';
import type { Frame } from './codec-library.ts';
import type { Picture } from './planes.ts';

/** The planes of an allocated frame. Views into native memory: they end with the frame. The getters cost microseconds. */
export function pictureOfFrame(frame: Frame): Picture {
  const planes = frame.data;
  const strides = frame.linesize;
  assert(planes !== null && planes.length >= 3, 'a frame with buffers has planes');
  return {
    width: frame.width,
    height: frame.height,
    planes: [planes[0]!, planes[1]!, planes[2]!],
    strides: [strides[0]!, strides[1]!, strides[2]!],
  };
}

/** Copies a picture of the same size: whole planes where the strides are equal, row by row where they are not. */
export function copyPicture(source: Picture, target: Picture): void {
  assert(
    source.width === target.width && source.height === target.height,
    `copy of ${source.width}×${source.height} into ${target.width}×${target.height}`,
  );
  for (const plane of [0, 1, 2] as const) {
    const rows = plane === 0 ? source.height : source.height / 2;
    const bytes = plane === 0 ? source.width : source.width / 2;
    const from = source.planes[plane];
    const to = target.planes[plane];
    const fromStride = source.strides[plane];
    const toStride = target.strides[plane];
    if (fromStride === toStride) from.copy(to, 0, 0, (rows - 1) * fromStride + bytes);
    else for (let row = 0; row < rows; row++) from.copy(to, row * toStride, row * fromStride, row * fromStride + bytes);
  }
}
