import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Logger, Scope, silentLogger } from '@amphi/base';
import { Origin, sharedIngestToken } from '@amphi/origin';
import type { CreateAppBody } from '@amphi/protocol';
import { createAppBody } from '@amphi/protocol';
import { type AccessKey, type App, openStore, type Store, type Template } from '@amphi/store';
import { VirtualClock } from '@amphi/testkit';
import { createDoorGuesses } from '../../src/budgets/guesses.ts';
import { DiagnosticConnections } from '../../src/diagnostics/diagnostic-connections.ts';
import type { Check } from '../../src/doctor/check.ts';
import { DoctorRuns } from '../../src/doctor/doctor-runs.ts';
import { createEgressJobs } from '../../src/egress-jobs/egress-jobs.ts';
import { ChatWriter } from '../../src/history/chat-writer.ts';
import { QualityWriter } from '../../src/history/quality-writer.ts';
import { startHistory } from '../../src/history/start-history.ts';
import { createWebServer, http2HandlerOf } from '../../src/http/create-web-server.ts';
import { Readiness } from '../../src/http/health.ts';
import { Metrics } from '../../src/http/metrics.ts';
import { PublicAddress } from '../../src/http/public-address.ts';
import type { WebServer } from '../../src/http/web-server.ts';
import { showWorld } from '../../src/http/world-metrics.ts';
import { Ingests } from '../../src/ingest/ingests.ts';
import { RtmpDoor } from '../../src/ingest/rtmp-door.ts';
import type { StartSendIn } from '../../src/ingest/send-in-process.ts';
import { createApp } from '../../src/platform/apps.ts';
import { createBeamRecords } from '../../src/platform/beam-records.ts';
import { createLiveStreamRecords } from '../../src/platform/live-stream-records.ts';
import { OwnerAccounts } from '../../src/platform/owner-accounts.ts';
import { ownedBy } from '../../src/platform/owner-of.ts';
import { createRoomDirectory } from '../../src/platform/room-directory.ts';
import { createSessionRecords } from '../../src/platform/session-records.ts';
import { Players } from '../../src/playing/players.ts';
import { DiskArchive } from '../../src/recordings/disk-archive.ts';
import { DownloadLinks } from '../../src/recordings/download-links.ts';
import type { Finalise } from '../../src/recordings/finaliser.ts';
import { storageOf, UploadTargets } from '../../src/recordings/upload-targets.ts';
import { createSessionHost } from '../../src/sessions/session-host.ts';
import { usesTls } from '../../src/settings/tls.ts';
import { settingsSchema } from '../../src/settings.ts';
import { Https } from '../../src/tls/https.ts';
import { issueManagementToken } from '../../src/tokens/management-tokens.ts';
import { RoomTokens } from '../../src/tokens/room-tokens.ts';
import { FakeSfu } from '../sessions/fake-sfu.ts';
import { FakeOrigin } from '../sessions/test-host.ts';
import { makeTestDatabase } from './test-database.ts';

const FAKE_EGRESS = fileURLToPath(new URL('../sessions/fake-egress.mjs', import.meta.url));

/** The server's HTTP with everything real behind it but media: a database of its own, a fake SFU and egress. */
export interface PlatformServer {
  /** The data directory. */
  readonly folder: string;
  readonly web: WebServer;
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly accounts: OwnerAccounts;
  readonly readiness: Readiness;
  readonly origin: FakeOrigin;
  readonly sfu: FakeSfu;
  readonly archive: DiskArchive;
  readonly rtmp: RtmpDoor;
  /** Folders of the web builds; empty at first. */
  readonly builds: { readonly dashboard: string; readonly room: string };
  /** From now on the database fails. */
  breakStore(): Promise<void>;
  /** With `tls.mode` of the settings. */
  readonly https: Https | undefined;
  /** Starts to listen. @returns `http://127.0.0.1:…`, or `https:` */
  listen(): Promise<string>;
  close(): Promise<void>;
}

export async function startPlatform(
  options: {
    readonly settings?: Record<string, unknown>;
    readonly logger?: Logger;
    readonly doctorChecks?: readonly Check[];
    /** Whether what happens in sessions is written to the store. Default: yes. */
    readonly remembers?: boolean;
    /** Instead of the egress program. Default: there are no files. */
    readonly finalise?: Finalise;
    /** Instead of an own process for who sends by RTMP. Default: none comes. */
    readonly startSendIn?: StartSendIn;
  } = {},
): Promise<PlatformServer> {
  const logger = options.logger ?? silentLogger;
  const clock = new VirtualClock(Date.now());
  const folder = await mkdtemp(join(tmpdir(), 'amphi-platform-'));
  const settings = settingsSchema.parse({
    dataDir: folder,
    host: '127.0.0.1',
    port: 0,
    // The clock stands still while an answer is waited for.
    limits: { refusalDelayMs: 0 },
    ...options.settings,
  });
  const database = await makeTestDatabase(folder);
  const store = await openStore({ ...database.options, clock });
  const builds = { dashboard: join(folder, 'dashboard'), room: join(folder, 'room') };
  const address = new PublicAddress(settings);
  const readiness = new Readiness();
  const guesses = createDoorGuesses({ limits: settings.limits, clock });
  const roomTokens = new RoomTokens({ store, guesses: guesses.tokens, clock });
  const fakeOrigin = new FakeOrigin();
  const origin = new Origin({ clock });
  let signalingUrl = 'ws://127.0.0.1:9/ws';
  const jobs = createEgressJobs({
    allowPrivateTargets: false,
    maxJobs: 100,
    cores: 2,
    program: { entry: FAKE_EGRESS, output: 'ignore' },
    addresses: () => ({
      signalingUrl,
      ingestUrl: 'http://127.0.0.1:9/ingest',
      ingestToken: 'ingest',
      rtpListenIp: '127.0.0.1',
    }),
    origin: fakeOrigin,
    clock,
    logger,
  });
  const scope = new Scope({ clock });
  const links = await DownloadLinks.open(folder, clock);
  const { allowPrivateAddresses: allowPrivate } = settings.recordings;
  const targets = new UploadTargets({ store, ofServer: storageOf(settings), allowPrivate });
  const recordings = { links, node: 'test', directory: join(folder, 'recordings'), targets, clock };
  const history = await startHistory({
    store,
    settings,
    node: 'test',
    ownerOf: ownedBy('test'),
    goOn: [],
    linkOf: (asset, validFor) => address.base + links.sign(asset, validFor),
    scope,
    gatherMs: 0,
    clock,
    logger,
  });
  const archive = new DiskArchive({
    directory: recordings.directory,
    store,
    node: 'test',
    finalise: options.finalise ?? (async () => ({ files: [] })),
    targets,
    maxWaitingBytes: settings.recordings.waitingGiB * 2 ** 30,
    facts: history.facts,
    clock,
    logger,
  });
  const metrics = new Metrics();
  const sfu = new FakeSfu();
  const chat = new ChatWriter({ store, gatherMs: 0, clock, logger });
  const rooms = createRoomDirectory(store);
  const quality = new QualityWriter({ store, gatherMs: 0, clock, logger });
  const host = createSessionHost({
    rooms,
    tokens: roomTokens,
    records: createLiveStreamRecords(store, ownedBy('test')),
    beams: createBeamRecords(store, ownedBy('test')),
    archive,
    chat,
    quality,
    sessions: createSessionRecords({ store, node: 'test', logger }),
    node: 'test',
    sfu,
    jobs,
    origin: fakeOrigin,
    publicUrl: () => address.base,
    limits: settings.limits,
    ...(options.remembers === false ? {} : { facts: metrics.countFacts(history.facts) }),
    onRefused: ({ code }) => metrics.joinRefused('socket', code),
    clock,
    logger,
  });
  const ingests = new Ingests({
    host,
    rooms,
    keys: store.streamKeys,
    tokens: roomTokens,
    guesses,
    localAddress: '127.0.0.1',
    clock,
    logger,
  });
  const rtmp = new RtmpDoor({
    ingests,
    startSendIn: options.startSendIn ?? noSendIn,
    whipUrl: () => '/whip',
    reachedAt: () => address.base,
    limits: settings.limits,
    clock,
    logger,
  });
  const players = new Players({ host, admissions: store.admissions, tokens: roomTokens, guesses, clock, logger });
  showWorld(metrics.registry, { host, jobs, sfu, origin, webhooks: history.dispatcher, archive, clock });
  const doctor = new DoctorRuns(
    { settings, clock, serverPid: process.pid, egressProgram: '' },
    options.doctorChecks ?? [],
  );
  const https = usesTls(settings.tls) ? await Https.prepare({ settings, clock, logger, scope }) : undefined;
  const diagnostics = scope.own(new DiagnosticConnections({ sfu, limits: settings.limits, clock, logger }));
  const web = await createWebServer({
    settings,
    diagnostics,
    store,
    roomTokens,
    host,
    jobs,
    ingests,
    rtmp,
    players,
    address,
    readiness,
    doctor,
    guesses,
    metrics,
    webhooks: history.caller,
    replays: history.replays,
    quality,
    recordings,
    builds,
    origin: { origin, isIngestTokenValid: sharedIngestToken('ingest') },
    https,
    clock,
    logger,
  });
  let broken = false;
  return {
    folder,
    web,
    store,
    clock,
    accounts: new OwnerAccounts({ store, clock }),
    readiness,
    origin: fakeOrigin,
    sfu,
    archive,
    rtmp,
    builds,
    async breakStore() {
      broken = true;
      await store.close();
    },
    https,
    async listen() {
      await web.listen({ port: 0, host: '127.0.0.1' });
      if (https) {
        const port = await https.listen({
          http: web.server,
          http2: http2HandlerOf(web),
          address,
          takeConnection: () => true,
        });
        return `https://127.0.0.1:${port}`;
      }
      const { port } = web.server.address() as AddressInfo;
      address.listensOn(port, '127.0.0.1');
      signalingUrl = `ws://127.0.0.1:${port}/ws`;
      return `http://127.0.0.1:${port}`;
    },
    async close() {
      doctor.close();
      await host.close();
      await jobs.close();
      await archive.close();
      await chat.close();
      await quality.close();
      scope.close();
      await scope.closed;
      await web.close();
      origin.close();
      if (!broken) await store.close();
      await database.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const noSendIn: StartSendIn = () => {
  throw new Error('this test has no process for encoders');
};

/** A workspace of its own with an app of all four roles, so that tests do not see each other's rooms. */
export interface Studio {
  readonly workspaceId: string;
  readonly key: AccessKey;
  readonly app: App;
  readonly template: Template;
  readonly roomId: string;
  /** Room codes by role. */
  readonly codes: Readonly<Record<string, string>>;
  /** For REST v2. */
  readonly managementToken: string;
}

let studios = 0;

export async function makeStudio(platform: PlatformServer, app: Partial<CreateAppBody> = {}): Promise<Studio> {
  const { store, clock } = platform;
  const { workspace, key } = await store.workspaces.create({ name: 'Studio' });
  studios += 1;
  const made = await createApp(
    store,
    workspace.id,
    createAppBody.parse({
      kit: 'live_streaming',
      name: 'Show',
      subdomain: `show-${studios}`,
      region: 'eu',
      options: { webinarAudience: true, guestsOnStage: true },
      ...app,
    }),
  );
  const [room] = await store.rooms.listOfApp(made.app.id);
  const codes = await store.roomCodes.currentOf([room!.id]);
  return {
    workspaceId: workspace.id,
    key,
    app: made.app,
    template: made.template,
    roomId: room!.id,
    codes: Object.fromEntries(codes.map(({ role, code }) => [role, code])),
    managementToken: issueManagementToken(key, clock),
  };
}
