import * as z from 'zod/mini';
import { role } from '../role.ts';
import { boardChange, boardRoles, boardUpdate } from './board.ts';
import { compositionUpdate } from './composition-info.ts';
import {
  hlsUpdate,
  iceCandidate,
  peer,
  peerInfo,
  recordUpdate,
  roomState,
  rtmpUpdate,
  signalingError,
  trackState,
} from './objects.ts';
import { plainEndedParams, plainListParams, plainReportParams } from './plain-media.ts';
import { pollInfo, pollResult } from './polls.ts';

/** Server → client (client protocol, section 8): parameters by method. */

const tracksOfPeer = z.object({ peer: peerInfo, tracks: z.record(z.string(), trackState) });

export const notifications = {
  'on-policy-change': z.object({
    /** The recipient's current role. */
    name: z.string(),
    template_id: z.string(),
    known_roles: z.record(z.string(), role),
    plugins: z.optional(z.record(z.string(), z.unknown())),
    app_data: z.optional(z.record(z.string(), z.string())),
  }),
  'peer-list': z.object({ peers: z.record(z.string(), peer), room: roomState }),
  'room-state': z.object({ peer_count: z.number(), room: roomState, peers: z.nullish(z.record(z.string(), peer)) }),
  'session-info': z.object({
    session_id: z.string(),
    room_id: z.string(),
    peer_count: z.number(),
    track_count: z.number(),
    /** Ours: how many have each role, of roles that anybody has. */
    peers_by_role: z.optional(z.record(z.string(), z.number())),
  }),
  'room-info': z.object({
    room_id: z.string(),
    name: z.string(),
    description: z.string(),
    max_size: z.number(),
    large_room_optimization: z.boolean(),
    /** Ours: the chat is kept, `chat-history` gives it. */
    chat_history: z.optional(z.boolean()),
    /** Ours: who may do what with the whiteboard; absent where nobody may open one. */
    whiteboard: z.optional(boardRoles),
  }),
  'on-peer-join': peer,
  'on-peer-leave': z.object({ peer_id: z.string() }),
  'on-peer-update': z.extend(peerInfo, { realtime: z.boolean() }),
  'on-peer-leave-request': z.object({
    requested_by: z.optional(z.string()),
    reason: z.string(),
    room_end: z.boolean(),
  }),
  'on-track-add': tracksOfPeer,
  'on-track-update': tracksOfPeer,
  'on-track-remove': tracksOfPeer,
  'on-track-layer-update': z.object({
    tracks: z.record(
      z.string(),
      z.object({
        track_id: z.string(),
        current_layer: z.enum(['none', 'low', 'medium', 'high']),
        expected_layer: z.enum(['none', 'low', 'medium', 'high']),
        subscriber_degraded: z.boolean(),
        publisher_degraded: z.boolean(),
      }),
    ),
  }),
  'active-speakers': z.object({
    'speaker-list': z.array(z.object({ peer_id: z.string(), track_id: z.string(), level: z.number() })),
  }),
  /** 0 (worst) to 5; -1 unknown. */
  'on-connection-quality-update': z.object({
    peers: z.array(z.object({ peer_id: z.string(), downlink_score: z.number() })),
  }),
  'on-broadcast': z.object({
    peer: z.optional(peerInfo),
    roles: z.optional(z.array(z.string())),
    private: z.boolean(),
    message_id: z.string(),
    timestamp: z.number(),
    info: z.object({
      type: z.string(),
      message: z.string(),
      /** Ours: peer ids of those whom the text names. */
      mentions: z.optional(z.array(z.string())),
    }),
  }),
  'on-role-change-request': z.object({ requested_by: z.optional(z.string()), role: z.string(), token: z.string() }),
  'on-metadata-change': z.object({
    values: z.array(
      z.object({
        key: z.string(),
        /** Null: there is no value. */
        data: z.unknown(),
        updated_at: z.number(),
        updated_by: z.optional(z.string()),
        change_version: z.optional(z.number()),
      }),
    ),
  }),
  'on-track-update-request': z.object({
    requested_by: z.optional(z.string()),
    track_id: z.string(),
    stream_id: z.string(),
    mute: z.boolean(),
  }),
  'on-change-track-mute-state-request': z.object({
    requested_by: z.optional(z.string()),
    type: z.optional(z.enum(['audio', 'video'])),
    source: z.optional(z.string()),
    /** True: mute. */
    value: z.boolean(),
  }),
  'on-poll-start': z.object({ polls: z.array(pollInfo) }),
  'on-poll-stop': z.object({
    polls: z.array(z.object({ poll_id: z.string(), stopped_at: z.number(), stopped_by: z.string() })),
  }),
  'on-poll-stats': z.object({ polls: z.array(pollResult) }),
  /** Ours: the whiteboard is open, or closed, for the recipient. */
  'on-board-update': boardUpdate,
  /** Ours: others have drawn. */
  'on-board-change': boardChange,
  'on-hls-update': hlsUpdate,
  /** Ours, to those who may stream: somebody has changed how the stream is drawn, or the next one will be. */
  'on-hls-composition': compositionUpdate,
  'on-record-update': recordUpdate,
  'on-rtmp-update': rtmpUpdate,
  'on-error': signalingError,
  'on-warning': z.unknown(),
  'node-info': z.object({ sfu_node_id: z.string() }),
  /** Subscribe connection: the server's offer. */
  offer: z.object({ type: z.literal('offer'), sdp: z.string(), sfu_node_id: z.optional(z.string()) }),
  trickle: z.object({ target: z.union([z.literal(0), z.literal(1)]), candidate: iceCandidate }),
  'plain-ended': plainEndedParams,
  'plain-list': plainListParams,
  'plain-report': plainReportParams,
} as const;

export type NotificationName = keyof typeof notifications;
/** What the server sends. */
export type NotificationParams<Name extends NotificationName> = z.output<(typeof notifications)[Name]>;

/** One notification with its parameters. */
export type Notification = {
  [Name in NotificationName]: { readonly method: Name; readonly params: NotificationParams<Name> };
}[NotificationName];

export function isNotificationName(name: string): name is NotificationName {
  return Object.hasOwn(notifications, name);
}
