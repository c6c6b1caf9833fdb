import {
  type ClientTokenClaims,
  type HlsDestination,
  type LiveStreamObject,
  PublicError,
  type Role,
  role,
  templateBody,
} from '@amphi/protocol';
import type { JobOutput } from '../../src/egress-jobs/feed.ts';
import type { PeerRecord, SessionRecords, StateContent, StateRecord } from '../../src/sessions/ports/earlier.ts';
import type {
  BeamRecords,
  ChatArchive,
  ChatRecord,
  LiveStreamRecords,
  RecordingArchive,
} from '../../src/sessions/ports/records.ts';
import type { ClientTokens, RoomDirectory, RoomSettings } from '../../src/sessions/ports/rooms.ts';
import type { VerifiedToken } from '../../src/sessions/verified-token.ts';

/** Rooms without a database. */
export class InMemoryRooms implements RoomDirectory {
  readonly rooms = new Map<string, RoomSettings>();

  async findRoom(roomId: string): Promise<RoomSettings | undefined> {
    return this.rooms.get(roomId);
  }

  async isCodeEnabled(): Promise<boolean> {
    return true;
  }

  async disableRoom(roomId: string): Promise<void> {
    const room = this.rooms.get(roomId);
    if (room) this.rooms.set(roomId, { ...room, enabled: false });
  }
}

/** Tokens whose signature is a word: `<any>.<base64 claims>.signed`. Unpadded standard base64 survives public clients. */
export class InMemoryTokens implements ClientTokens {
  readonly expired = new Set<string>();
  #issued = 0;

  async verify(token: string): Promise<VerifiedToken> {
    const [, payload, signature] = token.split('.');
    if (!payload || signature !== 'signed') throw new PublicError(401, 'token: bad signature');
    const claims = JSON.parse(Buffer.from(payload, 'base64').toString()) as ClientTokenClaims;
    return { claims, expired: this.expired.has(token) };
  }

  async issue(claims: {
    readonly roomId: string;
    readonly role: string;
    readonly userId?: string;
    readonly codeId?: string;
  }): Promise<string> {
    this.#issued += 1;
    const body: ClientTokenClaims = {
      access_key: 'key',
      version: 2,
      type: 'app',
      room_id: claims.roomId,
      role: claims.role,
      ...(claims.userId === undefined ? {} : { user_id: claims.userId }),
      ...(claims.codeId === undefined ? {} : { code_id: claims.codeId }),
      jti: `token-${this.#issued}`,
      iat: 0,
      exp: 4_000_000_000,
    };
    return `head.${Buffer.from(JSON.stringify(body)).toString('base64').replaceAll('=', '')}.signed`;
  }
}

/** Live stream records, with everything that was written in order. */
export class InMemoryRecords implements LiveStreamRecords {
  readonly streams = new Map<string, LiveStreamObject>();
  readonly writes: string[] = [];
  /** As they are by now. */
  readonly settings = new Map<string, HlsDestination>();

  async create(stream: Parameters<LiveStreamRecords['create']>[0]): Promise<LiveStreamObject> {
    const now = new Date().toISOString();
    const record: LiveStreamObject = {
      id: stream.id,
      room_id: stream.roomId,
      session_id: stream.sessionId,
      status: 'starting',
      destination: stream.destination,
      playback: { url: stream.playbackUrl },
      meeting_url: stream.pageUrl ?? '',
      ladder: stream.ladder,
      recording: { hls_vod: stream.hasVod, single_file_per_layer: stream.isRecorded },
      created_at: now,
      updated_at: now,
      started_at: null,
      stopped_at: null,
      started_by: stream.startedBy,
      stopped_by: '',
      reason: null,
      troubles: [],
      recording_paused: false,
      recording_assets: null,
    };
    this.streams.set(stream.id, record);
    this.settings.set(stream.id, stream.settings);
    this.writes.push('starting');
    return record;
  }

  async update(...[id, change]: Parameters<LiveStreamRecords['update']>): Promise<LiveStreamObject> {
    const before = this.streams.get(id);
    if (!before) throw new PublicError(404, `no live stream ${id}`);
    const record: LiveStreamObject = {
      ...before,
      status: change.status ?? before.status,
      ladder: change.ladder ?? before.ladder,
      started_at: change.startedAt?.toISOString() ?? before.started_at,
      stopped_at: change.stoppedAt?.toISOString() ?? before.stopped_at,
      stopped_by: change.stoppedBy ?? before.stopped_by,
      reason: change.reason ?? before.reason,
      troubles: change.troubles ?? before.troubles,
      recording_paused: change.isPaused ?? before.recording_paused,
    };
    this.streams.set(id, record);
    if (change.status) this.writes.push(change.status);
    if (change.settings) this.settings.set(id, change.settings);
    return record;
  }
}

type NewBeam = Parameters<BeamRecords['create']>[0];
type BeamChange = Parameters<BeamRecords['update']>[1];

/** Recordings and external streams as they are by now, and what was written in order. */
export class InMemoryBeams implements BeamRecords {
  readonly beams = new Map<string, NewBeam & BeamChange>();
  readonly writes: string[] = [];

  async create(beam: NewBeam): Promise<void> {
    this.beams.set(beam.id, { ...beam, status: 'starting' });
    this.writes.push('starting');
  }

  async update(id: string, change: BeamChange): Promise<void> {
    const before = this.beams.get(id);
    if (!before) throw new PublicError(404, `no beam ${id}`);
    this.beams.set(id, { ...before, ...change });
    if (change.status) this.writes.push(change.status);
  }
}

/** Keeps nothing; tells what would be finished. */
export class FakeArchive implements RecordingArchive {
  readonly finalised: string[] = [];
  #folders = 0;

  output({ jobId, id, rungs, forms, isPaused }: Parameters<RecordingArchive['output']>[0]): JobOutput {
    return {
      id,
      isTriedAgain: false,
      describe: () => ({
        kind: 'recording',
        id,
        folder: `/recordings/${jobId}/${++this.#folders}`,
        rungs: [...rungs],
        forms: [...forms],
        isPaused: isPaused(),
      }),
    };
  }

  trackOutput({ jobId, id }: Parameters<RecordingArchive['trackOutput']>[0]): JobOutput {
    return {
      id,
      isTriedAgain: false,
      describe: () => ({ kind: 'tracks', id, folder: `/recordings/${jobId}/${++this.#folders}` }),
    };
  }

  finalise({ kind, id }: Parameters<RecordingArchive['finalise']>[0]): void {
    this.finalised.push(`${kind} ${id}`);
  }
}

/** What is kept of chats. */
export class InMemoryChat implements ChatArchive {
  readonly records = new Map<string, ChatRecord>();
  /** Rejects, or never answers, what is read. */
  trouble: 'fails' | 'hangs' | undefined;

  keep(record: ChatRecord): void {
    this.records.set(record.message.id, record);
  }

  forget(messageIds: readonly string[]): void {
    for (const id of messageIds) this.records.delete(id);
  }

  async read({ roomId, sessionId, limit }: Parameters<ChatArchive['read']>[0]): ReturnType<ChatArchive['read']> {
    if (this.trouble === 'hangs') await new Promise(() => {});
    if (this.trouble === 'fails') throw new Error('no database');
    return [...this.records.values()]
      .filter((record) => record.roomId === roomId && (sessionId === undefined || record.sessionId === sessionId))
      .map(({ message }) => message)
      .slice(-limit);
  }
}

/** Who is in which session, by session id. */
export class InMemorySessions implements SessionRecords {
  readonly maxRestMs = 0;
  readonly sessions = new Map<string, { readonly roomId: string; readonly startedAt: number }>();
  readonly peers = new Map<string, Map<string, PeerRecord>>();
  readonly state = new Map<string, Map<string, StateContent>>();
  /** Names of the calls, in order. */
  readonly calls: string[] = [];
  /** Thrown by the next calls. */
  failure: Error | undefined;
  #held: Promise<void> | undefined;
  #release = (): void => {};

  /** From now on peers are not written, until they are released: the database is slow. */
  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#release();
  }

  async open(session: Parameters<SessionRecords['open']>[0]): Promise<void> {
    this.#note('open');
    this.sessions.set(session.id, session);
    this.peers.set(session.id, new Map());
  }

  async savePeers(sessionId: string, peers: readonly PeerRecord[]): Promise<void> {
    this.#note('save');
    await this.#held;
    for (const peer of peers) this.peers.get(sessionId)?.set(peer.peerId, peer);
  }

  async removePeers(sessionId: string, peerIds: readonly string[]): Promise<void> {
    this.#note('remove');
    for (const peerId of peerIds) this.peers.get(sessionId)?.delete(peerId);
  }

  async saveState(sessionId: string, records: readonly StateRecord[]): Promise<void> {
    this.#note('save state');
    const state = this.state.get(sessionId) ?? new Map<string, StateContent>();
    this.state.set(sessionId, state);
    // As a database gives it back.
    for (const { key, content } of records) state.set(key, JSON.parse(JSON.stringify(content)));
  }

  async removeState(sessionId: string, keys: readonly string[]): Promise<void> {
    this.#note('remove state');
    for (const key of keys) this.state.get(sessionId)?.delete(key);
  }

  async close(sessionId: string): Promise<void> {
    this.#note('close');
    this.state.delete(sessionId);
    this.sessions.delete(sessionId);
    this.peers.delete(sessionId);
  }

  /** The same for another process; what this one goes on to write is not in it. */
  copy(): InMemorySessions {
    const copy = new InMemorySessions();
    for (const [id, session] of this.sessions) copy.sessions.set(id, session);
    for (const [id, peers] of this.peers) copy.peers.set(id, new Map(peers));
    for (const [id, state] of this.state) copy.state.set(id, new Map(state));
    return copy;
  }

  /** What all sessions keep beside their peers. */
  allState(): StateRecord[] {
    return [...this.state.values()].flatMap((state) => [...state].map(([key, content]) => ({ key, content })));
  }

  /** Everyone of all sessions. */
  all(): PeerRecord[] {
    return [...this.peers.values()].flatMap((peers) => [...peers.values()]);
  }

  #note(call: string): void {
    this.calls.push(call);
    if (this.failure) throw this.failure;
  }
}

type RolePart = { readonly [Key in keyof Role]?: unknown };

export function makeRole(name: string, part: RolePart = {}): Role {
  return role.parse({ name, ...part });
}

/** The four roles of the live streaming kit. */
export const KIT_ROLES: Readonly<Record<string, Role>> = {
  broadcaster: makeRole('broadcaster', {
    publishParams: { allowed: ['audio', 'video', 'screen'] },
    subscribeParams: { subscribeToRoles: ['broadcaster', 'viewer-on-stage'] },
    permissions: { endRoom: true, changeRole: true, hlsStreaming: true, browserRecording: true, sendRoomState: true },
  }),
  'viewer-on-stage': makeRole('viewer-on-stage', {
    publishParams: { allowed: ['audio', 'video'] },
    subscribeParams: { subscribeToRoles: ['broadcaster', 'viewer-on-stage'] },
    maxPeerCount: 3,
  }),
  'viewer-realtime': makeRole('viewer-realtime', {
    subscribeParams: { subscribeToRoles: ['broadcaster', 'viewer-on-stage'] },
  }),
  'hls-viewer': makeRole('hls-viewer'),
};

export function makeRoom(change: Partial<RoomSettings> = {}): RoomSettings {
  return {
    id: 'room-1',
    name: 'Town hall',
    description: '',
    enabled: true,
    size: 0,
    maxDurationS: 0,
    polls: [],
    appId: 'app-1',
    templateId: 'template-1',
    template: templateBody.parse({
      name: 'kit',
      roles: KIT_ROLES,
      destinations: {
        hlsDestinations: {
          default: { name: 'default', layers: [{ width: 1280, height: 720, videoBitrate: 2500 }] },
        },
      },
    }),
    ...change,
  };
}
