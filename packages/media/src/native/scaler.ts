import { assert } from '@amphi/base';
import {
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  SoftwareScaleContext,
  SWS_AREA,
  SWS_BILINEAR,
} from './codec-library.ts';
import { check } from './media-error.ts';
import type { Picture } from './planes.ts';

/**
 * Scales pictures of one size into places of one size; makes itself anew when either changes. The result is in studio range. Destination widths are
 * multiples of 16, unless rows are padded: the SIMD writer rounds up and would spill over the tile's right edge.
 */
export class Scaler implements Disposable {
  #context: SoftwareScaleContext | undefined;
  #key = '';
  readonly #widthStep: 2 | 16;

  constructor(options: { readonly paddedTarget?: boolean } = {}) {
    this.#widthStep = options.paddedTarget ? 2 : 16;
  }

  scale(source: Picture, target: Picture): void {
    assert(target.width % this.#widthStep === 0, `target width ${target.width} is a multiple of ${this.#widthStep}`);
    const isFullRange = source.isFullRange === true;
    const key = `${isFullRange ? 'full ' : ''}${source.width}x${source.height}>${target.width}x${target.height}`;
    if (key !== this.#key) {
      this.close();
      this.#context = new SoftwareScaleContext();
      const shrinks = target.width < source.width && target.height < source.height;
      this.#context.getContext(
        source.width,
        source.height,
        isFullRange ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P,
        target.width,
        target.height,
        AV_PIX_FMT_YUV420P,
        // Area averaging is cheaper and better for shrinking; bilinear a third of bicubic's cost and sharp enough.
        shrinks ? SWS_AREA : SWS_BILINEAR,
      );
      this.#key = key;
    }
    check(
      this.#context!.scaleSync(
        [...source.planes],
        [...source.strides],
        0,
        source.height,
        [...target.planes],
        [...target.strides],
      ),
      `scale ${key}`,
    );
  }

  close(): void {
    this.#context?.freeContext();
    this.#context = undefined;
    this.#key = '';
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
