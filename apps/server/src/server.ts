import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, type Logger, logFaults, type Millis, messageOf, Scope, systemClock } from '@amphi/base';
import { createDiskStorage, Origin, PlaybackLinks, sharedIngestToken } from '@amphi/origin';
import { PublicError } from '@amphi/protocol';
import { createSfu } from '@amphi/sfu';
import { describeDatabaseError, openStore, type Store } from '@amphi/store';
import { makeBackup } from './backup/make-backup.ts';
import { createDoorGuesses } from './budgets/guesses.ts';
import { openControlSocket } from './control/control-socket.ts';
import { claimDataDirectory } from './data-directory.ts';
import { DiagnosticConnections } from './diagnostics/diagnostic-connections.ts';
import { DoctorRuns } from './doctor/doctor-runs.ts';
import { reportClock } from './doctor/report-clock.ts';
import { createEgressJobs, type StreamOrigin } from './egress-jobs/egress-jobs.ts';
import { ChatWriter } from './history/chat-writer.ts';
import { QualityWriter } from './history/quality-writer.ts';
import { DELIVERIES_KEPT_MS, startHistory } from './history/start-history.ts';
import { createWebServer, http2HandlerOf } from './http/create-web-server.ts';
import { Readiness } from './http/health.ts';
import { Metrics } from './http/metrics.ts';
import { boundConnections, OpenConnections } from './http/open-connections.ts';
import { trustOf } from './http/proxies.ts';
import { PublicAddress } from './http/public-address.ts';
import { showWorld } from './http/world-metrics.ts';
import { Ingests } from './ingest/ingests.ts';
import { RtmpDoor } from './ingest/rtmp-door.ts';
import { sendInProgram } from './ingest/send-in-process.ts';
import { isAnyAddress, listenHost } from './network/local-addresses.ts';
import { MediaAddresses } from './network/media-addresses.ts';
import { reportStorage } from './object-storage/check-storage.ts';
import { createBeamRecords } from './platform/beam-records.ts';
import { type Bootstrapped, bootstrap } from './platform/bootstrap.ts';
import { forgetGoneNodes, NODE_GONE_AFTER_MS, type TakenUp, takeUpSessions } from './platform/earlier-sessions.ts';
import { Heartbeat, SEEN_EVERY_MS } from './platform/heartbeat.ts';
import { dashboardLink, joinLink, type StartLinks, writeLinks } from './platform/links.ts';
import { createLiveStreamRecords } from './platform/live-stream-records.ts';
import { nodeNameOf } from './platform/node-name.ts';
import { OwnerAccounts } from './platform/owner-accounts.ts';
import { ownedBy } from './platform/owner-of.ts';
import { createRoomDirectory } from './platform/room-directory.ts';
import { createSessionRecords } from './platform/session-records.ts';
import { Players } from './playing/players.ts';
import { DiskArchive } from './recordings/disk-archive.ts';
import { DownloadLinks } from './recordings/download-links.ts';
import { finaliserProgram } from './recordings/finaliser.ts';
import { storageOf, UploadTargets } from './recordings/upload-targets.ts';
import type { RoomDirectory } from './sessions/ports/rooms.ts';
import { createSessionHost } from './sessions/session-host.ts';
import { usesTls } from './settings/tls.ts';
import { ladderCores, type Settings, sfuWorkers } from './settings.ts';
import { signingKey } from './signing-key.ts';
import { type LanHelp, lanHelp } from './tls/lan.ts';
import { RoomTokens } from './tokens/room-tokens.ts';
import { reportTurn } from './turn/check-turn.ts';
import { createWebPages } from './web-pages/web-pages.ts';
import type { LinkOf } from './webhooks/recording-events.ts';

/** A server that listens. */
export interface RunningServer {
  readonly links: StartLinks;
  /** For people in a LAN whose devices do not trust the server yet. */
  readonly lan?: LanHelp | undefined;
  /** Pinned when the server is started again, in case the system chose it. */
  readonly port: number;
  /** Refuses new work, drains sessions and streams, and lets everything go. Resolves when it is done. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** A server whose supervisor was killed ends a moment later; the next one may have been started meanwhile. */
const LOCK_PATIENCE_MS: Millis = 3_000;
const PURGE_EVERY_MS: Millis = 3_600_000;
/** How often it is looked for servers of the same database that are gone. */
const TAKE_OVER_EVERY_MS: Millis = 60_000;

/** Other programs of this checkout; the paths are the same from `src` and from `dist`. */
const beside = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const EGRESS_PROGRAM = beside('egress/dist/main.js');

/**
 * Puts the parts together and starts them: data directory, store, SFU, sessions, HTTP. What was started is let go again
 * when a later step fails.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, logger } = options;
  const clock = options.clock ?? systemClock;
  const scope = new Scope({
    clock,
    onTimerError: logFaults(logger, 'a timer of the server failed'),
    onCleanUpError: (error) => logger.error({ error: describeDatabaseError(error) }, 'could not let go of a part'),
  });
  const close = async (): Promise<void> => {
    scope.close();
    await scope.closed;
  };
  try {
    return { ...(await start({ settings, logger, clock, scope })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Start {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly scope: Scope;
}

/** What is acquired first is let go last. */
async function start({ settings, logger, clock, scope }: Start): Promise<Omit<RunningServer, 'close'>> {
  await reportClock({ dataDir: settings.dataDir, clock, logger });
  scope.defer(await claimDataDirectory(settings.dataDir, { patienceMs: LOCK_PATIENCE_MS }));
  const media = scope.own(await MediaAddresses.create({ rtc: settings.rtc, clock, logger }));
  const [store, sfu] = await acquireBoth(
    openStore({ url: settings.databaseUrl, dataDir: join(settings.dataDir, 'database'), clock, logger }),
    createSfu({
      workers: sfuWorkers(settings),
      listen: media.listen,
      udpPort: settings.rtc.udpPort,
      tcpPort: settings.rtc.tcpPort,
      logger,
      clock,
    }),
    { store: (opened) => scope.defer(() => opened.close()), sfu: (started) => scope.own(started) },
  );
  const { owner, codes } = await bootstrap(store, { ownerEmail: settings.ownerEmail });
  const node = await nodeNameOf(settings.dataDir);
  const heartbeat = new Heartbeat({ store, node, clock, logger });
  const rooms = createRoomDirectory(store);
  const storage = createDiskStorage({ directory: mediaDirectory(settings.dataDir), logger });
  const { waitingPerStream, waitingPerConnection, waitingPerConnectionAndRendition, waitingPerAddress } =
    settings.limits;
  const playbackLinks = new PlaybackLinks({ key: await signingKey(settings.dataDir, 'playback.key'), clock });
  const origin = scope.own(
    new Origin({
      storage,
      playbackLinks,
      clock,
      logger,
      settings: {
        maxWaitingPerStream: waitingPerStream,
        maxWaitingPerConnection: waitingPerConnection,
        maxWaitingPerConnectionAndRendition: waitingPerConnectionAndRendition,
        maxWaitingPerAddress: waitingPerAddress,
      },
    }),
  );
  // From here on nobody else takes over what is this node's.
  await store.nodes.markSeen(node);
  const { goOn: earlier, unfinished } = await takeUp({ store, rooms, node, origin, now: clock.now(), logger });

  const address = new PublicAddress(settings);
  // What makes certificates is loaded by those who need it: that takes a twentieth of the time of a start.
  const https = usesTls(settings.tls)
    ? await (await import('./tls/https.ts')).Https.prepare({ settings, clock, logger, scope })
    : undefined;
  const readiness = new Readiness();
  const guesses = createDoorGuesses({ limits: settings.limits, clock });
  const roomTokens = new RoomTokens({ store, guesses: guesses.tokens, clock });
  const streamOrigin = streamOriginOf(origin, playbackLinks);
  const ingestToken = randomBytes(32).toString('base64url');
  let localUrl = '';
  const jobs = createEgressJobs({
    program: { entry: EGRESS_PROGRAM },
    addresses: () => ({
      signalingUrl: `${localUrl.replace(/^http/, 'ws')}/ws`,
      ingestUrl: `${localUrl}/ingest`,
      ingestToken,
      rtpListenIp: '127.0.0.1',
    }),
    origin: streamOrigin,
    allowPrivateTargets: settings.rtmp.allowPrivateAddresses,
    maxJobs: settings.limits.liveStreams,
    cores: ladderCores(settings),
    clock,
    logger,
  });
  // Should a later step fail: nobody else would end those that wait.
  scope.defer(() => jobs.close());
  jobs.warmUp(earlier.filter(({ stream, beam }) => stream || beam).length);
  const goOn = earlier.map(({ id }) => id);
  const downloads = await DownloadLinks.open(settings.dataDir, clock);
  const linkOf: LinkOf = (asset, validFor) => address.base + downloads.sign(asset, validFor);
  const ownerOf = ownedBy(node);
  const metrics = new Metrics();
  const history = await startHistory({
    store,
    settings,
    node,
    ownerOf,
    goOn,
    linkOf,
    scope,
    clock,
    logger,
  });
  const facts = metrics.countFacts(history.facts);
  const bucket = storageOf(settings);
  const { uploadMbps, waitingGiB, allowPrivateAddresses: allowPrivate } = settings.recordings;
  const targets = new UploadTargets({ store, ofServer: bucket, allowPrivate });
  const recordings = { links: downloads, node, directory: join(settings.dataDir, 'recordings'), targets, clock };
  const archive = new DiskArchive({
    directory: recordings.directory,
    store,
    node,
    finalise: finaliserProgram(EGRESS_PROGRAM),
    targets,
    uploadBytesPerSecond: (uploadMbps * 1e6) / 8,
    maxWaitingBytes: waitingGiB * 2 ** 30,
    facts,
    clock,
    logger,
  });
  scope.defer(() => archive.close());
  for (const job of unfinished) archive.finalise(job);
  await archive.takeUp(unfinished);
  const chat = new ChatWriter({ store, clock, logger });
  scope.defer(() => chat.close());
  const quality = new QualityWriter({ store, clock, logger });
  scope.defer(() => quality.close());
  const localMedia = reachableHere(media.listen.map(({ ip }) => ip));
  const { chromium, joinTimeoutS, allowPrivateAddresses } = settings.webComposition;
  const pages = createWebPages({
    program: { entry: EGRESS_PROGRAM },
    chromium,
    allowPrivate: allowPrivateAddresses,
    origins: () => [new URL(address.base).origin, localUrl],
    localAddress: localMedia,
    policy: { joinTimeoutMs: joinTimeoutS * 1000 },
    clock,
    logger,
  });
  const host = createSessionHost({
    rooms,
    tokens: roomTokens,
    records: createLiveStreamRecords(store, ownerOf),
    beams: createBeamRecords(store, ownerOf),
    archive,
    chat,
    quality,
    sessions: createSessionRecords({ store, node, logger }),
    // Another run of the same node has other media.
    node: `${node}-${clock.now().toString(36)}`,
    sfu,
    jobs,
    pages,
    origin: streamOrigin,
    publicUrl: () => address.base,
    limits: settings.limits,
    facts,
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
    localAddress: localMedia,
    clock,
    logger,
  });
  const rtmp = new RtmpDoor({
    ingests,
    startSendIn: sendInProgram(EGRESS_PROGRAM, logger),
    whipUrl: () => `${localUrl}/whip`,
    reachedAt: () => address.base,
    limits: settings.limits,
    clock,
    logger,
  });
  const players = new Players({ host, admissions: store.admissions, tokens: roomTokens, guesses, clock, logger });
  showWorld(metrics.registry, { host, jobs, sfu, origin, webhooks: history.dispatcher, archive, clock });
  const putOnAir = host.restore(earlier);
  const doctor = scope.own(new DoctorRuns({ settings, clock, serverPid: process.pid, egressProgram: EGRESS_PROGRAM }));
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
    builds: { dashboard: beside('dashboard/dist'), room: beside('room/dist') },
    origin: { origin, isIngestTokenValid: sharedIngestToken(ingestToken) },
    https,
    clock,
    logger,
  });
  scope.defer(() => web.close());
  // Own programs speak plain HTTP over loopback: with TLS for people that is a port of its own (decision 0009).
  const localAddress = https ? '127.0.0.1' : listenHost(settings.host);
  const { take: takeConnection } = new OpenConnections({
    max: settings.limits.connectionsPerAddress,
    trust: trustOf(settings.trustProxy),
    clock,
    logger,
  });
  // With HTTPS what comes by it has been counted there.
  if (!https) boundConnections(web.server, takeConnection);
  await web.listen({ port: https ? 0 : settings.port, host: localAddress });
  const { port } = web.server.address() as AddressInfo;
  localUrl = `http://${localHost(localAddress)}:${port}`;
  if (https) await https.listen({ http: web.server, http2: http2HandlerOf(web), address, takeConnection });
  else address.listensOn(port, localAddress);
  if (settings.rtmp.port !== 0) await rtmp.listen({ port: settings.rtmp.port, host: listenHost(settings.host) });
  putOnAir();
  // HTTP goes on while streams drain: their last parts come in by it.
  scope.defer(() => jobs.close());
  scope.defer(() => host.close());
  scope.defer(() => rtmp.close());
  scope.defer(() => readiness.drain());
  scope.every(SEEN_EVERY_MS, () => {
    void heartbeat.beat();
  });
  scope.every(TAKE_OVER_EVERY_MS, () => {
    if (!heartbeat.mayJudge()) return;
    history.takeOver(new Date(clock.now() - NODE_GONE_AFTER_MS)).catch((error: unknown) => {
      logger.warn({ error: describeDatabaseError(error) }, 'could not take over from servers that are gone');
    });
  });
  // The first time with years of history takes seconds, which nobody waits for.
  void countUsage(store, logger);
  scope.every(PURGE_EVERY_MS, () => {
    Promise.all([
      store.owners.purgeExpired(),
      forgetGoneNodes(store, clock.now()),
      store.webhooks.purge(new Date(clock.now() - DELIVERIES_KEPT_MS)),
      store.webhookReplays.purge(new Date(clock.now() - DELIVERIES_KEPT_MS)),
      store.chatMessages.purge(),
      store.analytics.purge(),
      store.peerQuality.purge(),
    ])
      .then(() => store.gatherStatistics())
      .catch((error: unknown) => {
        logger.warn({ error: describeDatabaseError(error) }, 'what has expired could not be deleted');
      });
    void countUsage(store, logger);
  });
  const links = await linksOf({ base: address.base, local: localUrl, store, settings, clock, owner, codes });
  await writeLinks(settings.dataDir, links, clock.now());
  logger.info({ local: localUrl, url: address.base }, 'listening');
  scope.defer(
    await openControlSocket({
      dataDir: settings.dataDir,
      commands: {
        backup: (file) => makeBackup({ store, dataDir: settings.dataDir, file, clock }),
        health: () => store.ping(),
      },
      logger,
    }),
  );
  void reportTurn({ rtc: settings.rtc, peers: media.announced, clock, logger });
  if (bucket) void reportStorage({ target: bucket, clock, logger });
  const lan = https?.authority && lanHelp(address, https.authority);
  return { links, lan, port: https ? settings.port : port };
}

/** Of days that are over. Nothing is lost when it fails: they are counted the next time. */
async function countUsage(store: Pick<Store, 'usage'>, logger: Logger): Promise<void> {
  try {
    await store.usage.rollUp();
  } catch (error) {
    logger.warn({ error: describeDatabaseError(error) }, 'usage could not be counted');
  }
}

/** Waits for both, and registers what succeeded even when the other failed. */
async function acquireBoth<A, B>(
  first: Promise<A>,
  second: Promise<B>,
  register: { readonly store: (value: A) => void; readonly sfu: (value: B) => void },
): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'fulfilled') register.store(a.value);
  if (b.status === 'fulfilled') register.sfu(b.value);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
}

/** What a killed run left: its sessions, which go on, and what the origin has of its streams. */
async function takeUp(options: {
  readonly store: Store;
  readonly rooms: RoomDirectory;
  readonly node: string;
  readonly origin: Origin;
  readonly now: Millis;
  readonly logger: Logger;
}): Promise<TakenUp> {
  const { store, origin, logger } = options;
  const [served] = await Promise.all([origin.restore(), store.owners.purgeExpired()]);
  const takenUp = await takeUpSessions({ ...options, served });
  const onAir = new Set(takenUp.goOn.map(({ stream }) => stream?.streamId));
  for (const { streamId, state } of served) {
    if (state === 'ended' || onAir.has(streamId)) continue;
    // Its viewers get the end of the playlist, and can watch what they have.
    origin.end(streamId).catch((error: unknown) => {
      logger.warn({ streamId, error: messageOf(error) }, 'a stream of an earlier run could not be ended');
    });
  }
  return takenUp;
}

function mediaDirectory(dataDir: string): string {
  return join(dataDir, 'streams');
}

function streamOriginOf(origin: Origin, links: PlaybackLinks): StreamOrigin {
  return {
    playbackPath: (streamId, signedUntil) =>
      `/hls/${signedUntil === undefined ? Origin.pathOf(streamId) : links.pathOf(streamId, signedUntil)}`,
    onPlayable: (listener) => origin.on('playable', ({ streamId }) => listener({ streamId })),
    addDateRange: (streamId, { durationS: duration, ...range }) =>
      origin.addDateRange(streamId, { ...range, duration }),
    async endStream(streamId) {
      try {
        await origin.end(streamId);
      } catch (error) {
        if (!(error instanceof PublicError && error.code === 404)) throw error;
      }
    },
  };
}

/** Of addresses that media are received on, the one for processes of this machine: IPv4 before IPv6. */
function reachableHere(addresses: readonly string[]): string {
  const [first = '127.0.0.1'] = [...addresses].sort((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
  if (!isAnyAddress(first)) return first;
  return first === '::' ? '::1' : '127.0.0.1';
}

/** Where processes of this machine reach what listens on `host`. */
function localHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

async function linksOf(options: {
  readonly base: string;
  readonly local: string;
  readonly store: Store;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly owner: Bootstrapped['owner'];
  readonly codes: Bootstrapped['codes'];
}): Promise<StartLinks> {
  const { base, local, store, settings, clock, owner, codes } = options;
  const signInOnce = owner.passwordHash === null || settings.signInLink === 'always';
  const code = signInOnce ? await new OwnerAccounts({ store, clock }).newSignInCode(owner.id) : undefined;
  return {
    url: base,
    local,
    dashboard: dashboardLink(base, code),
    rooms: Object.fromEntries([...codes].map(([role, roomCode]) => [role, joinLink(base, roomCode)])),
  };
}
