import { join } from 'node:path';
import { Buckets, type Clock, type Logger } from '@amphi/base';
import { type OriginPluginOptions, originPlugin } from '@amphi/origin';
import type { Store } from '@amphi/store';
import fastify, { type FastifyServerOptions } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { addressKey } from '../budgets/address-key.ts';
import type { DoorGuesses } from '../budgets/guesses.ts';
import { largestSize } from '../budgets/room-bounds.ts';
import type { DiagnosticConnections } from '../diagnostics/diagnostic-connections.ts';
import type { DoctorRuns } from '../doctor/doctor-runs.ts';
import type { EgressJobs } from '../egress-jobs/egress-jobs.ts';
import type { Ingests } from '../ingest/ingests.ts';
import type { RtmpDoor } from '../ingest/rtmp-door.ts';
import { OwnerAccounts } from '../platform/owner-accounts.ts';
import { SignInLimits } from '../platform/sign-in-limits.ts';
import type { Players } from '../playing/players.ts';
import type { DownloadLinks } from '../recordings/download-links.ts';
import type { KeptRecordings } from '../recordings/remove-asset.ts';
import type { SessionHost } from '../sessions/ports/host.ts';
import type { QualityArchive } from '../sessions/ports/records.ts';
import type { Settings } from '../settings.ts';
import type { Https } from '../tls/https.ts';
import type { Http2Handler } from '../tls/secure-listener.ts';
import { ManagementTokens } from '../tokens/management-tokens.ts';
import type { RoomTokens } from '../tokens/room-tokens.ts';
import { IceServers } from '../turn/ice-servers.ts';
import type { WebhookReplays } from '../webhooks/replays.ts';
import type { WebhookCaller } from '../webhooks/webhook-caller.ts';
import { logRequests } from './access-log.ts';
import { apiPageRoute } from './api-page.ts';
import { authorityRoute } from './authority-route.ts';
import { MAX_BODY_BYTES, parseAllBodiesAsJson, parseJsonBodies, validatorCompiler } from './bodies.ts';
import { clientEventRoutes } from './client-event-routes.ts';
import { openToAllOrigins } from './cors.ts';
import { diagnosticsRoutes } from './diagnostics-routes.ts';
import { answerErrors } from './error-answers.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { initRoute } from './init-route.ts';
import { inlineScriptsOf } from './inline-scripts.ts';
import { keepingTexts } from './kept-answers.ts';
import { layoutRoute } from './layout-route.ts';
import { type Metrics, metricsRoute } from './metrics.ts';
import { networkHealthRoute } from './network-health.ts';
import { describeApi, openApiRoute } from './open-api.ts';
import { page } from './pages.ts';
import { boundPipelining } from './pipelining.ts';
import { platformRoutes } from './platform-routes.ts';
import { trustOf } from './proxies.ts';
import type { PublicAddress } from './public-address.ts';
import { recordedStreamRoute } from './recorded-stream-route.ts';
import { recordingFileRoute } from './recording-files.ts';
import { activeRoomRoutes } from './rest/active-rooms.ts';
import { analyticsEventRoutes } from './rest/analytics-events.ts';
import { externalStreamRoutes } from './rest/external-streams.ts';
import { feedbackRoutes } from './rest/feedback.ts';
import { liveStreamRoutes } from './rest/live-streams.ts';
import { peerStatsRoutes } from './rest/peer-stats.ts';
import { tellPlaybackAddresses } from './rest/playback-addresses.ts';
import { pollRoutes } from './rest/polls.ts';
import { recordingAssetRoutes } from './rest/recording-assets.ts';
import { recordingRoutes } from './rest/recordings.ts';
import { roomCodeRoutes } from './rest/room-codes.ts';
import { roomRoutes } from './rest/rooms.ts';
import { sessionEventRoutes } from './rest/session-events.ts';
import { sessionRoutes } from './rest/sessions.ts';
import { streamKeyRoutes } from './rest/stream-keys.ts';
import { templateRoutes } from './rest/templates.ts';
import { usageRoutes } from './rest/usage.ts';
import { webhookHistoryRoutes } from './rest/webhook-history.ts';
import { webhookReplayRoutes } from './rest/webhook-replays.ts';
import { boundRequests, requireManagementToken } from './rest/workspace-access.ts';
import { sendSecurityHeaders } from './security-headers.ts';
import { acceptSignaling } from './signaling-endpoint.ts';
import { tokenRoute } from './token-route.ts';
import { type WebBuilds, webApps } from './web-apps.ts';
import type { WebServer } from './web-server.ts';
import { whepRoutes } from './whep-routes.ts';
import { whipRoutes } from './whip-routes.ts';

export interface WebServerOptions {
  readonly settings: Pick<Settings, 'trustProxy' | 'metricsToken' | 'rtc' | 'embedding' | 'limits'>;
  readonly store: Store;
  readonly roomTokens: RoomTokens;
  readonly host: SessionHost;
  readonly jobs: Pick<EgressJobs, 'chooseLayers'>;
  readonly ingests: Pick<Ingests, 'open' | 'find'>;
  readonly rtmp: Pick<RtmpDoor, 'port'>;
  readonly players: Pick<Players, 'open' | 'find'>;
  readonly address: PublicAddress;
  readonly readiness: Readiness;
  readonly doctor: Pick<DoctorRuns, 'start' | 'report'>;
  readonly diagnostics: Pick<DiagnosticConnections, 'connect'>;
  readonly guesses: DoorGuesses;
  readonly metrics: Metrics;
  readonly webhooks: WebhookCaller;
  readonly quality: Pick<QualityArchive, 'read'>;
  readonly replays: Pick<WebhookReplays, 'begin' | 'find'>;
  readonly builds: WebBuilds;
  readonly recordings: KeptRecordings & { readonly links: DownloadLinks };
  /** Streams: playback below `/hls`, ingest below `/ingest`. */
  readonly origin: OriginPluginOptions;
  /** The server's own HTTPS, if it has it. */
  readonly https?: Pick<Https, 'authority' | 'isPubliclyTrusted'> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A request line and headers, and a body after them, that take longer than this are given up. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Each route with a schema has one of zod. Compilers that are set later, as that provider's manual has it, come after
 * Fastify has loaded its own, in a twentieth of the time of a start; its types know no others than those here.
 */
const ZOD_ONLY = {
  compilersFactory: {
    buildValidator: () => validatorCompiler,
    buildSerializer: () => keepingTexts(serializerCompiler),
  },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;

/** Everything that is spoken over HTTP and the upgrade to WebSocket. It does not listen yet. */
export async function createWebServer(options: WebServerOptions): Promise<WebServer> {
  const { host, address, metrics, logger } = options;
  const trust = trustOf(options.settings.trustProxy);
  const root: WebServer = fastify({
    trustProxy: trust,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Blocking playlist requests and idle connections of players must not hold up the end.
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    schemaController: ZOD_ONLY,
  });
  boundPipelining(root.server);
  // Players and egress come many times a second and wait by design: nothing that is made for the other routes (log lines,
  // times by route, headers of pages) is run for them. The origin counts what they cost.
  await root.register(originPlugin, { ...options.origin, addressKey });
  metrics.countPlayback(options.origin.origin);
  await root.register(async (scope) => pagesAndApis(scope as WebServer, options));
  acceptSignaling(root.server, { host, address, trust, metrics, logger });
  return root;
}

/** All but streams, in a scope with hooks of its own. */
async function pagesAndApis(server: WebServer, options: WebServerOptions): Promise<void> {
  const { store, host, address, readiness, metrics, https, logger, clock } = options;
  const managementTokens = new ManagementTokens({ store, guesses: options.guesses.tokens, clock });
  const perWorkspace = new Buckets({
    name: 'requests for this workspace',
    rate: options.settings.limits.restRequestsPerWorkspace,
  });
  const iceServers = new IceServers({ rtc: options.settings.rtc, clock });
  const rest = (scope: WebServer): Promise<void> => restRoutes(scope, options, perWorkspace);
  answerErrors(server, {
    logger,
    notFoundPage: () => page('Nothing here', 'There is no page at this address. Check the link that you were given.'),
  });
  logRequests(server, logger);
  metrics.measureRequests(server);
  metrics.countStatements(store);
  const scriptsOfRooms = inlineScriptsOf(join(options.builds.room, 'index.html'));
  sendSecurityHeaders(server, address, options.settings.embedding.origins, scriptsOfRooms, () =>
    https ? https.isPubliclyTrusted : address.isSecure,
  );
  parseJsonBodies(server);
  await describeApi(server);

  healthRoutes(server, { store, readiness });
  metricsRoute(server, { metrics, metricsToken: options.settings.metricsToken });
  openApiRoute(server);
  apiPageRoute(server);
  await server.register(
    async (scope) => {
      await openToAllOrigins(scope as WebServer);
      initRoute(scope as WebServer, {
        store,
        tokens: options.roomTokens,
        host,
        address,
        readiness,
        iceServers,
        metrics,
        onDemandTracks: options.settings.rtc.onDemandTracks,
      });
    },
    { prefix: '/init' },
  );
  await server.register(
    async (scope) => whipRoutes(scope as WebServer, { ingests: options.ingests, address, readiness, iceServers }),
    { prefix: '/whip' },
  );
  await server.register(
    async (scope) => whepRoutes(scope as WebServer, { players: options.players, address, readiness, iceServers }),
    { prefix: '/whep' },
  );
  await server.register(async (scope) => v2Routes(scope as WebServer, options, managementTokens, rest), {
    prefix: '/v2',
  });
  await server.register(
    async (scope) =>
      platformRoutes(scope as WebServer, {
        store,
        accounts: new OwnerAccounts({ store, clock }),
        signInLimits: new SignInLimits({ limits: options.settings.limits, clock }),
        guesses: options.guesses.tokens,
        clock,
        address,
        doctor: options.doctor,
        host: options.host,
        jobs: options.jobs,
        metrics,
        webhooks: options.webhooks,
        targets: options.recordings.targets,
        rest,
      }),
    { prefix: '/platform' },
  );
  await webApps(server, options.builds);
  recordingFileRoute(server, { store, ...options.recordings });
  if (https?.authority) authorityRoute(server, https.authority);
}

async function v2Routes(
  server: WebServer,
  options: WebServerOptions,
  managementTokens: ManagementTokens,
  rest: (server: WebServer) => Promise<void>,
): Promise<void> {
  const { store, readiness, roomTokens, guesses, clock } = options;
  await openToAllOrigins(server);
  parseAllBodiesAsJson(server);
  tokenRoute(server, { store, roomTokens, guesses, readiness, limits: options.settings.limits, clock });
  layoutRoute(server, { store, tokens: roomTokens });
  recordedStreamRoute(server, {
    store,
    tokens: roomTokens,
    links: options.recordings.links,
    address: options.address,
    clock,
  });
  networkHealthRoute(server, { clock });
  diagnosticsRoutes(server, { connections: options.diagnostics, tokens: roomTokens, readiness, clock });
  clientEventRoutes(server, {
    store,
    host: options.host,
    tokens: roomTokens,
    limits: options.settings.limits,
    clock,
  });
  await server.register(async (scope) => {
    requireManagementToken(scope as WebServer, managementTokens);
    await rest(scope as WebServer);
  });
}

/**
 * The operations of REST v2, for whoever was let in and speaks for a workspace.
 * @param perWorkspace what back ends and dashboard of a workspace ask for together
 */
async function restRoutes(rest: WebServer, options: WebServerOptions, perWorkspace: Buckets): Promise<void> {
  const { store, host, readiness } = options;
  boundRequests(rest, perWorkspace, options.clock);
  roomRoutes(rest, { store, host, largestSize: largestSize(options.settings.limits) });
  activeRoomRoutes(rest, { store, host });
  roomCodeRoutes(rest, { store, host });
  streamKeyRoutes(rest, { store, host, address: options.address, rtmp: options.rtmp });
  templateRoutes(rest, { store, host });
  await rest.register(async (streams) => {
    tellPlaybackAddresses(streams as WebServer, options.address);
    liveStreamRoutes(streams as WebServer, { store, host, readiness });
  });
  recordingRoutes(rest, { store, host, readiness, kept: options.recordings });
  externalStreamRoutes(rest, { store, host, readiness, kept: options.recordings });
  recordingAssetRoutes(rest, {
    store,
    links: options.recordings.links,
    address: options.address,
    kept: options.recordings,
  });
  sessionRoutes(rest, { store });
  sessionEventRoutes(rest, { store });
  analyticsEventRoutes(rest, {
    store,
    links: options.recordings.links,
    address: options.address,
    clock: options.clock,
  });
  feedbackRoutes(rest, { store });
  peerStatsRoutes(rest, { store, quality: options.quality });
  usageRoutes(rest, { store, clock: options.clock });
  webhookHistoryRoutes(rest, { store, clock: options.clock });
  pollRoutes(rest, { store });
  webhookReplayRoutes(rest, { replays: options.replays, clock: options.clock });
}

/**
 * Takes requests by HTTP/2. Fastify's types know servers of one kind; its router takes the requests and responses of both, and
 * all that we read of them is common to both.
 */
export function http2HandlerOf(server: WebServer): Http2Handler {
  const routing = server.routing as unknown as Http2Handler;
  return (request, response) => routing(request, response);
}
