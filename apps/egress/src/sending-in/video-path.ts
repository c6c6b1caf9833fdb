import { CodedError } from '@amphi/base';
import { H264Encoder, type Picture, VideoDecoder } from '@amphi/media';
import { NAL_TYPE, nalTypeOf, parseSps, splitAnnexB } from '@amphi/mp4';
import { type AvcConfig, splitAvcConfig, toAnnexB, type VideoTag } from '@amphi/rtmp';

/** `profile_idc` of the baseline profile, and its flag for what it has in common with others (ITU-T H.264, A.2.1.1). */
const BASELINE = 66;
const CONSTRAINED = 0x40;
/** Whoever comes waits at most so long for a picture. */
const KEYFRAME_MS = 2_000;
/** What is encoded is not larger: 1920×1080. */
const MAX_PIXELS = 1920 * 1080;
/** Bits of a pixel of a picture: 1080p at 30 a second becomes 5 Mbit/s. */
const BITS_PER_PIXEL = 0.08;
const [MIN_BPS, MAX_BPS] = [300_000, 6_000_000];
/** By `chroma_format_idc` (ITU-T H.264, table 6-1). */
const CHROMA = ['grey', '4:2:0', '4:2:2', '4:4:4'] as const;
/** The cheapest but one: it is for people who look at it now. */
const PRESET = 'superfast';

export interface VideoTrackInfo {
  readonly width: number;
  readonly height: number;
  /** `level_idc`. */
  readonly level: number;
  /** With start codes. */
  readonly parameterSets: Uint8Array;
}

type Coded = Extract<VideoTag, { kind: 'coded' }>;
type Send = (data: Uint8Array, ms: number, isKeyframe: boolean) => void;

/**
 * H.264 as browsers take it from WebRTC: what comes in the constrained baseline profile goes on as it is, all else (B-frames, CABAC) is
 * decoded and encoded anew.
 */
export class VideoPath {
  readonly info: VideoTrackInfo;
  readonly #send: Send;
  readonly #frameRate: number;
  #config: AvcConfig;
  #transcoder: Transcoder | undefined;
  #awaitsKeyframe = true;
  #lastMs = -1;

  /**
   * @param config AVCDecoderConfigurationRecord
   * @param frameRate about; for the encoder's budget
   * @throws RtmpError for what is none; CodedError `unsupported_picture` without a picture's size, and for
   *   other pictures than 8-bit 4:2:0
   */
  constructor(config: Uint8Array, frameRate: number, send: Send) {
    this.#send = send;
    this.#frameRate = frameRate;
    this.#config = splitAvcConfig(config);
    const size = sizeOf(this.#config);
    if (isForBrowsers(this.#config)) {
      this.info = infoOf(size, toAnnexB(new Uint8Array(0), 4, this.#config.parameterSets));
    } else {
      this.#transcoder = new Transcoder({ size, frameRate, send: this.#sendOn });
      this.info = this.#transcoder.info;
    }
  }

  /** What follows is another stream. @throws as the constructor */
  configure(config: Uint8Array): void {
    const next = splitAvcConfig(config);
    const size = sizeOf(next);
    this.#transcoder?.close();
    this.#transcoder = isForBrowsers(next)
      ? undefined
      : new Transcoder({ size, frameRate: this.#frameRate, send: this.#sendOn });
    this.#config = next;
    this.#awaitsKeyframe = true;
  }

  /**
   * @param ms when it is decoded, rising
   * @param isLate more wait behind it: it is not shown, if that can be
   * @throws CodedError for data that cannot be decoded, RtmpError for what is cut off: it goes on with the next keyframe
   */
  take({ data, isKeyframe, compositionMs }: Coded, ms: number, isLate: boolean): void {
    if (this.#awaitsKeyframe && !isKeyframe) return;
    const { lengthBytes, parameterSets } = this.#config;
    try {
      const unit = toAnnexB(data, lengthBytes, isKeyframe ? parameterSets : []);
      if (this.#transcoder) this.#transcoder.take(unit, ms + compositionMs, isLate);
      else this.#sendOn(unit, ms, isKeyframe);
      this.#awaitsKeyframe = false;
    } catch (error) {
      this.#awaitsKeyframe = true;
      throw error;
    }
  }

  close(): void {
    this.#transcoder?.close();
  }

  readonly #sendOn: Send = (data, ms, isKeyframe) => {
    // What is shown at one moment has one timestamp.
    const at = Math.max(ms, this.#lastMs + 1);
    this.#lastMs = at;
    this.#send(data, at, isKeyframe);
  };
}

class Transcoder {
  readonly #frameRate: number;
  readonly #send: Send;
  readonly #decoder = new VideoDecoder('h264', { reorders: true });
  #encoder: H264Encoder;
  #size: { readonly width: number; readonly height: number };
  #tick = 0;
  #keyframeAt = Number.NEGATIVE_INFINITY;

  constructor(options: {
    readonly size: { readonly width: number; readonly height: number };
    readonly frameRate: number;
    readonly send: Send;
  }) {
    this.#frameRate = options.frameRate;
    this.#send = options.send;
    this.#size = options.size;
    this.#encoder = this.#encoderFor(options.size);
  }

  get info(): VideoTrackInfo {
    return infoOf(encodedSize(this.#size), this.#encoder.parameterSets);
  }

  take(unit: Uint8Array, ms: number, isLate: boolean): void {
    for (const decoded of this.#decoder.decode(unit, ms)) {
      using kept = decoded;
      if (!isLate) this.#encode(kept.picture, kept.timestamp);
    }
  }

  close(): void {
    this.#decoder.close();
    this.#encoder.close();
  }

  #encode(picture: Picture, ms: number): void {
    if (picture.width !== this.#size.width || picture.height !== this.#size.height) {
      this.#encoder.close();
      this.#size = { width: picture.width, height: picture.height };
      this.#encoder = this.#encoderFor(this.#size);
      this.#tick = 0;
      this.#keyframeAt = Number.NEGATIVE_INFINITY;
    }
    const isKeyframe = ms - this.#keyframeAt >= KEYFRAME_MS;
    if (isKeyframe) this.#keyframeAt = ms;
    for (const encoded of this.#encoder.encode(picture, this.#tick++, isKeyframe)) {
      const { data } = encoded;
      this.#send(encoded.isKeyframe ? joined(this.#encoder.parameterSets, data) : data, ms, encoded.isKeyframe);
    }
  }

  #encoderFor(source: { readonly width: number; readonly height: number }): H264Encoder {
    const { width, height } = encodedSize(source);
    const bps = Math.round(width * height * this.#frameRate * BITS_PER_PIXEL);
    return new H264Encoder({
      width,
      height,
      frameRate: this.#frameRate,
      bitrateBps: Math.min(MAX_BPS, Math.max(MIN_BPS, bps)),
      preset: PRESET,
      profile: 'baseline',
      keyframeInterval: Math.ceil((KEYFRAME_MS / 1_000) * this.#frameRate * 2),
    });
  }
}

/** Even, and within what is encoded; the shape stays. */
export function encodedSize({ width, height }: { readonly width: number; readonly height: number }): {
  readonly width: number;
  readonly height: number;
} {
  const factor = Math.min(1, Math.sqrt(MAX_PIXELS / (width * height)));
  const even = (side: number): number => Math.max(16, 2 * Math.floor((side * factor) / 2));
  return { width: even(width), height: even(height) };
}

/** The one profile that every browser takes. */
export function isForBrowsers({ profile, constraints }: Pick<AvcConfig, 'profile' | 'constraints'>): boolean {
  return profile === BASELINE && (constraints & CONSTRAINED) !== 0;
}

function sizeOf({ parameterSets }: AvcConfig): { readonly width: number; readonly height: number } {
  const sps = parameterSets.find((set) => nalTypeOf(set) === NAL_TYPE.sps);
  if (!sps) throw new CodedError('unsupported_picture', 'an AVC configuration without the size of its pictures');
  const { width, height, chromaFormatIdc, bitDepthLuma, bitDepthChroma } = parseSps(sps);
  if (chromaFormatIdc !== 1 || bitDepthLuma !== 8 || bitDepthChroma !== 8) {
    const bits = Math.max(bitDepthLuma, bitDepthChroma);
    throw new CodedError(
      'unsupported_picture',
      `pictures of ${bits} bits, ${CHROMA[chromaFormatIdc]}; taken: 8 bits, 4:2:0`,
    );
  }
  return { width, height };
}

function infoOf(
  { width, height }: { readonly width: number; readonly height: number },
  parameterSets: Uint8Array,
): VideoTrackInfo {
  const sps = splitAnnexB(parameterSets).find((set) => nalTypeOf(set) === NAL_TYPE.sps);
  if (!sps) throw new CodedError('unsupported_picture', 'parameter sets without a sequence parameter set');
  return { width, height, level: parseSps(sps).levelIdc, parameterSets };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}
