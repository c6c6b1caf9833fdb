import { FF_ENCODER_LIBSVTAV1 } from './codec-library.ts';
import { EncoderCore } from './encoder-core.ts';
import { configureStream, type EncodedFrame, PictureEncoder, type StreamOptions } from './picture-encoder.ts';
import { schedulingPolicy, shareCoresAgain } from './thread-scheduling.ts';

/** Of SVT-AV1, the fastest: the slower ones are for files. */
const PRESET = 12;

/**
 * SVT-AV1 for live: each picture comes out as it goes in, none is put off, keyframes only where they are wanted. Frames are
 * temporal units: OBUs with sizes (AV1, 5.3 and 7.5), a delimiter first. It has threads of its own; one of them does nearly all of
 * the work. What it says on stderr is bounded by `SVT_LOG`.
 */
export class Av1Encoder extends PictureEncoder {
  #isFlushed = false;

  /** @throws CodedError `codec_missing`, `codec_refused` */
  constructor(options: StreamOptions) {
    const before = schedulingPolicy();
    const core = new EncoderCore(FF_ENCODER_LIBSVTAV1, {
      configure: (context) => configureStream(context, options),
      options: {
        preset: String(PRESET),
        // Low delay, constant bit rate, one thread for the work; scene cuts make no keyframes.
        'svtav1-params': 'rtc=1:pred-struct=1:rc=2:lp=1:scd=0',
      },
    });
    super(core, options);
    try {
      shareCoresAgain(before);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  override flush(): EncodedFrame[] {
    this.#isFlushed = true;
    return super.flush();
  }

  override close(): void {
    // The library calls it an error to be closed before it was told that nothing comes.
    if (!this.#isFlushed) this.flush();
    super.close();
  }
}
