import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import {
  type AppView,
  acceptInvitationBody,
  type CreateAppBody,
  composition,
  createAppBody,
  type DeveloperView,
  type DoctorReport,
  destinationBody,
  destinationChange,
  type ErrorBody,
  type InvitationView,
  invitationBody,
  invitationCode,
  type KitView,
  type Level,
  type MemberRole,
  oneTimeSignInBody,
  type Permissions,
  PublicError,
  type PublicErrorCode,
  type PublishKind,
  parseOrThrow,
  permissions,
  type RecordingConfiguration,
  type RoleView,
  recordingConfiguration,
  setPasswordBody,
  settingsBody,
  signInBody,
  type TemplateSettings,
  templateBody,
  templateSettings,
  uploadBody,
} from '@amphi/protocol';

/** A server in memory that speaks `/platform` as `platform.ts` describes it, and serves the built dashboard. */
export interface FakePlatform {
  /** Base of all addresses; links of apps made from now on begin with it. */
  url: string;
  readonly oneTimeCode: string;
  email: string;
  /** Of whoever signs in. */
  role: MemberRole;
  /** The owner's password; undefined until one is set. */
  password: string | undefined;
  readonly apps: AppView[];
  /** Requests to the API so far, as `POST /platform/apps`. */
  readonly requests: string[];
  /** Answers the next requests of this method and path with an error; one unless told otherwise. */
  failNext(request: string, code: PublicErrorCode, message: string, times?: number): void;
  /** Answers the next request of this method and path with 200 and this body. */
  answerNext(request: string, body: unknown): void;
  /** Holds answers to this method and path until the returned function is called. */
  hold(request: string): () => void;
  /** Ends all sessions, as a restart would. */
  signOutEveryone(): void;
  /** What the doctor answers with; starting it brings back a run that has just begun, when there is none. */
  doctor: DoctorReport | null;
  /** Of templates by id, as they are shown; absent: the defaults. */
  readonly settings: Map<string, TemplateSettings>;
  /** Of templates by id: what they say of recordings; absent: it cannot be read. */
  readonly recordings: Map<string, RecordingConfiguration[]>;
  /** Of the bucket that was saved last. */
  secret: string | undefined;
  addApp(body: Partial<CreateAppBody>): AppView;
  close(): Promise<void>;
}

const kits: readonly KitView[] = [
  {
    id: 'live_streaming',
    title: 'Live Streaming',
    description: 'Broadcasters on stage, any number of viewers watching the composed stream about two seconds behind.',
    roles: ['broadcaster', 'hls-viewer'],
  },
  {
    id: 'custom',
    title: 'Custom',
    description: 'One role to start from. Switch on what you need.',
    roles: ['host'],
  },
];

export async function startFakePlatform(options: { readonly dist: string }): Promise<FakePlatform> {
  const sessions = new Set<string>();
  const codes = new Set<string>();
  const invitations = new Map<string, InvitationView>();
  const failures = new Map<string, { readonly error: PublicError; left: number }>();
  const answers = new Map<string, unknown>();
  const holds = new Map<string, Promise<void>>();
  const apps: AppView[] = [];
  const requests: string[] = [];

  const server = createServer((incoming, response) => {
    void answer(incoming, response).catch((error: unknown) => {
      const failure =
        error instanceof PublicError ? error : new PublicError(500, error instanceof Error ? error.message : 'fault');
      const body: ErrorBody = { code: failure.code, message: failure.message, details: failure.details };
      json(response, failure.code, body);
    });
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(incoming.url ?? '/', 'http://localhost').pathname;
    if (!path.startsWith('/platform/')) return serveFile(path, options.dist, response);
    const name = `${incoming.method} ${path}`;
    requests.push(name);
    await holds.get(name);
    const failure = failures.get(name);
    if (failure !== undefined && failure.left > 0) {
      failure.left -= 1;
      throw failure.error;
    }
    if (answers.has(name)) {
      json(response, 200, answers.get(name));
      answers.delete(name);
      return;
    }
    const body = incoming.method === 'POST' ? await readBody(incoming) : undefined;
    route(incoming, name, body, response);
  }

  function route(incoming: IncomingMessage, name: string, body: unknown, response: ServerResponse): unknown {
    const cookie = /amphi_session=([a-f0-9]+)/.exec(incoming.headers.cookie ?? '')?.[1];
    const owner = () => ({ owner: { email: fake.email, role: fake.role, hasPassword: fake.password !== undefined } });
    const enter = () => {
      const id = randomBytes(16).toString('hex');
      sessions.add(id);
      response.setHeader('Set-Cookie', `amphi_session=${id}; HttpOnly; SameSite=Strict; Path=/`);
      return json(response, 200, owner());
    };
    if (name === 'POST /platform/session') {
      const { email, password } = parseOrThrow(signInBody, body, 'sign-in');
      if (email !== fake.email || fake.password === undefined || password !== fake.password) {
        throw new PublicError(401, 'email or password is wrong');
      }
      return enter();
    }
    if (name === 'POST /platform/session/one-time') {
      const { code } = parseOrThrow(oneTimeSignInBody, body, 'one-time sign-in');
      if (!codes.delete(code)) throw new PublicError(401, 'the code is wrong or was used already');
      return enter();
    }
    if (name === 'POST /platform/invitations/look' || name === 'POST /platform/invitations/accept') {
      const invitation = invitations.get(parseOrThrow(invitationCode, body, 'invitation').code);
      if (!invitation) throw new PublicError(401, 'the invitation was used or withdrawn, or has expired');
      if (name.endsWith('look')) return json(response, 200, { invitation });
      invitations.clear();
      fake.email = invitation.email;
      fake.role = invitation.role;
      fake.password = parseOrThrow(acceptInvitationBody, body, 'invitation').password;
      return enter();
    }
    if (cookie === undefined || !sessions.has(cookie)) throw new PublicError(401, 'not signed in');
    const app = /^(GET|POST) \/platform\/apps\/([^/]+)(\/destination)?$/.exec(name);
    if (app?.[2] !== undefined) {
      const index = apps.findIndex(({ id }) => id === app[2]);
      const found = apps[index];
      if (found === undefined) throw new PublicError(404, 'no such app');
      if (app[1] === 'GET' && app[3] === undefined) return json(response, 200, { app: found });
      if (app[1] === 'POST' && app[3] !== undefined) {
        const change = parseOrThrow(destinationChange, body, 'destination');
        const wish = destinationBody.parse({ ...found.destination, ...change });
        const saved = {
          ...found,
          destination: { ...wish, layers: layersFor(wish.videoAspectRatio), layersReason: LAYERS_REASON },
        };
        apps[index] = saved;
        return json(response, 200, { app: saved });
      }
    }
    if (/^POST \/platform\/apps\/[^/]+\/storage\/test$/.test(name)) {
      const { credentials } = parseOrThrow(uploadBody, body, 'upload');
      const result =
        credentials?.secretKey === 'wrong'
          ? { ok: false, step: 'write', error: 'the storage does not know the key', remedy: 'Correct the access key.' }
          : { ok: true };
      return json(response, 200, { result });
    }
    const settings = /^(GET|POST) \/platform\/v2\/templates\/([^/]+)\/settings$/.exec(name);
    if (settings?.[2] !== undefined) {
      const before = fake.settings.get(settings[2]);
      if (settings[1] === 'GET') return json(response, 200, before ?? templateSettings.parse({}));
      const written = parseOrThrow(settingsBody, body, 'settings');
      const upload = written.recording?.upload;
      if (upload?.credentials && upload.credentials.secretKey !== '') fake.secret = upload.credentials.secretKey;
      const shown = templateSettings.parse(JSON.parse(JSON.stringify(written)));
      if (shown.recording?.upload?.credentials) shown.recording.upload.credentials.secretKey = '';
      fake.settings.set(settings[2], shown);
      return json(response, 200, shown);
    }
    const recordings = /^(GET|POST) \/platform\/v2\/templates\/([^/]+)\/recordings$/.exec(name);
    if (recordings?.[2] !== undefined && fake.recordings.has(recordings[2])) {
      if (recordings[1] === 'POST') {
        fake.recordings.set(recordings[2], parseOrThrow(recordingConfiguration.array(), body, 'recordings'));
      }
      return json(response, 200, fake.recordings.get(recordings[2]) ?? []);
    }
    const template = /^GET \/platform\/v2\/templates\/([^/]+)$/.exec(name)?.[1];
    const ofTemplate = apps.find(({ templateId }) => templateId === template);
    if (ofTemplate !== undefined) {
      return json(response, 200, templateBody.parse({ name: ofTemplate.subdomain, roles: {} }));
    }
    switch (name) {
      case 'GET /platform/session':
        return json(response, 200, owner());
      case 'DELETE /platform/session':
        sessions.delete(cookie);
        return response.writeHead(204).end();
      case 'POST /platform/password': {
        const { currentPassword, newPassword } = parseOrThrow(setPasswordBody, body, 'password');
        if (fake.password !== undefined && currentPassword !== fake.password) {
          throw new PublicError(403, 'the present password is wrong');
        }
        fake.password = newPassword;
        return response.writeHead(204).end();
      }
      case 'GET /platform/v2/analytics/usage': {
        const data = Array.from({ length: 30 }, (_, index) => ({
          ...{
            day: new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10),
            participant_minutes: index * 100,
          },
          ...{ stream_minutes: index % 3, recording_minutes: 0, peak_participants: index },
        }));
        return json(response, 200, { from: data[0]?.day, to: data.at(-1)?.day, data });
      }
      case 'GET /platform/kits':
        return json(response, 200, { kits });
      case 'GET /platform/apps':
        return json(response, 200, {
          apps: apps.map(({ id, name: title, subdomain, region, kit, createdAt }) => ({
            id,
            name: title,
            subdomain,
            region,
            kit,
            createdAt,
          })),
        });
      case 'POST /platform/apps': {
        const wish = parseOrThrow(createAppBody, body, 'app');
        if (apps.some(({ subdomain }) => subdomain === wish.subdomain)) {
          throw new PublicError(409, `the subdomain "${wish.subdomain}" is taken`);
        }
        return json(response, 201, { app: fake.addApp(wish) });
      }
      case 'GET /platform/developer':
        return json(response, 200, { developer: developer(fake.url) });
      case 'GET /platform/keys': {
        const { accessKey, secret } = developer(fake.url);
        return json(response, 200, {
          keys: [{ accessKey, secret, createdAt: '2026-11-20T09:30:00.000Z', signsWebhooks: true }],
        });
      }
      case 'GET /platform/members': {
        const since = '2026-11-20T09:30:00.000Z';
        const self = { id: 'self', email: fake.email, role: fake.role, since, isSelf: true };
        const other = { id: 'other', email: 'bea@example.org', role: 'viewer', since, isSelf: false };
        return json(response, 200, { members: [self, other], invitations: [...invitations.values()] });
      }
      case 'POST /platform/invitations': {
        const { email, role } = parseOrThrow(invitationBody, body, 'invitation');
        const code = randomBytes(16).toString('hex');
        const invitation = { id: code, email, role, expiresAt: '2026-11-27T09:30:00.000Z' };
        invitations.set(code, invitation);
        return json(response, 201, { invitation, url: `${fake.url}/dashboard/invitation?code=${code}` });
      }
      case 'DELETE /platform/members/other':
        return response.writeHead(204).end();
      case 'POST /platform/doctor':
        if (fake.doctor === null || fake.doctor.finishedAt !== undefined) {
          fake.doctor = { startedAt: new Date().toISOString(), findings: [], pending: ['Disk', 'TURN', 'Encoder'] };
        }
        return json(response, 202, { report: fake.doctor });
      case 'GET /platform/doctor':
        return json(response, 200, { report: fake.doctor });
      default:
        throw new PublicError(404, `no route ${name}`);
    }
  }

  const fake = {
    url: '',
    oneTimeCode: randomBytes(16).toString('hex'),
    email: 'owner@amphi.example',
    role: 'owner' as MemberRole,
    password: undefined as string | undefined,
    apps,
    requests,
    doctor: null as DoctorReport | null,
    settings: new Map<string, TemplateSettings>(),
    recordings: new Map<string, RecordingConfiguration[]>(),
    secret: undefined as string | undefined,
    failNext(request: string, code: PublicErrorCode, message: string, times = 1) {
      failures.set(request, { error: new PublicError(code, message), left: times });
    },
    answerNext(request: string, body: unknown) {
      answers.set(request, body);
    },
    hold(request: string) {
      let release = () => {};
      holds.set(
        request,
        new Promise((resolve) => {
          release = () => {
            holds.delete(request);
            resolve();
          };
        }),
      );
      return release;
    },
    signOutEveryone: () => sessions.clear(),
    addApp(body: Partial<CreateAppBody>) {
      const app = makeApp(body, fake.url);
      apps.push(app);
      return app;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  } satisfies FakePlatform;
  codes.add(fake.oneTimeCode);

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fake;
}

function makeApp(body: Partial<CreateAppBody>, origin: string): AppView {
  const wish = parseOrThrow(
    createAppBody,
    { kit: 'live_streaming', name: 'Town hall', subdomain: 'town-hall', region: 'eu', ...body },
    'app',
  );
  const live = wish.kit === 'live_streaming';
  const { webinarAudience, guestsOnStage } = wish.options;
  const heard = guestsOnStage ? ['broadcaster', 'viewer-on-stage'] : ['broadcaster'];
  const roles: RoleView[] = live
    ? [
        role('broadcaster', 'stage', ['audio', 'video', 'screen'], heard, {
          endRoom: true,
          removeOthers: true,
          mute: true,
          unmute: true,
          changeRole: true,
          sendRoomState: true,
          pollRead: true,
          pollWrite: true,
          hlsStreaming: true,
          rtmpStreaming: true,
          browserRecording: true,
        }),
        ...(webinarAudience
          ? [role('viewer-realtime', 'webinar', [], heard, { sendRoomState: true, pollRead: true })]
          : []),
        role('hls-viewer', 'stream', [], [], { sendRoomState: true, pollRead: true }),
        ...(guestsOnStage
          ? [role('viewer-on-stage', 'stage', ['audio', 'video'], heard, { sendRoomState: true, pollRead: true })]
          : []),
      ]
    : [role('host', 'stage', ['audio', 'video', 'screen'], ['host'], { endRoom: true })];
  return {
    id: randomBytes(12).toString('hex'),
    name: wish.name,
    subdomain: wish.subdomain,
    region: wish.region,
    kit: wish.kit,
    createdAt: '2026-11-20T09:30:00.000Z',
    templateId: randomBytes(12).toString('hex'),
    roles,
    destination: {
      ...composition.parse({}),
      enabled: live,
      playlistType: 'live',
      dvrWindow: null,
      signedPlayback: false,
      av1: false,
      opus: false,
      recording: { hlsVod: false, singleFilePerLayer: false, viewerRoles: [] },
      alternate: null,
      layers: layersFor('16:9'),
      layersReason: LAYERS_REASON,
    },
    rooms: [
      {
        id: randomBytes(12).toString('hex'),
        name: `${wish.name} room`,
        links: roles.map(({ name, level }) => {
          const code = roomCode();
          return { role: name, level, code, url: `${origin}/meeting/${code}` };
        }),
      },
    ],
  };
}

function role(
  name: string,
  level: Level,
  publishes: readonly PublishKind[],
  subscribesTo: readonly string[],
  allowed: Partial<Permissions>,
): RoleView {
  return { name, level, publishes, subscribesTo, permissions: permissions.parse(allowed) };
}

const LAYERS_REASON = '2 cores, 30 pictures a second: without 960×540 and 852×480';

function layersFor(ratio: string): AppView['destination']['layers'] {
  const layer = (long: number, short: number, videoBitrate: number) => ({
    ...(ratio === '9:16' ? { width: short, height: long } : { width: long, height: short }),
    videoBitrate,
    audioBitrate: 64,
  });
  return [layer(1280, 720, 2500), layer(640, 360, 800)];
}

function roomCode(): string {
  const letters = [...randomBytes(10)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
  return `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7)}`;
}

function developer(origin: string): DeveloperView {
  return {
    accessKey: randomBytes(12).toString('hex'),
    secret: randomBytes(48).toString('base64url'),
    apiUrl: `${origin}/v2`,
    tokenUrl: `${origin}/v2/token`,
    initUrl: `${origin}/init`,
    managementToken: `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${randomBytes(160).toString('base64url')}`,
  };
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new PublicError(400, 'the body is not JSON');
  }
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};

/** Files of the build below `/dashboard/`; its page for every other address there; a plain page elsewhere. */
async function serveFile(path: string, dist: string, response: ServerResponse): Promise<void> {
  if (!path.startsWith('/dashboard')) {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>Room</title><h1>Room</h1>');
    return;
  }
  const wanted = normalize(path.slice('/dashboard'.length)).replace(/^[/\\]+/, '');
  const name = extname(wanted) === '' ? 'index.html' : wanted;
  try {
    const content = await readFile(join(dist, name));
    response.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream' }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}

function json(response: ServerResponse, status: number, body: unknown): unknown {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  return response.end(JSON.stringify(body));
}
