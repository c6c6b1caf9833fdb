import * as z from 'zod/mini';

/** Objects that several signaling messages carry (client protocol, 8.1 and 8.2). Times: Unix epoch in milliseconds. */

export const trackState = z.object({
  track_id: z.string().check(z.minLength(1), z.maxLength(128)),
  stream_id: z.string().check(z.minLength(1), z.maxLength(128)),
  type: z.enum(['audio', 'video']),
  /** `regular` (microphone, camera), `screen`, or any name an app gives. */
  source: z._default(z.string().check(z.maxLength(64)), 'regular'),
  description: z._default(z.string().check(z.maxLength(256)), ''),
  mute: z.boolean(),
});

export const peerInfo = z.object({
  peer_id: z.string(),
  role: z.string(),
  groups: z._default(z.array(z.string()), []),
  /** When its hand went up, while it is up. Ours. */
  hand_raised_at: z.optional(z.number()),
  info: z.object({ name: z.string(), data: z.string(), user_id: z.string(), type: z._default(z.string(), 'regular') }),
});

export const peer = z.extend(peerInfo, {
  joined_at: z.number(),
  realtime: z.boolean(),
  tracks: z.record(z.string(), trackState),
});

export const hlsState = z.enum(['none', 'initialised', 'started', 'stopped', 'failed']);

export const hlsVariant = z.object({
  /** Multivariant playlist; empty until it is playable. */
  url: z.string(),
  state: hlsState,
  initialised_at: z.optional(z.number()),
  started_at: z.optional(z.number()),
  playlist_type: z.optional(z.enum(['dvr', 'no-dvr'])),
  stream_type: z.optional(z.string()),
  meeting_url: z.optional(z.string()),
  metadata: z.optional(z.string()),
  /** Width to height, such as `9:16`, of a stream that has several pictures. Ours. */
  aspect_ratio: z.optional(z.string()),
});

export const signalingError = z.object({ code: z.number(), message: z.string() });

export const hlsUpdate = z.object({
  enabled: z.boolean(),
  variants: z.array(hlsVariant),
  error: z.optional(signalingError),
});

export const outputStateName = z.enum(['none', 'initialised', 'started', 'paused', 'resumed', 'stopped', 'failed']);

const recordedForms = z.object({ hls_vod: z.boolean(), single_file_per_layer: z.boolean() });

const outputTimes = {
  state: outputStateName,
  initialised_at: z.optional(z.number()),
  started_at: z.optional(z.number()),
};

/** Another platform to which the stage is sent. Ours. */
export const rtmpTarget = z.object({
  /** Its host: where exactly, and with which key, is nobody's business. */
  server: z.string(),
  state: z.enum(['starting', 'running', 'retrying', 'failed']),
  /** Why it does not run, in words. */
  reason: z.optional(z.string()),
});

/** A recording, or what is sent to other platforms, on change (client protocol, 8.7). */
export const outputUpdate = z.object({ ...outputTimes, error: z.optional(signalingError) });

/** Targets in the order in which they were given, as long as it runs. */
export const rtmpUpdate = z.extend(outputUpdate, { targets: z.optional(z.array(rtmpTarget)) });

export const recordUpdate = z.extend(outputUpdate, {
  /** `Browser`: of the composed stage; `HLS`: of the live stream. In just this case. */
  type: z.enum(['sfu', 'Browser', 'HLS']),
  hls_recording: z.optional(recordedForms),
});

/** The same in a room object (client protocol, 8.2). */
const outputState = z.object({ ...outputTimes, enabled: z.boolean(), config: z.optional(recordedForms) });
const rtmpState = z.extend(outputState, { targets: z.optional(z.array(rtmpTarget)) });

export const roomState = z.object({
  name: z.string(),
  session_id: z.string(),
  started_at: z.number(),
  recording: z.object({ sfu: outputState, browser: outputState, hls: outputState }),
  streaming: z.object({ enabled: z.boolean(), rtmp: rtmpState, hls: hlsUpdate }),
  transcriptions: z.array(z.unknown()),
});

export const sessionDescription = (type: 'offer' | 'answer') =>
  z.object({ type: z.literal(type), sdp: z.string().check(z.maxLength(200_000)) });

export const iceCandidate = z.catchall(z.object({ candidate: z.string().check(z.maxLength(1024)) }), z.unknown());

export type TrackState = z.infer<typeof trackState>;
export type PeerInfo = z.infer<typeof peerInfo>;
export type Peer = z.infer<typeof peer>;
export type HlsStateName = z.infer<typeof hlsState>;
export type HlsVariant = z.infer<typeof hlsVariant>;
export type OutputUpdate = z.infer<typeof outputUpdate>;
export type RtmpUpdate = z.infer<typeof rtmpUpdate>;
export type RtmpTargetState = z.infer<typeof rtmpTarget>;
export type RecordUpdate = z.infer<typeof recordUpdate>;
export type HlsUpdate = z.infer<typeof hlsUpdate>;
export type RoomState = z.infer<typeof roomState>;
