import { Av1Encoder, H264Encoder, type Picture, type PictureEncoder } from '@amphi/media';
import { av1ConfigFromTemporalUnit, avcConfigFromAnnexB, sampleFromAnnexB, sampleFromTemporalUnit } from '@amphi/mp4';
import type { VideoRung } from '@amphi/protocol';
import type { EncodedPicture, VideoConfig } from '../sinks/sink.ts';

export interface RungEncoderOptions {
  readonly rung: VideoRung;
  readonly frameRate: number;
  /** Keyframes come when asked for, and at the latest after this many frames. */
  readonly framesPerSegment: number;
  /** Of x264. */
  readonly preset: string;
}

/** Pictures of any size to samples of one rung, in its codec. Whoever made it closes it. */
export class RungEncoder {
  /** What players need to know before the first picture. */
  readonly config: VideoConfig;
  readonly #open: () => PictureEncoder;
  readonly #toSample: (frame: Uint8Array) => Uint8Array;
  #encoder: PictureEncoder | undefined;

  /** @throws CodedError `codec_missing`, `codec_refused` */
  constructor({ rung, frameRate, framesPerSegment, preset }: RungEncoderOptions) {
    const { width, height, bitrateBps } = rung;
    const settings = { width, height, bitrateBps, frameRate, keyframeInterval: framesPerSegment };
    if (rung.codec === 'av1') {
      // Opened with the first picture: one that nobody takes would hold memory, 30 MB for 720p.
      this.#open = () => new Av1Encoder(settings);
      this.#toSample = sampleFromTemporalUnit;
      this.config = { codec: 'av1', av1Config: av1ConfigFromTemporalUnit(firstFrameOf(this.#open)) };
    } else {
      const encoder = new H264Encoder({ ...settings, preset });
      this.#open = () => encoder;
      this.#encoder = encoder;
      this.#toSample = (frame) => sampleFromAnnexB(frame).data;
      this.config = { codec: 'h264', avcConfig: avcConfigFromAnnexB(encoder.parameterSets).avcConfig };
    }
  }

  /** @throws CodedError `codec_refused` */
  encode(picture: Picture, tick: number, keyframe: boolean): EncodedPicture[] {
    return this.#samplesOf(this.#opened().encode(picture, tick, keyframe));
  }

  /** The picture of the last call once more; black before the first. @throws CodedError `codec_refused` */
  encodeAgain(tick: number, keyframe: boolean): EncodedPicture[] {
    return this.#samplesOf(this.#opened().encodeAgain(tick, keyframe));
  }

  /** What is left inside; nothing may be encoded afterwards. */
  flush(): EncodedPicture[] {
    return this.#samplesOf(this.#encoder?.flush() ?? []);
  }

  close(): void {
    this.#encoder?.close();
  }

  #opened(): PictureEncoder {
    this.#encoder ??= this.#open();
    return this.#encoder;
  }

  #samplesOf(frames: ReturnType<PictureEncoder['flush']>): EncodedPicture[] {
    return frames.map((frame) => ({ ...frame, data: this.#toSample(frame.data) }));
  }
}

/** SVT-AV1 describes its stream otherwise before the first picture than in it: what it sends is what counts. */
function firstFrameOf(open: () => PictureEncoder): Uint8Array {
  using encoder = open();
  const [frame] = [...encoder.encodeAgain(0, true), ...encoder.flush()];
  return frame?.data ?? new Uint8Array();
}
