import { Av1Encoder, H264Encoder, type Picture } from '@amphi/media';
import { av1ConfigFromTemporalUnit, avcConfigFromAnnexB, sampleFromAnnexB, sampleFromTemporalUnit } from '@amphi/mp4';
import type { VideoRung } from '@amphi/protocol';
import type { EncodedPicture, VideoConfig } from '../sinks/sink.ts';

/** Pictures of any size to samples of one rung, in its codec. What it holds is closed by who made it. */
export interface RungEncoder {
  /** What players need to know before the first picture. */
  readonly config: VideoConfig;
  /** @throws CodedError `codec_refused` */
  encode(picture: Picture, tick: number, keyframe: boolean): EncodedPicture[];
  /** The picture of the last call once more; black before the first. @throws CodedError `codec_refused` */
  encodeAgain(tick: number, keyframe: boolean): EncodedPicture[];
  /** What is left inside; nothing may be encoded afterwards. */
  flush(): EncodedPicture[];
  close(): void;
}

export interface RungEncoderOptions {
  readonly rung: VideoRung;
  readonly frameRate: number;
  /** Keyframes come when asked for, and at the latest after this many frames. */
  readonly framesPerSegment: number;
  /** Of x264. */
  readonly preset: string;
}

/** @throws CodedError `codec_missing`, `codec_refused` */
export function createRungEncoder(options: RungEncoderOptions): RungEncoder {
  return options.rung.codec === 'av1' ? new Av1RungEncoder(options) : new H264RungEncoder(options);
}

function settingsOf({ rung, frameRate, framesPerSegment }: RungEncoderOptions) {
  const { width, height, bitrateBps } = rung;
  return { width, height, bitrateBps, frameRate, keyframeInterval: framesPerSegment };
}

class H264RungEncoder implements RungEncoder {
  readonly config: VideoConfig;
  readonly #encoder: H264Encoder;

  constructor(options: RungEncoderOptions) {
    this.#encoder = new H264Encoder({ ...settingsOf(options), preset: options.preset });
    this.config = avcConfigOf(this.#encoder.parameterSets);
  }

  encode(picture: Picture, tick: number, keyframe: boolean): EncodedPicture[] {
    return this.#encoder.encode(picture, tick, keyframe).map(fromAnnexB);
  }

  encodeAgain(tick: number, keyframe: boolean): EncodedPicture[] {
    return this.#encoder.encodeAgain(tick, keyframe).map(fromAnnexB);
  }

  flush(): EncodedPicture[] {
    return this.#encoder.flush().map(fromAnnexB);
  }

  close(): void {
    this.#encoder.close();
  }
}

const avcConfigOf = (parameterSets: Uint8Array): VideoConfig => {
  const { avcConfig } = avcConfigFromAnnexB(parameterSets);
  return { codec: 'h264', avcConfig };
};

const fromAnnexB = ({ data, ...picture }: EncodedPicture): EncodedPicture => ({
  ...picture,
  data: sampleFromAnnexB(data).data,
});

/**
 * Its encoder is there from the first picture on: one that nobody takes would hold memory, 30 MB of a 720p one. What players need to
 * know is read off a picture that another one has made, as the library's own description of the stream differs from what it sends.
 */
class Av1RungEncoder implements RungEncoder {
  readonly config: VideoConfig;
  readonly #open: () => Av1Encoder;
  #encoder: Av1Encoder | undefined;

  constructor(options: RungEncoderOptions) {
    this.#open = () => new Av1Encoder(settingsOf(options));
    using probe = this.#open();
    const [keyframe] = [...probe.encodeAgain(0, true), ...probe.flush()];
    this.config = { codec: 'av1', av1Config: av1ConfigFromTemporalUnit(keyframe?.data ?? new Uint8Array()) };
  }

  encode(picture: Picture, tick: number, keyframe: boolean): EncodedPicture[] {
    this.#encoder ??= this.#open();
    return this.#encoder.encode(picture, tick, keyframe).map(fromTemporalUnit);
  }

  encodeAgain(tick: number, keyframe: boolean): EncodedPicture[] {
    this.#encoder ??= this.#open();
    return this.#encoder.encodeAgain(tick, keyframe).map(fromTemporalUnit);
  }

  flush(): EncodedPicture[] {
    return this.#encoder?.flush().map(fromTemporalUnit) ?? [];
  }

  close(): void {
    this.#encoder?.close();
  }
}

const fromTemporalUnit = ({ data, ...picture }: EncodedPicture): EncodedPicture => ({
  ...picture,
  data: sampleFromTemporalUnit(data),
});
