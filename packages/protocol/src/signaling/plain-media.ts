import * as z from 'zod/mini';

const id = z.string().check(z.maxLength(128));
const address = z.string().check(z.maxLength(64));

/**
 * Additions to the signaling protocol for the hidden peer, requests on its socket.
 * Refused with 403 for any role other than `__internal_recorder`.
 */
export const plainSubscribeParams = z.object({
  track_id: id,
  /** Where RTP and RTCP (multiplexed, RFC 5761) are to be sent. */
  ip: address,
  port: z.int().check(z.gte(1), z.lte(65535)),
  /** Highest simulcast layer wanted, 0 the lowest. */
  preferred_spatial_layer: z.optional(z.int().check(z.gte(0), z.lte(2))),
});

export const plainSubscribeResult = z.object({
  subscription_id: z.string(),
  /** The SFU's own address, for RTCP feedback of the receiver. */
  ip: z.string(),
  port: z.int(),
  ssrc: z.int(),
  payload_type: z.int(),
  /** Retransmissions (RFC 4588), when the codec has them. */
  rtx_ssrc: z.optional(z.int()),
  rtx_payload_type: z.optional(z.int()),
  /** `audio/opus`, `video/VP8`, `video/H264`. */
  mime_type: z.string(),
  clock_rate: z.int(),
  channels: z.optional(z.int()),
  /** How many layers the publisher sends, whatever its role says: 1 comes as it is. Absent for sound, and from servers of before. */
  spatial_layers: z.optional(z.int().check(z.gte(1))),
});

/** `plain-resume`: the receiver is ready; the SFU starts to send and asks for a keyframe. Result `{}`. */
export const plainResumeParams = z.object({ subscription_id: id });
/** `plain-layer`: another wish for the layer. Result `{}`. */
export const plainLayerParams = z.object({
  subscription_id: id,
  preferred_spatial_layer: z.int().check(z.gte(0), z.lte(2)),
});
/** `plain-unsubscribe`. Result `{}`, also when it is gone already. */
export const plainUnsubscribeParams = z.object({ subscription_id: id });

/** `plain-publish`: the composed program comes as plain RTP, for players. One at a time; a later one takes its place. */
export const plainPublishParams = z.object({
  /** Where RTP and RTCP (multiplexed) are sent from. */
  ip: address,
  port: z.int().check(z.gte(1), z.lte(65535)),
});

const plainStream = z.object({ ssrc: z.int(), payload_type: z.int() });

export const plainPublishResult = z.object({
  publication_id: z.string(),
  /** Where to send it. */
  ip: z.string(),
  port: z.int(),
  /** Opus, 48 kHz. */
  audio: plainStream,
  /** H.264, packetization mode 1, 90 kHz. */
  video: plainStream,
});

/** `plain-unpublish`. Result `{}`, also when it is gone already. */
export const plainUnpublishParams = z.object({ publication_id: id });

/** Notification `plain-ended`: the SFU ended a subscription, as its track ended. Asking for the track anew is possible. */
export const plainEndedParams = z.object({ subscription_id: z.string() });
/**
 * Notification `plain-list`: all subscriptions there are, told after each reconnect of the socket. What is not in it
 * ended meanwhile; what the hidden peer does not know of was made by a request whose answer was lost.
 */
export const plainListParams = z.object({ subscription_ids: z.array(z.string()) });

/**
 * Notification `plain-report`, about once a second and stream: the publisher lives, and says when it captured. What has this
 * RTP timestamp in its stream `ssrc` was captured at `ntp`, in milliseconds of its own clock.
 */
export const plainReportParams = z.object({
  subscription_id: z.string(),
  ssrc: z.int(),
  ntp: z.number(),
  rtp_timestamp: z.int(),
});

export type PlainSubscribeParams = z.infer<typeof plainSubscribeParams>;
export type PlainSubscribeResult = z.infer<typeof plainSubscribeResult>;
export type PlainPublishParams = z.infer<typeof plainPublishParams>;
export type PlainPublishResult = z.infer<typeof plainPublishResult>;
