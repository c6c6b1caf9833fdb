import type {
  ClientTokenClaims,
  HlsDestination,
  KitId,
  LiveStreamStatus,
  MemberRole,
  OutputResolution,
  OutputStatus,
  PollBody,
  PollResponse,
  RecordedTrack,
  Region,
  RoomLook,
  StreamLadder,
  StreamTrouble,
  TemplateBody,
} from '@amphi/protocol';
import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  date,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  real,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';

/** Where a back end is told what happens. */
export interface WebhookTarget {
  readonly url: string;
  /** Sent along unchanged; receivers know by a secret among them who calls. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Tables in PostgreSQL's dialect. Ids are 24 hex characters (`newObjectId`), times have milliseconds and a zone. */

const at = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
const createdAt = () => at('created_at').notNull();
const updatedAt = () => at('updated_at').notNull();

export const workspaces = pgTable('workspaces', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: createdAt(),
});

/** Pairs that sign tokens. The secret's text is the HMAC key, so it is kept as it is. */
export const accessKeys = pgTable('access_keys', {
  accessKey: text('access_key').primaryKey(),
  workspaceId: text('workspace_id')
    .notNull()
    .references(() => workspaces.id),
  secret: text('secret').notNull(),
  createdAt: createdAt(),
  revokedAt: at('revoked_at'),
});

export const owners = pgTable('owners', {
  id: text('id').primaryKey(),
  workspaceId: text('workspace_id')
    .notNull()
    .references(() => workspaces.id),
  /** Lower case. */
  email: text('email').notNull().unique(),
  /** Argon2 in PHC form; null until the owner has set a password. */
  passwordHash: text('password_hash'),
  /** What they may do in the dashboard. */
  role: text('role').$type<MemberRole>().notNull().default('owner'),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** Sessions of the dashboard; the cookie's token is kept as a hash only. */
export const ownerSessions = pgTable(
  'owner_sessions',
  {
    tokenHash: text('token_hash').primaryKey(),
    ownerId: text('owner_id')
      .notNull()
      .references(() => owners.id, { onDelete: 'cascade' }),
    /** Begun by a one-time link: may set a password without knowing the old one. */
    byLink: boolean('by_link').notNull(),
    createdAt: createdAt(),
    expiresAt: at('expires_at').notNull(),
  },
  (table) => [index('owner_sessions_expires_at').on(table.expiresAt)],
);

/** Codes of sign-in links, as hashes; each works once. */
export const oneTimeCodes = pgTable('one_time_codes', {
  codeHash: text('code_hash').primaryKey(),
  ownerId: text('owner_id')
    .notNull()
    .references(() => owners.id, { onDelete: 'cascade' }),
  createdAt: createdAt(),
  expiresAt: at('expires_at').notNull(),
  usedAt: at('used_at'),
});

/** Links by which people get an account; gone once they are used. */
export const invitations = pgTable(
  'invitations',
  {
    id: text('id').primaryKey(),
    /** Of the code in the link. */
    codeHash: text('code_hash').notNull().unique(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    /** Lower case. */
    email: text('email').notNull(),
    role: text('role').$type<MemberRole>().notNull(),
    createdAt: createdAt(),
    expiresAt: at('expires_at').notNull(),
  },
  (table) => [uniqueIndex('invitations_of_workspace').on(table.workspaceId, table.email)],
);

export const apps = pgTable('apps', {
  id: text('id').primaryKey(),
  workspaceId: text('workspace_id')
    .notNull()
    .references(() => workspaces.id),
  name: text('name').notNull(),
  subdomain: text('subdomain').notNull().unique('apps_subdomain_unique'),
  region: text('region').$type<Region>().notNull(),
  kit: text('kit').$type<KitId>().notNull(),
  createdAt: createdAt(),
});

export const templates = pgTable(
  'templates',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    appId: text('app_id')
      .notNull()
      .unique()
      .references(() => apps.id),
    name: text('name').notNull(),
    /** Used for rooms that name no template. */
    isDefault: boolean('is_default').notNull(),
    /** `json`, not `jsonb`: the order of roles is the author's, and shown so. */
    body: json('body').$type<TemplateBody>().notNull(),
    /** How its rooms look; null: nobody has said. */
    look: json('look').$type<RoomLook>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [uniqueIndex('templates_name_unique').on(table.workspaceId, table.name)],
);

export const rooms = pgTable(
  'rooms',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    appId: text('app_id')
      .notNull()
      .references(() => apps.id),
    templateId: text('template_id')
      .notNull()
      .references(() => templates.id),
    name: text('name').notNull(),
    /** The name in lower case: names are unique whatever their case. */
    nameKey: text('name_key').notNull(),
    description: text('description').notNull(),
    enabled: boolean('enabled').notNull(),
    region: text('region').$type<Region>().notNull(),
    largeRoom: boolean('large_room').notNull(),
    size: integer('size'),
    maxDurationSeconds: integer('max_duration_seconds'),
    /** In place of the workspace's. */
    webhook: json('webhook').$type<WebhookTarget>(),
    /** Ids of polls that are in each of its sessions. */
    polls: json('polls').$type<readonly string[]>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('rooms_name_unique').on(table.workspaceId, table.nameKey),
    index('rooms_of_workspace').on(table.workspaceId, table.id),
    index('rooms_app').on(table.appId),
    index('rooms_template').on(table.templateId),
  ],
);

export const roomCodes = pgTable(
  'room_codes',
  {
    code: text('code').primaryKey(),
    /** Orders the codes of a room. */
    id: text('id').notNull(),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    role: text('role').notNull(),
    enabled: boolean('enabled').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('room_codes_room').on(table.roomId, table.id)],
);

/** By which encoders send into a room. Kept as they are, as room codes: owners are shown them again. */
export const streamKeys = pgTable(
  'stream_keys',
  {
    id: text('id').primaryKey(),
    key: text('key').notNull().unique(),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    enabled: boolean('enabled').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('stream_keys_room').on(table.roomId, table.id),
    uniqueIndex('stream_keys_active').on(table.roomId).where(sql`${table.enabled}`),
  ],
);

export const liveStreams = pgTable(
  'live_streams',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    sessionId: text('session_id').notNull(),
    status: text('status').$type<LiveStreamStatus>().notNull(),
    /** The server process's data directory that runs it; null in rows older than the column. */
    node: text('node'),
    destination: text('destination').notNull(),
    /** The destination as it was at the start: a stream keeps it over a restart of the server. */
    settings: json('settings').$type<HlsDestination>(),
    /** What it is encoded in; null in rows older than the column. */
    ladder: json('ladder').$type<StreamLadder>(),
    /** Of a web page that is shown in place of the stage. */
    pageUrl: text('page_url'),
    playbackUrl: text('playback_url').notNull(),
    /** Why it has ended, in words; null before, and in rows older than the column. */
    reason: text('reason'),
    /** What was wrong with what it shows, by kind. */
    troubles: json('troubles').$type<readonly StreamTrouble[]>(),
    /** Its layers are kept as files. */
    isRecorded: boolean('is_recorded').notNull().default(false),
    /** It is kept as an HLS playlist of all layers. */
    hasVod: boolean('has_vod').notNull().default(false),
    /** What is kept of it is to be paused. */
    isPaused: boolean('is_paused').notNull().default(false),
    /** Peer id, or empty for REST. */
    startedBy: text('started_by').notNull(),
    stoppedBy: text('stopped_by').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    startedAt: at('started_at'),
    stoppedAt: at('stopped_at'),
  },
  (table) => [
    index('live_streams_of_workspace').on(table.workspaceId, table.id),
    index('live_streams_room').on(table.roomId, table.id),
    index('live_streams_of_session').on(table.sessionId, table.id),
    index('live_streams_status').on(table.status),
    index('live_streams_stopped_at').on(table.stoppedAt),
  ],
);

/** What a beam was asked to be. */
export interface BeamSettings {
  readonly record: boolean;
  /** With the stream keys. */
  readonly rtmpUrls: readonly string[];
  readonly resolution: OutputResolution;
  /** The destination by which the stage is composed, as it was at the start. */
  readonly destination: HlsDestination;
  /** Of a web page that is shown in place of the stage. */
  readonly pageUrl?: string;
}

/** Recordings of the composed stage, and what is sent to other platforms: one of them runs in a session at a time. */
export const beams = pgTable(
  'beams',
  {
    id: text('id').primaryKey(),
    /** How it was asked for, and is listed; `tracks`: begun by the template, a file for each track. */
    kind: text('kind').$type<'recording' | 'external_stream' | 'tracks'>().notNull(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    sessionId: text('session_id').notNull(),
    status: text('status').$type<OutputStatus>().notNull(),
    /** The server process's data directory that runs it. */
    node: text('node').notNull(),
    destination: text('destination').notNull(),
    settings: json('settings').$type<BeamSettings>().notNull(),
    /** Why it has ended, in words; null before, and in rows older than the column. */
    reason: text('reason'),
    /** Its recording is to be paused. */
    isPaused: boolean('is_paused').notNull().default(false),
    /** Peer id, or empty for REST. */
    startedBy: text('started_by').notNull(),
    stoppedBy: text('stopped_by').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    startedAt: at('started_at'),
    stoppedAt: at('stopped_at'),
  },
  (table) => [
    index('beams_of_workspace').on(table.workspaceId, table.kind, table.id),
    index('beams_of_room').on(table.roomId, table.kind, table.id),
    index('beams_of_session').on(table.sessionId, table.id),
    index('beams_of_node').on(table.node, table.status),
  ],
);

/** Of an asset that was brought to an object storage. */
export interface StoredAt {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Of the file, or of the playlist that leads to all others. */
  readonly key: string;
  /** Names of all objects of a playlist, beside it and with it; empty: the file is the only one. */
  readonly pieces: readonly string[];
}

/** Files that were recorded. */
export const recordingAssets = pgTable(
  'recording_assets',
  {
    id: text('id').primaryKey(),
    /** The beam or live stream that it is of. */
    jobId: text('job_id').notNull(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    sessionId: text('session_id').notNull(),
    /** The data directory that the file lies in. */
    node: text('node').notNull(),
    type: text('type').$type<'room-composite' | 'room-vod' | 'track'>().notNull(),
    status: text('status').$type<'completed' | 'failed'>().notNull(),
    /** When what is in it began: the folder below that of the job. */
    run: text('run').notNull(),
    file: text('file').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    durationMs: bigint('duration_ms', { mode: 'number' }).notNull(),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    /** Of a file of a live stream: 0 is the largest. */
    layer: integer('layer'),
    /** Layers of an HLS playlist. */
    layers: integer('layers'),
    /** Names of its images of small pictures, beside it; null: it has none. */
    thumbnails: json('thumbnails').$type<readonly string[]>(),
    /** Of a `track`: whose it is, and when it began. */
    track: json('track').$type<RecordedTrack>(),
    /** Null: it stays in the data directory of its node. Until it is `uploaded` it lies there, too. */
    upload: text('upload').$type<'waiting' | 'uploaded'>(),
    /** Where it was brought to; null before. */
    storedAt: json('stored_at').$type<StoredAt>(),
    /** Why it could not be brought there the last time, code and words; null when it could, or was not tried. */
    uploadError: text('upload_error'),
    createdAt: createdAt(),
  },
  (table) => [
    index('recording_assets_waiting').on(table.node).where(sql`${table.upload} = 'waiting'`),
    uniqueIndex('recording_assets_file').on(table.jobId, table.run, table.file),
    index('recording_assets_of_workspace').on(table.workspaceId, table.id),
    index('recording_assets_of_room').on(table.roomId, table.id),
    index('recording_assets_of_session').on(table.sessionId, table.id),
    index('recording_assets_created_at').on(table.createdAt),
  ],
);

/**
 * Sessions that run, with who is in them: what a server needs to go on after it was killed. Rows go when the session or
 * the peer does; nothing here is history.
 */
export const liveSessions = pgTable(
  'live_sessions',
  {
    id: text('id').primaryKey(),
    node: text('node').notNull(),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    startedAt: at('started_at').notNull(),
    /** When its node last said that it lives. */
    seenAt: at('seen_at').notNull(),
  },
  (table) => [index('live_sessions_node').on(table.node)],
);

export const livePeers = pgTable(
  'live_peers',
  {
    sessionId: text('session_id')
      .notNull()
      .references(() => liveSessions.id, { onDelete: 'cascade' }),
    peerId: text('peer_id').notNull(),
    /** SHA-256 of the token it came with: only its bearer may come back. */
    tokenHash: text('token_hash').notNull(),
    claims: json('claims').$type<ClientTokenClaims>().notNull(),
    /** The role it has by now. */
    role: text('role').notNull(),
    name: text('name').notNull(),
    data: text('data').notNull(),
    joinedAt: at('joined_at').notNull(),
    /** Where its media are, as far as it has been told; null without media. */
    sfuNodeId: text('sfu_node_id'),
    /** It is to be sent every picture unasked. */
    autoVideo: boolean('auto_video').notNull(),
    /** Groups it is in, and keys of the session store that it listens to. */
    groups: json('groups').$type<readonly string[]>().notNull().default([]),
    handRaisedAt: at('hand_raised_at'),
    listens: json('listens').$type<readonly string[]>().notNull().default([]),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.peerId] })],
);

/** What sessions keep beside their peers: values, polls, answers, who was removed. Opaque here. */
export const liveState = pgTable(
  'live_state',
  {
    sessionId: text('session_id')
      .notNull()
      .references(() => liveSessions.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    content: json('content').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.key] })],
);

/** Sessions that have been or are: history, of every node. */
export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    /** The server process's data directory that runs it. */
    node: text('node').notNull(),
    startedAt: at('started_at').notNull(),
    endedAt: at('ended_at'),
  },
  (table) => [
    index('sessions_of_workspace').on(table.workspaceId, table.startedAt, table.id),
    index('sessions_of_room').on(table.roomId, table.startedAt, table.id),
    index('sessions_active').on(table.workspaceId, table.startedAt, table.id).where(sql`${table.endedAt} is null`),
    index('sessions_open').on(table.node).where(sql`${table.endedAt} is null`),
  ],
);

/** Who has been in a session, from when to when. One who comes back after having left is there twice. */
export const sessionPeers = pgTable(
  'session_peers',
  {
    sessionId: text('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    peerId: text('peer_id').notNull(),
    joinedAt: at('joined_at').notNull(),
    userId: text('user_id').notNull(),
    name: text('name').notNull(),
    /** The last it had. */
    role: text('role').notNull(),
    leftAt: at('left_at'),
    leftWhy: text('left_why'),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.peerId, table.joinedAt] }),
    // Who was there since some time: what usage is counted from.
    index('session_peers_left_at').on(table.leftAt),
  ],
);

/**
 * What was used on each day (UTC) that is over, counted once from what is in other tables (`UsageRepository`). Days without
 * any have no row.
 */
export const usageDays = pgTable(
  'usage_days',
  {
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    /** Empty for all apps together: at most so many people at once is no sum. */
    appId: text('app_id').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    participantMs: bigint('participant_ms', { mode: 'number' }).notNull(),
    streamMs: bigint('stream_ms', { mode: 'number' }).notNull(),
    recordingMs: bigint('recording_ms', { mode: 'number' }).notNull(),
    peakParticipants: integer('peak_participants').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.appId, table.day] }),
    index('usage_days_day').on(table.day),
  ],
);

/** How people found a session that they had been in: one answer of each. */
export const sessionFeedback = pgTable(
  'session_feedback',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    sessionId: text('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    peerId: text('peer_id').notNull(),
    /** As they were in the session. */
    userId: text('user_id').notNull(),
    name: text('name').notNull(),
    role: text('role').notNull(),
    question: text('question').notNull(),
    rating: integer('rating').notNull(),
    minRating: integer('min_rating').notNull(),
    maxRating: integer('max_rating').notNull(),
    reasons: json('reasons').$type<readonly string[]>().notNull(),
    comment: text('comment').notNull(),
    at: at('at').notNull(),
  },
  (table) => [
    uniqueIndex('session_feedback_of_peer').on(table.sessionId, table.peerId),
    index('session_feedback_of_workspace').on(table.workspaceId, table.id),
    index('session_feedback_of_room').on(table.roomId, table.id),
  ],
);

/** What was said in the chats of rooms that keep it. */
export const chatMessages = pgTable(
  'chat_messages',
  {
    id: text('id').primaryKey(),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    sessionId: text('session_id').notNull(),
    /** Orders the messages of a room. */
    position: bigint('position', { mode: 'number' }).notNull(),
    expiresAt: at('expires_at').notNull(),
    /** Whose holders it is for; null: not for roles. */
    roles: text('roles').array(),
    /** All of it, as JSON. Opaque here. */
    content: text('content').notNull(),
  },
  (table) => [
    index('chat_messages_of_room').on(table.roomId, table.position),
    index('chat_messages_expires_at').on(table.expiresAt),
  ],
);

/** What has happened with tracks, recordings and clients, for back ends that ask. */
export const analyticsEvents = pgTable(
  'analytics_events',
  {
    /** In the order in which things happened. */
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    /** A UUID. */
    id: text('id').notNull(),
    roomId: text('room_id')
      .notNull()
      .references(() => rooms.id),
    /** Empty for what clients report before they have a session. */
    sessionId: text('session_id').notNull(),
    peerId: text('peer_id').notNull(),
    userId: text('user_id').notNull(),
    /** Of a recording; null for everything else. */
    beamId: text('beam_id'),
    type: text('type').notNull(),
    at: at('at').notNull(),
    data: json('data').$type<Readonly<Record<string, unknown>>>().notNull(),
  },
  (table) => [
    index('analytics_events_of_room').on(table.roomId, table.seq),
    index('analytics_events_of_session').on(table.sessionId, table.seq),
    index('analytics_events_at').on(table.at),
  ],
);

/** What clients have reported of how their media fare. */
export const peerQuality = pgTable(
  'peer_quality',
  {
    id: text('id').primaryKey(),
    sessionId: text('session_id').notNull(),
    peerId: text('peer_id').notNull(),
    /** When it came. */
    at: at('at').notNull(),
    /** All of it, as JSON. Opaque here. */
    content: text('content').notNull(),
  },
  (table) => [
    index('peer_quality_of_peer').on(table.sessionId, table.peerId, table.at),
    index('peer_quality_at').on(table.at),
  ],
);

/** The back end of a workspace. */
export const webhooks = pgTable('webhooks', {
  workspaceId: text('workspace_id')
    .primaryKey()
    .references(() => workspaces.id),
  enabled: boolean('enabled').notNull(),
  url: text('url').notNull(),
  headers: json('headers').$type<WebhookTarget['headers']>().notNull(),
  updatedAt: updatedAt(),
});

/**
 * Server processes, by the name of their data directory. One whose row is gone was taken over, and has a row again as soon as
 * it says that it lives.
 */
export const nodes = pgTable('nodes', {
  name: text('name').primaryKey(),
  /** When it last said that it lives. */
  seenAt: at('seen_at').notNull(),
});

/** Events on their way to back ends, and for 30 days what became of them. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** In the order in which things happened. */
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    eventId: text('event_id').notNull(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    roomId: text('room_id').notNull(),
    sessionId: text('session_id').notNull(),
    type: text('type').notNull(),
    /** The server process's data directory that tells of it; empty in rows older than the column. */
    node: text('node').notNull().default(''),
    /** Told once more on demand (`webhook_replays`). */
    replayId: text('replay_id'),
    /** When it happened. */
    at: at('at').notNull(),
    url: text('url').notNull(),
    headers: json('headers').$type<WebhookTarget['headers']>().notNull(),
    /** What is sent, as it is signed. */
    body: text('body').notNull(),
    state: text('state').$type<'waiting' | 'delivered' | 'failed'>().notNull(),
    attempts: integer('attempts').notNull(),
    error: text('error'),
    settledAt: at('settled_at'),
  },
  (table) => [
    index('webhook_deliveries_waiting').on(table.node, table.seq).where(sql`${table.state} = 'waiting'`),
    index('webhook_deliveries_replay').on(table.replayId).where(sql`${table.replayId} is not null`),
    index('webhook_deliveries_of_workspace').on(table.workspaceId, table.at, table.seq),
  ],
);

/** Events that back ends are to be told once more, a few at a time. */
export const webhookReplays = pgTable(
  'webhook_replays',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    /** The server process's data directory that does it. */
    node: text('node').notNull(),
    /** As it was asked for, for those who ask again. */
    filter: json('filter').notNull(),
    total: integer('total').notNull(),
    /** The last delivery that was queued again, and the last that is to be. */
    cursor: bigint('cursor', { mode: 'number' }).notNull(),
    last: bigint('last', { mode: 'number' }).notNull(),
    startedAt: at('started_at').notNull(),
    completedAt: at('completed_at'),
  },
  (table) => [index('webhook_replays_running').on(table.node).where(sql`${table.completedAt} is null`)],
);

/** Polls that back ends make. */
export const polls = pgTable('polls', {
  id: text('id').primaryKey(),
  workspaceId: text('workspace_id')
    .notNull()
    .references(() => workspaces.id),
  body: json('body').$type<PollBody>().notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** Runs of polls that are over. */
export const pollSessions = pgTable(
  'poll_sessions',
  {
    id: text('id').primaryKey(),
    pollId: text('poll_id')
      .notNull()
      .references(() => polls.id),
    sessionId: text('session_id').notNull(),
    startedAt: at('started_at').notNull(),
    stoppedAt: at('stopped_at').notNull(),
    totalResponses: integer('total_responses').notNull(),
    participants: integer('participants').notNull(),
  },
  (table) => [index('poll_sessions_of_poll').on(table.pollId, table.id)],
);

/** What was answered in them, with its points. */
export const pollResponses = pgTable(
  'poll_responses',
  {
    id: text('id').primaryKey(),
    pollId: text('poll_id')
      .notNull()
      .references(() => polls.id),
    sessionId: text('session_id').notNull(),
    /** Its index. */
    question: integer('question').notNull(),
    response: json('response').$type<PollResponse>().notNull(),
    score: real('score').notNull(),
    /** Empty in an anonymous poll. */
    peerId: text('peer_id').notNull(),
    userId: text('user_id').notNull(),
    sentAt: at('sent_at').notNull(),
  },
  (table) => [index('poll_responses_of_poll').on(table.pollId, table.id)],
);
