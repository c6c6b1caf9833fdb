import * as z from 'zod';
import { type AspectRatio, composition } from './composition.ts';
import type { EmbeddedAsset, OutputStatus } from './outputs.ts';
import { LIMITS } from './signaling/methods.ts';
import { region } from './template.ts';
import { isOff, unsupported } from './unsupported.ts';
import { type WebhookTargetBody, webhookTarget } from './webhook.ts';

/** REST v2 bodies (snake_case). Ids are 24 lower-case hex characters. */

export const objectId = z.string().regex(/^[0-9a-f]{24}$/, '24 lower-case hex characters');

export const roomName = z
  .string()
  .regex(/^[A-Za-z0-9.:_-]{1,120}$/, 'letters, digits, ".", "-", ":" and "_", 1 to 120 characters');

export const createRoomBody = z.object({
  name: roomName.optional(),
  description: z.string().max(1000).optional(),
  template_id: objectId.optional(),
  region: region.optional(),
  size: z.int().min(0).max(20_000).optional(),
  max_duration_seconds: z.int().min(120).max(43_200).optional(),
  large_room: z.boolean().optional(),
  recording_info: unsupported((value) => isOff(value, ['enabled'])),
  /** In each of its sessions, from its next one on. */
  polls: z.array(objectId).max(50).optional(),
  /** In place of the workspace's. */
  webhook: webhookTarget.optional(),
});

/** Cursor list: `last` is the next `start`, empty at the end. */
export interface CursorList<T> {
  readonly limit: number;
  readonly data: readonly T[];
  readonly last: string;
}

export interface RoomObject {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly description: string;
  readonly customer_id: string;
  readonly customer: string;
  readonly app_id: string;
  readonly recording_info: { readonly enabled: boolean };
  readonly recording_source_template: boolean;
  readonly template_id: string;
  readonly template: string;
  readonly region: string;
  readonly large_room: boolean;
  readonly size?: number;
  readonly max_duration_seconds?: number;
  readonly webhook?: WebhookTargetBody;
  readonly polls?: string[];
  readonly created_at: string;
  readonly updated_at: string;
}

/** A session that is, or was, in a room. */
export interface SessionObject {
  readonly id: string;
  readonly room_id: string;
  readonly customer_id: string;
  readonly app_id: string;
  readonly active: boolean;
  /** By peer id; of one that came again, its last time. */
  readonly peers: Readonly<Record<string, SessionPeerObject>>;
  readonly created_at: string;
  /** When it ended; of one that runs, when it began. */
  readonly updated_at: string;
}

export interface SessionPeerObject {
  readonly id: string;
  readonly session_id: string;
  readonly name: string;
  readonly role: string;
  readonly user_id: string;
  readonly joined_at: string;
  readonly left_at: string | null;
}

export interface RoomCodeObject {
  readonly code: string;
  readonly room_id: string;
  readonly role: string;
  readonly enabled: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

/** By which an encoder sends into a room. */
export interface StreamKeyObject {
  readonly id: string;
  readonly key: string;
  /** Where encoders send by RTMP, the key as the stream's name; the same as `whip_url` where none is taken by it. */
  readonly url: string;
  /** Ours: where they send by WHIP (RFC 9725), the key as the bearer. */
  readonly whip_url: string;
  readonly room_id: string;
  readonly customer_id: string;
  readonly app_id: string;
  readonly enabled: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

export type LiveStreamStatus = OutputStatus;

/** A layer that a live stream is encoded in. */
export interface StreamLayer {
  /** Of its playlist. */
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Absent: H.264. */
  readonly codec?: 'av1' | undefined;
  /** Of its pictures, bits a second. */
  readonly bitrate: number;
  /** Pictures a second at present: lower ones get fewer while the machine is too slow for all. */
  readonly frame_rate: number;
}

/** The picture of another shape that is made beside a live stream's own. */
export interface StreamAlternate {
  readonly aspect_ratio: AspectRatio;
  readonly playback: { readonly url: string };
  /** Largest first. */
  readonly layers: readonly StreamLayer[];
}

/** What a live stream is encoded in, and why in that. Ours. */
export interface StreamLadder {
  /** Largest first; those in AV1 after those in H.264. */
  readonly layers: readonly StreamLayer[];
  /** Absent: there is none. */
  readonly alternate?: StreamAlternate | undefined;
  /** `machine`: the destination names none. */
  readonly chosen_by: 'destination' | 'machine';
  readonly reason: string;
}

/** What was wrong with what a live stream shows: it goes on. Ours. */
export interface StreamTrouble {
  /** As in the server's log: `source_undecodable`, `picture_too_large`, … */
  readonly code: string;
  readonly count: number;
  /** The last time. */
  readonly at: string;
}

export interface LiveStreamObject {
  readonly id: string;
  readonly room_id: string;
  readonly session_id: string;
  readonly status: LiveStreamStatus;
  readonly destination: string;
  readonly playback: { readonly url: string };
  readonly meeting_url: string;
  /** Ours; null for streams of an earlier version. */
  readonly ladder: StreamLadder | null;
  readonly recording: { readonly hls_vod: boolean; readonly single_file_per_layer: boolean };
  readonly created_at: string;
  readonly updated_at: string;
  readonly started_at: string | null;
  readonly stopped_at: string | null;
  readonly started_by: string;
  readonly stopped_by: string;
  /** Why it was stopped or has failed, in the words of webhooks; null before, and for streams of an earlier version. Ours. */
  readonly reason: string | null;
  /** By code, the first that came first. Ours. */
  readonly troubles: readonly StreamTrouble[];
  /** Nothing is to be kept of it at present. Ours. */
  readonly recording_paused: boolean;
  readonly recording_assets: readonly EmbeddedAsset[] | null;
}

/** `POST /v2/live-streams/room/{id}/composition`: what is missing stays as it is. Answers with all of it. */
export const liveStreamComposition = z.object({ composition });

export const startLiveStreamBody = z.object({
  meeting_url: z.string().max(2048).optional(),
  destination: z.string().max(100).optional(),
  /** In place of what the destination says. */
  recording: z
    .object({
      single_file_per_layer: z.boolean().default(false),
      hls_vod: z.boolean().default(false),
    })
    .optional(),
  // How it would be done may be said beside the switch.
  transcription: unsupported((value) => isOff({ enabled: Object(value).enabled }, ['enabled'])),
});

const orAbsent = z.string().transform((text) => (text === '' ? undefined : text));

/** A peer in an active room. */
export interface ActivePeerObject {
  readonly id: string;
  readonly name: string;
  readonly user_id: string;
  readonly metadata: string;
  readonly role: string;
  readonly joined_at: string;
}

export interface ActiveTrackObject {
  readonly id: string;
  readonly stream_id: string;
  readonly mute: boolean;
  readonly type: string;
  readonly source: string;
  readonly description: string;
  readonly started_at: string;
}

export interface ActivePeerWithTracks extends ActivePeerObject {
  readonly tracks: Readonly<Record<string, ActiveTrackObject>>;
}

export const activePeersQuery = z.object({ user_id: orAbsent.optional(), role: orAbsent.optional() });

export const updateActivePeerBody = z.object({
  name: z.string().max(LIMITS.name).optional(),
  metadata: z.string().max(LIMITS.data).optional(),
  role: orAbsent.optional(),
});

export const sendMessageBody = z.object({
  message: z.string().max(LIMITS.message),
  type: z.string().max(LIMITS.messageType).default('chat'),
  peer_id: orAbsent.optional(),
  /** How the public server SDK spells it. */
  peerId: orAbsent.optional(),
  role: orAbsent.optional(),
});

export const removePeersBody = z.object({
  peer_id: orAbsent.optional(),
  role: orAbsent.optional(),
  reason: z.string().max(256).default(''),
});

export const endActiveRoomBody = z.object({
  reason: z.string().max(256).default(''),
  lock: z.boolean().default(false),
});

export type CreateRoomBody = z.infer<typeof createRoomBody>;
