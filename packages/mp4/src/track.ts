interface AnyTrack {
  /** Non-zero; the same in the initialization segment and in every fragment. */
  readonly id: number;
  /** Ticks per second of all times of this track; of sound the sampling rate, which keeps durations of frames whole. */
  readonly timescale: number;
  /** Told to players in `btrt`; left out when unknown. */
  readonly bitrateBps?: number;
}

interface Video extends AnyTrack {
  readonly kind: 'video';
  /** Coded picture size in pixels. */
  readonly width: number;
  readonly height: number;
}

interface Audio extends AnyTrack {
  readonly kind: 'audio';
  readonly sampleRate: number;
  readonly channelCount: number;
}

/** An H.264 track. All samples use 4-byte lengths (`lengthSizeMinusOne` = 3 in the configuration). */
export interface VideoTrack extends Video {
  /** Content of `avcC` (ISO/IEC 14496-15, 5.3.3.1): `createAvcConfig` makes one. */
  readonly avcConfig: Uint8Array;
}

/** An AV1 track. */
export interface Av1Track extends Video {
  /** Content of `av1C` (AV1 in ISOBMFF, 2.3.3): `av1ConfigFromTemporalUnit` makes one. */
  readonly av1Config: Uint8Array;
}

/** An AAC track. */
export interface AudioTrack extends Audio {
  /** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), 2 to 5 bytes as an encoder gives it. */
  readonly audioSpecificConfig: Uint8Array;
}

/** An Opus track, of one or two channels. */
export interface OpusTrack extends Audio {
  /** Samples at 48 kHz that a decoder drops at the start: the encoder's delay. */
  readonly preSkip: number;
}

export type Track = VideoTrack | Av1Track | AudioTrack | OpusTrack;

/** One coded picture or one audio frame, in decoding order. Without B-pictures decoding order is display order. */
export interface Sample {
  /** Length-prefixed NAL units, a temporal unit of AV1, a raw AAC frame without ADTS header, or a packet of Opus. Not copied before the fragment is made. */
  readonly data: Uint8Array;
  /** In ticks of the track's timescale. */
  readonly duration: number;
  /** True where decoding can begin: IDR pictures and keyframes, every audio frame. */
  readonly isSync: boolean;
}
