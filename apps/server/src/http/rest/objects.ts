import {
  aspectRatio,
  type CursorList,
  type LiveStreamObject,
  objectId,
  type RoomCodeObject,
  type RoomObject,
  type SessionObject,
  type StreamKeyObject,
  templateBody,
  webhookTarget,
} from '@amphi/protocol';
import type { Room, RoomCode, SessionWithPeers, StreamKey, Template } from '@amphi/store';
import * as z from 'zod';
import { shownSettings } from '../../platform/templates.ts';
import { answerSchema } from './answer-schema.ts';

/** REST v2's answers: their schemas, and how rows of the store become them. */

export const roomObjectSchema = answerSchema<RoomObject>()(
  z.object({
    id: objectId,
    name: z.string(),
    enabled: z.boolean(),
    description: z.string(),
    customer_id: objectId,
    customer: objectId,
    app_id: objectId,
    recording_info: z.object({ enabled: z.boolean() }),
    recording_source_template: z.boolean(),
    template_id: objectId,
    template: z.string(),
    region: z.string(),
    large_room: z.boolean(),
    size: z.int().exactOptional(),
    max_duration_seconds: z.int().exactOptional(),
    webhook: webhookTarget.exactOptional(),
    polls: z.array(z.string()).exactOptional(),
    created_at: z.string(),
    updated_at: z.string(),
  }),
);

export function roomObject(room: Room): RoomObject {
  return {
    id: room.id,
    name: room.name,
    enabled: room.enabled,
    description: room.description,
    customer_id: room.workspaceId,
    customer: room.workspaceId,
    app_id: room.appId,
    recording_info: { enabled: false },
    recording_source_template: true,
    template_id: room.templateId,
    template: room.templateName,
    region: room.region,
    large_room: room.largeRoom,
    ...(room.size === null ? {} : { size: room.size }),
    ...(room.maxDurationSeconds === null ? {} : { max_duration_seconds: room.maxDurationSeconds }),
    ...(room.webhook === null ? {} : { webhook: { ...room.webhook, headers: { ...room.webhook.headers } } }),
    ...(room.polls === null || room.polls.length === 0 ? {} : { polls: [...room.polls] }),
    created_at: room.createdAt.toISOString(),
    updated_at: room.updatedAt.toISOString(),
  };
}

export const sessionObjectSchema = answerSchema<SessionObject>()(
  z.object({
    id: z.string(),
    room_id: objectId,
    customer_id: objectId,
    app_id: z.string(),
    active: z.boolean(),
    peers: z.record(
      z.string(),
      z.object({
        id: z.string(),
        session_id: z.string(),
        name: z.string(),
        role: z.string(),
        user_id: z.string(),
        joined_at: z.string(),
        left_at: z.string().nullable(),
      }),
    ),
    created_at: z.string(),
    updated_at: z.string(),
  }),
);

export function sessionObject(session: SessionWithPeers): SessionObject {
  return {
    id: session.id,
    room_id: session.roomId,
    customer_id: session.workspaceId,
    app_id: session.appId,
    active: session.endedAt === null,
    peers: Object.fromEntries(
      session.peers.map(({ peerId, name, role, userId, joinedAt, leftAt }) => [
        peerId,
        {
          id: peerId,
          session_id: session.id,
          name,
          role,
          user_id: userId,
          joined_at: joinedAt.toISOString(),
          left_at: leftAt?.toISOString() ?? null,
        },
      ]),
    ),
    created_at: session.startedAt.toISOString(),
    updated_at: (session.endedAt ?? session.startedAt).toISOString(),
  };
}

export const roomCodeObjectSchema = answerSchema<RoomCodeObject>()(
  z.object({
    code: z.string(),
    room_id: objectId,
    role: z.string(),
    enabled: z.boolean(),
    created_at: z.string(),
    updated_at: z.string(),
  }),
);

export function roomCodeObject(code: RoomCode): RoomCodeObject {
  return {
    code: code.code,
    room_id: code.roomId,
    role: code.role,
    enabled: code.enabled,
    created_at: code.createdAt.toISOString(),
    updated_at: code.updatedAt.toISOString(),
  };
}

export const streamKeyObjectSchema = answerSchema<StreamKeyObject>()(
  z.object({
    id: objectId,
    key: z.string(),
    url: z.string(),
    whip_url: z.string(),
    room_id: objectId,
    customer_id: objectId,
    app_id: objectId,
    enabled: z.boolean(),
    created_at: z.string(),
    updated_at: z.string(),
  }),
);

/** Where encoders send. */
export interface EncoderAddresses {
  /** Undefined while none is taken by RTMP. */
  readonly rtmp: string | undefined;
  readonly whip: string;
}

export function streamKeyObject(key: StreamKey, room: Room, { rtmp, whip }: EncoderAddresses): StreamKeyObject {
  return {
    id: key.id,
    key: key.key,
    url: rtmp ?? whip,
    whip_url: whip,
    room_id: room.id,
    customer_id: room.workspaceId,
    app_id: room.appId,
    enabled: key.enabled,
    created_at: key.createdAt.toISOString(),
    updated_at: key.updatedAt.toISOString(),
  };
}

export const liveStreamStatus = z.enum(['starting', 'running', 'stopping', 'post_processing', 'completed', 'failed']);

/** A file as its object, or the object that made it, shows it. */
export const assetShape = {
  id: z.string(),
  type: z.string(),
  status: z.string(),
  path: z.string(),
  size: z.int(),
  duration: z.int(),
  thumbnails: z.array(z.string()).nullable(),
  metadata: z.object({
    resolution: z.object({ width: z.int(), height: z.int() }).exactOptional(),
    layer: z.string().exactOptional(),
    num_layers: z.string().exactOptional(),
    max_width: z.int().exactOptional(),
    max_height: z.int().exactOptional(),
    track_id: z.string().exactOptional(),
    stream_id: z.string().exactOptional(),
    peer_id: z.string().exactOptional(),
    track_type: z.enum(['audio', 'video']).exactOptional(),
    user_id: z.string().exactOptional(),
    user_name: z.string().exactOptional(),
    source: z.string().exactOptional(),
    codec: z.enum(['opus', 'vp8', 'vp9', 'h264']).exactOptional(),
    started_at: z.string().exactOptional(),
  }),
  created_at: z.string(),
  upload: z.object({ status: z.enum(['waiting', 'uploaded']), error: z.string().nullable() }).nullable(),
};

/** What live streams, recordings and external streams have in common. */
export const outputObjectShape = {
  id: objectId,
  room_id: objectId,
  session_id: z.string(),
  status: liveStreamStatus,
  destination: z.string(),
  meeting_url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  started_at: z.string().nullable(),
  stopped_at: z.string().nullable(),
  started_by: z.string(),
  stopped_by: z.string(),
  reason: z.string().nullable(),
  recording_paused: z.boolean(),
  recording_assets: z.array(z.object(assetShape)).nullable(),
};

const layers = z.array(
  z.object({
    id: z.string(),
    width: z.int(),
    height: z.int(),
    codec: z.literal('av1').optional(),
    bitrate: z.int(),
    frame_rate: z.number(),
  }),
);

const ladder = z.object({
  layers,
  alternate: z.object({ aspect_ratio: aspectRatio, playback: z.object({ url: z.string() }), layers }).optional(),
  chosen_by: z.enum(['destination', 'machine']),
  reason: z.string(),
});

export const liveStreamObjectSchema = answerSchema<LiveStreamObject>()(
  z.object({
    ...outputObjectShape,
    playback: z.object({ url: z.string() }),
    ladder: ladder.nullable(),
    recording: z.object({ hls_vod: z.boolean(), single_file_per_layer: z.boolean() }),
    troubles: z.array(z.object({ code: z.string(), count: z.int(), at: z.string() })),
  }),
);

export const templateObjectSchema = templateBody.extend({
  id: objectId,
  /** Copy of `id` for older readers. */
  _id: objectId,
  customerId: objectId,
  /** Copy of `customerId` for older readers. */
  customer: objectId,
  appId: objectId,
  default: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

export function templateObject(template: Template): z.infer<typeof templateObjectSchema> {
  return {
    ...template.body,
    settings: shownSettings(template.body.settings),
    id: template.id,
    _id: template.id,
    customerId: template.workspaceId,
    customer: template.workspaceId,
    appId: template.appId,
    default: template.isDefault,
    createdAt: template.createdAt.toISOString(),
    updatedAt: template.updatedAt.toISOString(),
  };
}

/**
 * Cursor lists. Public SDKs go on until `last` is empty or a page is shorter than the limit, so a limit that is too
 * large is refused, not reduced.
 */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(10),
  start: objectId.optional().or(z.literal('').transform(() => undefined)),
});

/** Of live streams, recordings and external streams. */
export const outputListQuery = pageQuery.extend({
  room_id: z.string().optional(),
  session_id: z.string().optional(),
  status: liveStreamStatus.optional(),
});

export function cursorListSchema<Item>(item: z.ZodType<Item>): z.ZodType<CursorList<Item>> {
  return z.object({ limit: z.int(), data: z.array(item), last: z.string() });
}

/** A full page names its last element as the next `start`. */
export function cursorList<Row extends { readonly id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): CursorList<Item> {
  return { limit, data: rows.map(toItem), last: rows.length === limit ? (rows.at(-1)?.id ?? '') : '' };
}
