import { assert } from '@amphi/base';
import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, type AVPixelFormat, Frame } from './codec-library.ts';
import { check } from './media-error.ts';
import type { Picture } from './planes.ts';

/**
 * A frame with memory of its own and its planes. They are read from the library once: each reading makes buffers that
 * count as external memory until they are collected, and reading them per frame keeps the garbage collector's threads
 * busy with a third of the engine's work (measured).
 */
export class NativePicture implements Disposable {
  readonly frame = new Frame();
  /** Views into the frame's memory; they end with it. Rows are padded. */
  readonly picture: Picture;

  constructor(width: number, height: number, format: AVPixelFormat = AV_PIX_FMT_YUV420P) {
    this.frame.alloc();
    this.frame.format = format;
    this.frame.width = width;
    this.frame.height = height;
    try {
      check(this.frame.getBuffer(0), `allocate a frame of ${width}×${height}`);
    } catch (error) {
      this.frame.free();
      throw error;
    }
    const planes = this.frame.data;
    const strides = this.frame.linesize;
    assert(planes !== null && planes.length >= 3, 'a frame with buffers has planes');
    this.picture = {
      width,
      height,
      planes: [planes[0]!, planes[1]!, planes[2]!],
      strides: [strides[0]!, strides[1]!, strides[2]!],
      isFullRange: format === AV_PIX_FMT_YUVJ420P,
    };
  }

  /** For input of encoders: nobody else may hold the memory when it is written to. */
  assertWritable(): void {
    assert(this.frame.isWritable, 'the encoder keeps no reference to its last input');
  }

  close(): void {
    this.frame.free();
  }

  [Symbol.dispose](): void {
    this.close();
  }
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
