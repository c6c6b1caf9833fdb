import type { Role } from '@amphi/protocol';

/** What a role allows of one kind of track, in the words of the SFU. What is undefined is not limited. */
export interface TrackLimits {
  readonly codec?: string;
  readonly rids?: readonly string[];
  readonly maxBitrateBps?: number;
  /** Of video. Sizes are of the picture as it lies; the same number of pixels may stand upright. */
  readonly maxPicture?: { readonly width: number; readonly height: number; readonly frameRate: number };
}

export interface PublishLimits {
  readonly audio: TrackLimits;
  readonly video: TrackLimits;
  readonly screen: TrackLimits;
  readonly screenAudio: TrackLimits;
}

export interface SubscribeLimits {
  readonly maxBitrateBps?: number;
  readonly degradation?: {
    /** 0–1. */
    readonly lossThreshold: number;
    readonly degradeAfterMs: number;
    readonly recoverAfterMs: number;
  };
}

/** Music of a shared screen; a role's bit rate is one of speech. */
const SCREEN_AUDIO_BPS = 128_000;

/** Of what peers of the role publish. 0 in a template is no limit. */
export function publishLimitsOf({ publishParams }: Role): PublishLimits {
  const { audio, video, screen, simulcast } = publishParams;
  const layers = simulcast.video.layers ?? [];
  return {
    audio: limits({ maxBitrateBps: audio.bitRate * 1000 }),
    video: limits({
      codec: `video/${video.codec}`,
      rids: layers.length > 0 ? layers.map(({ rid }) => rid) : ['f'],
      maxBitrateBps: camerasBps(publishParams),
      maxPicture: pictureOf(video),
    }),
    screen: limits({
      codec: `video/${screen.codec}`,
      rids: simulcast.screen.layers?.map(({ rid }) => rid) ?? ['f'],
      maxBitrateBps: screen.bitRate * 1000,
      maxPicture: pictureOf(screen),
    }),
    screenAudio: limits({ maxBitrateBps: Math.max(SCREEN_AUDIO_BPS, audio.bitRate * 1000) }),
  };
}

function pictureOf({
  width,
  height,
  frameRate,
}: Role['publishParams']['video']): NonNullable<TrackLimits['maxPicture']> {
  return { width, height, frameRate };
}

/** All layers together; 0 when one of them is not limited. */
function camerasBps({ video, simulcast }: Role['publishParams']): number {
  const layers = simulcast.video.layers ?? [];
  if (layers.length === 0) return video.bitRate * 1000;
  // Clients that send no simulcast send the camera at the bit rate of `video`.
  const sum = layers.reduce((total, { maxBitrate }) => total + maxBitrate * 1000, 0);
  return layers.some(({ maxBitrate }) => maxBitrate === 0) || video.bitRate === 0
    ? 0
    : Math.max(sum, video.bitRate * 1000);
}

function limits({ maxBitrateBps = 0, ...rest }: TrackLimits): TrackLimits {
  return { ...rest, ...(maxBitrateBps > 0 ? { maxBitrateBps } : {}) };
}

/** Of what peers of the role are sent. */
export function subscribeLimitsOf({ subscribeParams }: Role): SubscribeLimits {
  const { maxSubsBitRate, subscribeDegradation } = subscribeParams;
  return {
    ...(maxSubsBitRate > 0 ? { maxBitrateBps: maxSubsBitRate * 1000 } : {}),
    ...(subscribeDegradation && {
      degradation: {
        lossThreshold: subscribeDegradation.packetLossThreshold / 100,
        degradeAfterMs: subscribeDegradation.degradeGracePeriodSeconds * 1000,
        recoverAfterMs: subscribeDegradation.recoverGracePeriodSeconds * 1000,
      },
    }),
  };
}

/** Of two that do not both fit, the one with the larger weight is sent. 1 is a role's highest priority, 10 its lowest. */
export function weightOf({ priority }: Role): number {
  return 11 - priority;
}
