import * as z from 'zod';

/** Objects that several signaling messages carry (client protocol, 8.1 and 8.2). Times: Unix epoch in milliseconds. */

export const trackState = z.object({
  track_id: z.string().min(1).max(128),
  stream_id: z.string().min(1).max(128),
  type: z.enum(['audio', 'video']),
  /** `regular` (microphone, camera), `screen`, or any name an app gives. */
  source: z.string().max(64).default('regular'),
  description: z.string().max(256).default(''),
  mute: z.boolean(),
});

export const peerInfo = z.object({
  peer_id: z.string(),
  role: z.string(),
  groups: z.array(z.string()).default([]),
  info: z.object({ name: z.string(), data: z.string(), user_id: z.string(), type: z.string().default('regular') }),
});

export const peer = peerInfo.extend({
  joined_at: z.number(),
  realtime: z.boolean(),
  tracks: z.record(z.string(), trackState),
});

export const hlsState = z.enum(['none', 'initialised', 'started', 'stopped', 'failed']);

export const hlsVariant = z.object({
  /** Multivariant playlist; empty until it is playable. */
  url: z.string(),
  state: hlsState,
  initialised_at: z.number().optional(),
  started_at: z.number().optional(),
  playlist_type: z.enum(['dvr', 'no-dvr']).optional(),
  stream_type: z.string().optional(),
  meeting_url: z.string().optional(),
  metadata: z.string().optional(),
});

export const signalingError = z.object({ code: z.number(), message: z.string() });

export const hlsUpdate = z.object({
  enabled: z.boolean(),
  variants: z.array(hlsVariant),
  error: signalingError.optional(),
});

const recordingState = z.object({ enabled: z.boolean(), state: z.string() }).catchall(z.unknown());

export const roomState = z.object({
  name: z.string(),
  session_id: z.string(),
  started_at: z.number(),
  recording: z.object({ sfu: recordingState, browser: recordingState, hls: recordingState }),
  streaming: z.object({ enabled: z.boolean(), rtmp: recordingState, hls: hlsUpdate }),
  transcriptions: z.array(z.unknown()),
});

export const sessionDescription = (type: 'offer' | 'answer') =>
  z.object({ type: z.literal(type), sdp: z.string().max(200_000) });

export const iceCandidate = z.object({ candidate: z.string().max(1024) }).catchall(z.unknown());

export type TrackState = z.infer<typeof trackState>;
export type PeerInfo = z.infer<typeof peerInfo>;
export type Peer = z.infer<typeof peer>;
export type HlsStateName = z.infer<typeof hlsState>;
export type HlsVariant = z.infer<typeof hlsVariant>;
export type HlsUpdate = z.infer<typeof hlsUpdate>;
export type RoomState = z.infer<typeof roomState>;
