/** An H.264 track. All samples use 4-byte lengths (`lengthSizeMinusOne` = 3 in the configuration). */
export interface VideoTrack {
  readonly kind: 'video';
  /** Non-zero; the same in the initialization segment and in every fragment. */
  readonly id: number;
  /** Ticks per second of all times of this track. */
  readonly timescale: number;
  /** Coded picture size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Content of `avcC` (ISO/IEC 14496-15, 5.3.3.1): `createAvcConfig` makes one. */
  readonly avcConfig: Uint8Array;
  /** Told to players in `btrt`; left out when unknown. */
  readonly bitrateBps?: number;
}

/** An AAC track. */
export interface AudioTrack {
  readonly kind: 'audio';
  readonly id: number;
  /** Ticks per second of all times of this track; the sampling rate keeps AAC frame durations whole. */
  readonly timescale: number;
  readonly sampleRate: number;
  readonly channelCount: number;
  /** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), 2 to 5 bytes as an encoder gives it. */
  readonly audioSpecificConfig: Uint8Array;
  readonly bitrateBps?: number;
}

export type Track = VideoTrack | AudioTrack;

/** One coded picture or one audio frame, in decoding order. Without B-pictures decoding order is display order. */
export interface Sample {
  /** Length-prefixed NAL units, or one raw AAC frame without ADTS header. Not copied before the fragment is made. */
  readonly data: Uint8Array;
  /** In ticks of the track's timescale. */
  readonly duration: number;
  /** True where decoding can begin: IDR pictures, every audio frame. */
  readonly isSync: boolean;
}
