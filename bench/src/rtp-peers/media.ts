/** One RTP stream that a synthetic peer sends. */
export interface SyntheticStream {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly clockRate: number;
  /** Frames, and packets, a second. */
  readonly frames: number;
  readonly packets: number;
  /** Of a packet's payload. */
  readonly bytes: number;
  readonly isVp8: boolean;
  readonly mid: string;
  readonly midExtension: number;
  readonly rid?: string;
  readonly ridExtension: number;
}

/** A track of a synthetic publisher. */
export interface SyntheticTrack {
  readonly kind: 'audio' | 'video';
  readonly trackId: string;
  readonly mid: string;
  readonly payloadType: number;
  readonly streams: readonly SyntheticStream[];
}

/** Ids in the offers written here (RFC 8285). */
export const EXTENSIONS = { mid: 4, rid: 10, repairedRid: 11 } as const;

const VIDEO = { payloadType: 96, clockRate: 90_000, frames: 30, isVp8: true, mid: '1' } as const;
const SHARED = { midExtension: EXTENSIONS.mid, ridExtension: EXTENSIONS.rid } as const;

/**
 * A camera at 720p, 30 frames a second, as three simulcast layers: 0.15, 0.5 and 1.2 Mbit/s. The top one is 136
 * packets a second.
 */
export const camera: SyntheticTrack = {
  kind: 'video',
  trackId: 'camera',
  mid: VIDEO.mid,
  payloadType: VIDEO.payloadType,
  streams: [
    { ...VIDEO, ...SHARED, ssrc: 1001, rid: 'q', packets: 30, bytes: 625 },
    { ...VIDEO, ...SHARED, ssrc: 1002, rid: 'h', packets: 60, bytes: 1040 },
    { ...VIDEO, ...SHARED, ssrc: 1003, rid: 'f', packets: 136, bytes: 1100 },
  ],
};

/** Opus in frames of 20 ms at 32 kbit/s. */
export const microphone: SyntheticTrack = {
  kind: 'audio',
  trackId: 'microphone',
  mid: '1',
  payloadType: 111,
  streams: [
    {
      ...SHARED,
      ssrc: 2001,
      payloadType: 111,
      clockRate: 48_000,
      frames: 50,
      packets: 50,
      bytes: 80,
      isVp8: false,
      mid: '1',
    },
  ],
};

/** Of what a receiver gets: the top layer alone. */
export function forwardedStream(track: SyntheticTrack): SyntheticStream {
  return track.streams.at(-1)!;
}
