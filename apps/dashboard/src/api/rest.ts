import { queryOptions } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { request, requestNothing } from './request.ts';

/**
 * Rooms, sessions, streams and recordings by REST v2, of whose answers only what a page shows is read. All functions throw
 * `RequestFailure`.
 */

const BASE = '/platform/v2';
/** Of lists; the server allows 100. */
const PAGE = 20;

const room = z.object({
  id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  description: z.string(),
  app_id: z.string(),
  template_id: z.string(),
  created_at: z.string(),
});
const peer = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  user_id: z.string(),
  joined_at: z.string(),
  left_at: z.nullable(z.string()),
});
const session = z.object({
  id: z.string(),
  room_id: z.string(),
  active: z.boolean(),
  peers: z.record(z.string(), peer),
  created_at: z.string(),
  updated_at: z.string(),
});
const text = z.optional(z.string());
const sessionEvent = z.object({
  id: z.string(),
  /** Of the types of EVT5. */
  type: z.string(),
  timestamp: z.string(),
  peer_id: z.string(),
  user_name: text,
  role: text,
  previous_role: text,
  requested_by: text,
  reason: text,
  output: text,
});
const streamKey = z.object({ id: z.string(), key: z.string(), url: z.string(), whip_url: z.string() });
const code = z.object({ code: z.string(), role: z.string(), enabled: z.boolean() });
const output = z.object({
  id: z.string(),
  status: z.string(),
  created_at: z.string(),
  started_at: z.nullable(z.string()),
  stopped_at: z.nullable(z.string()),
});
const ladder = z.object({
  layers: z.array(z.object({ id: z.string(), width: z.number(), height: z.number(), frame_rate: z.number() })),
  chosen_by: z.enum(['destination', 'machine']),
  reason: z.string(),
});
const stream = z.extend(output, {
  playback: z.object({ url: z.string() }),
  ladder: z.nullable(ladder),
  recording: z.object({ hls_vod: z.boolean(), single_file_per_layer: z.boolean() }),
  recording_paused: z.boolean(),
});
const asset = z.object({
  id: z.string(),
  room_id: z.string(),
  session_id: z.string(),
  status: z.string(),
  /** Bytes. */
  size: z.number(),
  /** Seconds. */
  duration: z.number(),
  metadata: z.object({
    /** Sound has none, and a playlist says the size of its largest layer. */
    resolution: z.optional(z.object({ width: z.number(), height: z.number() })),
    max_width: z.optional(z.number()),
    max_height: z.optional(z.number()),
    /** Of a track: whose it is, and what. */
    track_type: z.optional(z.enum(['audio', 'video'])),
    source: z.optional(z.string()),
    user_name: z.optional(z.string()),
  }),
  created_at: z.string(),
});

const figures = z.array(z.nullable(z.number()));
/** Of whatever kind a series is, with what its kind has besides. */
const seriesWith = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.array(z.object({ time_series: z.object({ timestamps: z.array(z.number()), bitrate: figures, ...shape }) }));
const peerStats = z.object({
  publisher: z.object({
    video: seriesWith({ packet_loss_percent: figures, rtt_ms: figures }),
    audio: seriesWith({ packet_loss_percent: figures, rtt_ms: figures, jitter_ms: figures }),
  }),
  subscriber: z.object({
    video: seriesWith({ freeze_count: figures }),
    audio: seriesWith({ packet_loss_percent: figures }),
  }),
});

const usage = z.object({
  data: z.array(
    z.object({
      day: z.string(),
      participant_minutes: z.number(),
      stream_minutes: z.number(),
      recording_minutes: z.number(),
      peak_participants: z.number(),
    }),
  ),
});

export type Usage = z.infer<typeof usage>;
export type PeerStats = z.infer<typeof peerStats>;
export type Room = z.infer<typeof room>;
export type Session = z.infer<typeof session>;
export type SessionEvent = z.infer<typeof sessionEvent>;
export type SessionPeer = z.infer<typeof peer>;
export type Output = z.infer<typeof output>;
export type Stream = z.infer<typeof stream>;

export type Ladder = z.infer<typeof ladder>;
export type StreamKey = z.infer<typeof streamKey>;
export type Asset = z.infer<typeof asset>;

const listOf = <Item extends z.core.$ZodType>(item: Item) => z.object({ data: z.array(item), last: z.string() });
const lists = {
  rooms: listOf(room),
  sessions: listOf(session),
  sessionEvents: listOf(sessionEvent),
  streams: listOf(stream),
  outputs: listOf(output),
  assets: listOf(asset),
  codes: listOf(code),
  streamKeys: listOf(streamKey),
};

/** One page of a list, and where the next begins. */
export interface ListPage<Item> {
  readonly data: readonly Item[];
  /** Empty at the end. */
  readonly last: string;
}

type Query = Readonly<Record<string, string | undefined>>;

function pathOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]);
  const search = new URLSearchParams(given).toString();
  return search === '' ? BASE + path : `${BASE}${path}?${search}`;
}

const seg = encodeURIComponent;

export const listRooms = (query: Query, start: string, signal: AbortSignal): Promise<ListPage<Room>> =>
  request(pathOf('/rooms', { ...query, start, limit: String(PAGE) }), lists.rooms, { signal });

export const listSessions = (query: Query, start: string, signal: AbortSignal): Promise<ListPage<Session>> =>
  request(pathOf('/sessions', { ...query, start, limit: String(PAGE) }), lists.sessions, { signal });

/** What happened in a session, newest first. */
export const listSessionEvents = (id: string, start: string, signal: AbortSignal): Promise<ListPage<SessionEvent>> =>
  request(pathOf(`/sessions/${seg(id)}/events`, { start, limit: String(PAGE) }), lists.sessionEvents, { signal });

export const listAssets = (query: Query, start: string, signal: AbortSignal): Promise<ListPage<Asset>> =>
  request(pathOf('/recording-assets', { ...query, start, limit: String(PAGE) }), lists.assets, { signal });

export const roomQuery = (id: string) =>
  queryOptions({
    queryKey: ['rooms', 'one', id],
    queryFn: ({ signal }) => request(pathOf(`/rooms/${seg(id)}`), room, { signal }),
    // Names change seldom, and many pages show them.
    staleTime: 60_000,
  });

export const sessionRecordQuery = (id: string) =>
  queryOptions({
    queryKey: ['sessions', 'one', id],
    queryFn: ({ signal }) => request(pathOf(`/sessions/${seg(id)}`), session, { signal }),
    refetchInterval: ({ state: { data } }) => (data?.active === true ? 5_000 : false),
  });

/** Of a session that is over. */
export const peerStatsQuery = (sessionId: string, peerId: string) =>
  queryOptions({
    queryKey: ['sessions', 'quality', sessionId, peerId],
    queryFn: ({ signal }) =>
      request(pathOf('/analytics/peer-stats', { session_id: sessionId, peer_id: peerId }), peerStats, { signal }),
    staleTime: 60_000,
  });

/**
 * What was used by day.
 * @param appId empty: all apps together
 */
export const usageQuery = (appId: string, { from, to }: { readonly from: string; readonly to: string }) =>
  queryOptions({
    queryKey: ['usage', appId, from, to],
    queryFn: ({ signal }) => request(pathOf('/analytics/usage', { app_id: appId, from, to }), usage, { signal }),
    refetchInterval: 60_000,
  });

/** Sessions with somebody in them: at most a page of the newest. */
export const activeSessionsQuery = queryOptions({
  queryKey: ['sessions', 'active'],
  queryFn: async ({ signal }) =>
    (await request(pathOf('/sessions', { active: 'true', limit: '100' }), lists.sessions, { signal })).data,
  refetchInterval: 5_000,
});

/** Who is in a room now, in the order of their coming. */
export const activePeersQuery = (roomId: string) =>
  queryOptions({
    queryKey: ['rooms', 'peers', roomId],
    queryFn: async ({ signal }): Promise<readonly SessionPeer[]> => {
      const query = { room_id: roomId, active: 'true', limit: '1' };
      const [running] = (await request(pathOf('/sessions', query), lists.sessions, { signal })).data;
      return Object.values(running?.peers ?? {})
        .filter(({ left_at }) => left_at === null)
        .sort((a, b) => a.joined_at.localeCompare(b.joined_at));
    },
    refetchInterval: 2_000,
  });

export const codesQuery = (roomId: string) =>
  queryOptions({
    queryKey: ['rooms', 'codes', roomId],
    queryFn: async ({ signal }) =>
      (await request(pathOf(`/room-codes/room/${seg(roomId)}`, { limit: '100' }), lists.codes, { signal })).data,
  });

/** Null while the room has none. */
export const streamKeyQuery = (roomId: string) =>
  queryOptions({
    queryKey: ['rooms', 'stream-key', roomId],
    queryFn: async ({ signal }): Promise<StreamKey | null> => {
      const path = pathOf(`/stream-keys/room/${seg(roomId)}`, { allow_empty: 'true' });
      return (await request(path, lists.streamKeys, { signal })).data[0] ?? null;
    },
    /** It should not outlive the page. */
    gcTime: 0,
  });

export const streamsQuery = (query: { readonly room_id?: string; readonly session_id?: string }) =>
  queryOptions({
    queryKey: ['streams', query],
    queryFn: async ({ signal }) =>
      (await request(pathOf('/live-streams', { ...query, limit: '20' }), lists.streams, { signal })).data,
    refetchInterval: 2_000,
  });

export const recordingsQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ['recordings', sessionId],
    queryFn: async ({ signal }) =>
      (await request(pathOf('/recordings', { session_id: sessionId, limit: '20' }), lists.outputs, { signal })).data,
  });

export function createRoom(body: { name?: string; description?: string; template_id: string }): Promise<Room> {
  return request(pathOf('/rooms'), room, { method: 'POST', body });
}

export function changeRoom(id: string, body: { enabled?: boolean; description?: string }): Promise<Room> {
  return request(pathOf(`/rooms/${seg(id)}`), room, { method: 'POST', body });
}

/** A code for each role. */
export async function makeCodes(roomId: string): Promise<void> {
  await requestNothing(pathOf(`/room-codes/room/${seg(roomId)}`), { method: 'POST', body: {} });
}

export async function makeStreamKey(roomId: string): Promise<void> {
  await requestNothing(pathOf(`/stream-keys/room/${seg(roomId)}`), { method: 'POST', body: {} });
}

export async function disableStreamKey(roomId: string): Promise<void> {
  await requestNothing(pathOf(`/stream-keys/room/${seg(roomId)}/disable`), { method: 'POST', body: {} });
}

export async function changePeerRole(roomId: string, peerId: string, role: string): Promise<void> {
  await requestNothing(pathOf(`/active-rooms/${seg(roomId)}/peers/${seg(peerId)}`), { method: 'POST', body: { role } });
}

export async function removePeer(roomId: string, peerId: string): Promise<void> {
  const body = { peer_id: peerId, reason: 'removed by the dashboard' };
  await requestNothing(pathOf(`/active-rooms/${seg(roomId)}/remove-peers`), { method: 'POST', body });
}

/** @param lock nobody comes in again until the room is enabled */
export async function endRoom(roomId: string, lock: boolean): Promise<void> {
  const body = { reason: 'ended by the dashboard', lock };
  await requestNothing(pathOf(`/active-rooms/${seg(roomId)}/end-room`), { method: 'POST', body });
}

export async function startStream(roomId: string): Promise<void> {
  await requestNothing(pathOf(`/live-streams/room/${seg(roomId)}/start`), { method: 'POST', body: {} });
}

export async function stopStream(roomId: string): Promise<void> {
  await requestNothing(pathOf(`/live-streams/room/${seg(roomId)}/stop`), { method: 'POST', body: {} });
}

/** What is kept of a stream; the stream itself does not notice. */
export async function pauseStreamRecording(streamId: string, isPaused: boolean): Promise<void> {
  const operation = isPaused ? 'pause-recording' : 'resume-recording';
  await requestNothing(pathOf(`/live-streams/${seg(streamId)}/${operation}`), { method: 'POST', body: {} });
}

/** A link to a recorded file, for an hour. */
export async function linkToAsset(id: string): Promise<string> {
  const answer = z.object({ url: z.string() });
  const path = pathOf(`/recording-assets/${seg(id)}/presigned-url`, { presign_duration: '3600' });
  return (await request(path, answer)).url;
}

/** For good. */
export async function removeAsset(id: string): Promise<void> {
  await requestNothing(pathOf(`/recording-assets/${seg(id)}`), { method: 'DELETE' });
}

/** By which someone with this code joins. */
export function joinLinkOf(roomCode: string): string {
  return new URL(`/meeting/${roomCode}`, location.href).href;
}
