import { randomUUID } from 'node:crypto';
import { newObjectId } from '@amphi/store';
import { makeStudio, type PlatformServer, type Studio } from '../platform/platform-server.ts';
import { WireClient } from '../sessions/wire-client.ts';

/** What the description says of one operation, as tests of all of them read it. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Needs a management token, or below `/platform/v2` the dashboard's cookie. Others are the dashboard's own. */
  readonly isRest: boolean;
  readonly takesBody: boolean;
  readonly query: readonly QueryParameter[];
  /** Of the answer that does what was asked for. */
  readonly answers: { readonly properties?: Readonly<Record<string, unknown>> } | undefined;
}

export interface QueryParameter {
  readonly name: string;
  readonly schema: { readonly minimum?: number; readonly maximum?: number };
}

interface Described {
  readonly security?: readonly object[];
  readonly requestBody?: object;
  readonly parameters?: readonly (QueryParameter & { readonly in: string })[];
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, { readonly schema: unknown }> }>>;
}

/** Everything that the server says it does. */
export async function operationsOf(platform: PlatformServer): Promise<Operation[]> {
  const { paths } = (await platform.web.inject('/v2/openapi.json')).json() as {
    paths: Record<string, Record<string, Described>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, requestBody, parameters = [], responses }]): Operation => {
      const [done] = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      return {
        method: method.toUpperCase() as Operation['method'],
        path,
        isRest: security !== undefined,
        takesBody: requestBody !== undefined,
        query: parameters.filter((parameter) => parameter.in === 'query'),
        answers: Object.values(done?.[1].content ?? {})[0]?.schema as Operation['answers'],
      };
    }),
  );
}

/** A workspace that has one of everything. */
export interface World {
  readonly studio: Studio;
  readonly cookie: string;
  /** What stands for a parameter of this operation's path: an id, a name, an index. */
  valueOf(operation: Pick<Operation, 'path'>, parameter: string): string;
  /** The ids among them, by what they are of. */
  readonly ids: Readonly<Record<string, string>>;
  leave(): void;
}

/** Parameters that are names and indexes, which every workspace has; and an encoder, of which its own bearer alone hears (ING5). */
export const NO_IDS: readonly string[] = ['role', 'question', 'option', 'ingest', 'player'];

let worlds = 0;

/** @param baseUrl of the listening platform */
export async function makeWorld(platform: PlatformServer, baseUrl: string): Promise<World> {
  const { store, web, clock } = platform;
  const studio = await makeStudio(platform);
  worlds += 1;
  const owner = await store.owners.create({
    workspaceId: studio.workspaceId,
    email: `owner-of-world-${worlds}@example.org`,
  });
  const { token } = await platform.accounts.signInOnce(await platform.accounts.newSignInCode(owner.id));
  const call = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${studio.managementToken}` };
    const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
    return (await web.inject({ method, url: `/v2${path}`, headers, ...payload })).json();
  };
  const joinToken = (await call('POST', '/token', { code: studio.codes.broadcaster })).token;
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token: joinToken }).opened();
  await client.request('join', { name: 'Ann', data: '' });
  const sessionId: string = (await call('GET', `/active-rooms/${studio.roomId}`)).session.id;
  const poll = await call('POST', '/polls', {
    questions: [{ index: 1, text: 'Which?', options: [{ index: 1, text: 'A' }] }],
  });
  const now = new Date(clock.now());
  await store.polls.record({
    pollId: poll.id,
    workspaceId: studio.workspaceId,
    sessionId,
    startedAt: now,
    stoppedAt: now,
    participants: 1,
    answers: [
      { response: { question: 1, option: 1, duration: 1 }, at: now, score: 0, peerId: client.peerId, userId: 'ann' },
    ] as never,
  });
  const [response] = await store.polls.listResponses({ pollId: poll.id, limit: 1 });
  const of = { roomId: studio.roomId, sessionId, node: 'test', destination: 'default' };
  const destination = studio.template.body.destinations.hlsDestinations.default!;
  const settings = { record: true, rtmpUrls: [], resolution: { width: 1280, height: 720 }, destination };
  const [recording, external, stream, asset] = [newObjectId(), newObjectId(), newObjectId(), newObjectId()];
  await store.beams.create({ id: recording, kind: 'recording', ...of, settings, startedBy: '' });
  await store.beams.create({ id: external, kind: 'external_stream', ...of, settings, startedBy: '' });
  await store.beams.update(recording, { status: 'completed' });
  await store.beams.update(external, { status: 'completed' });
  await store.liveStreams.create({
    id: stream,
    ...of,
    settings: destination,
    ladder: { layers: [], chosen_by: 'destination', reason: 'named by the destination' },
    playbackUrl: 'http://localhost/hls/x/master.m3u8',
    isRecorded: false,
    hasVod: false,
    startedBy: '',
  });
  await store.recordingAssets.add(recording, [
    {
      id: asset,
      jobId: recording,
      workspaceId: studio.workspaceId,
      roomId: studio.roomId,
      sessionId,
      node: 'test',
      type: 'room-composite',
      status: 'completed',
      run: '1',
      file: 'v720.mp4',
      bytes: 1,
      durationMs: 1,
      width: 1280,
      height: 720,
      layer: null,
      layers: null,
      thumbnails: null,
      track: null,
      upload: null,
    },
  ]);
  const member = await store.owners.create({
    workspaceId: studio.workspaceId,
    email: `viewer-of-world-${worlds}@example.org`,
    role: 'viewer',
  });
  const { invitation } = await platform.accounts.invite({
    workspaceId: studio.workspaceId,
    email: `guest-of-world-${worlds}@example.org`,
    role: 'viewer',
  });
  const streamKey = await call('POST', `/stream-keys/room/${studio.roomId}`);
  const replay = await call('POST', '/analytics/webhooks/replay', {});
  const ids = {
    roomId: studio.roomId,
    templateId: studio.template.id,
    appId: studio.app.id,
    accessKey: studio.key.accessKey,
    peerId: client.peerId,
    sessionId,
    pollId: poll.id,
    id: response!.id,
    streamId: stream,
    recordingId: recording,
    externalStreamId: external,
    assetId: asset,
    memberId: member.id,
    invitationId: invitation.id,
    workflowId: replay.workflow_id,
    code: studio.codes.broadcaster!,
    streamKey: streamKey.key,
    // Of an encoder and of a player, which nobody but its bearer has.
    ingest: randomUUID(),
    player: randomUUID(),
  };
  const values: Readonly<Record<string, string>> = { ...ids, role: 'hls-viewer', question: '1', option: '1' };
  return {
    studio,
    cookie: `amphi_session=${token}`,
    ids,
    valueOf({ path }, parameter) {
      const name =
        parameter === 'beamId' ? (path.includes('/external-streams/') ? 'externalStreamId' : 'recordingId') : parameter;
      const value = values[name];
      if (value === undefined) throw new Error(`${path}: this world has nothing for {${parameter}}`);
      return value;
    },
    leave: () => client.close(),
  };
}

export const parametersOf = ({ path }: Pick<Operation, 'path'>): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

export const urlOf = (path: string, valueFor: (parameter: string) => string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(valueFor(name)));

/** What lists must be asked with: ids of the world. */
const ASKED_WITH: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/v2/analytics/events': { room_id: 'roomId' },
  '/v2/analytics/peer-stats': { session_id: 'sessionId', peer_id: 'peerId' },
};

/** With a question mark before it, or nothing. */
export function queryOf(
  { path }: Pick<Operation, 'path'>,
  world: World,
  change: Readonly<Record<string, string>> = {},
) {
  const own = Object.entries(ASKED_WITH[path] ?? {}).map(([name, id]) => [name, world.ids[id]!] as const);
  const query = new URLSearchParams({ ...Object.fromEntries(own), ...change });
  return query.size === 0 ? '' : `?${query}`;
}

/** Bodies with which an operation does something, for whoever may ask for it. */
export function bodyOf({ method, path }: Pick<Operation, 'method' | 'path'>, world: World): unknown {
  const bodies: Readonly<Record<string, unknown>> = {
    'POST /v2/room-codes/code': { code: world.ids.code, enabled: true },
    'POST /v2/templates/{templateId}': world.studio.template.body,
    'POST /v2/templates/{templateId}/recordings': [],
    'POST /v2/templates/{templateId}/destinations': world.studio.template.body.destinations,
    'POST /v2/active-rooms/{roomId}/send-message': { message: 'hello' },
    'POST /v2/active-rooms/{roomId}/remove-peers': { role: 'hls-viewer' },
    'POST /v2/external-streams/room/{roomId}/start': { rtmp_urls: ['rtmp://live.example/app/KEY'] },
    'POST /v2/live-streams/{streamId}/timed-metadata': { payload: 'now', duration: 5 },
    'POST /v2/polls/{pollId}/questions/{question}': { text: 'Which?' },
    'POST /v2/polls/{pollId}/questions/{question}/options/{option}': { text: 'A' },
    'POST /platform/keys/{accessKey}/management-token': { validForS: 3_600 },
    'POST /platform/members/{memberId}': { role: 'admin' },
    'POST /platform/invitations': { email: `of-${world.studio.app.id}@example.org`, role: 'admin' },
    'POST /platform/apps': { kit: 'custom', name: 'Own', subdomain: `own-${world.studio.app.id}`, region: 'eu' },
    'POST /platform/apps/{appId}/storage/test': {
      type: 's3',
      location: 'shows',
      options: { endpoint: 'http://127.0.0.1:9' },
      credentials: { key: 'AK', secretKey: 'of a test' },
    },
    'POST /platform/webhook': { enabled: false, url: 'https://backend.example/hooks', headers: {} },
  };
  return bodies[`${method} ${path}`] ?? {};
}
