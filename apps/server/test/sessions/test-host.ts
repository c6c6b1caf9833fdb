import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, type Logger, silentLogger, systemClock } from '@amphi/base';
import type { Sfu } from '@amphi/sfu';
import { WebSocketServer } from 'ws';
import type { z } from 'zod';
import type { EgressJob } from '../../src/egress-jobs/egress-job.ts';
import {
  createEgressJobs,
  type EgressJobs,
  type StreamDateRange,
  type StreamOrigin,
} from '../../src/egress-jobs/egress-jobs.ts';
import type { EgressProgram } from '../../src/egress-jobs/egress-process.ts';
import type { EgressPolicy } from '../../src/egress-jobs/job-state.ts';
import type { EarlierSession } from '../../src/sessions/ports/earlier.ts';
import type { SessionHost } from '../../src/sessions/ports/host.ts';
import type { FactRecorder } from '../../src/sessions/ports/records.ts';
import { createSessionHost } from '../../src/sessions/session-host.ts';
import { Turns } from '../../src/sessions/turns.ts';
import { limitsSchema } from '../../src/settings/limits.ts';
import { WEBSOCKET_OPTIONS } from '../../src/signaling/limits.ts';
import type { WebPages } from '../../src/web-pages/web-pages.ts';
import { FakeSfu } from './fake-sfu.ts';
import {
  FakeArchive,
  InMemoryBeams,
  InMemoryChat,
  InMemoryRecords,
  InMemoryRooms,
  InMemorySessions,
  InMemoryTokens,
  makeRoom,
} from './in-memory-ports.ts';
import { WireClient } from './wire-client.ts';

/** An origin that serves nothing: tests say when a stream is playable. */
export class FakeOrigin implements StreamOrigin {
  readonly ended: string[] = [];
  readonly #listeners = new Set<(stream: { readonly streamId: string }) => void>();

  onPlayable(listener: (stream: { readonly streamId: string }) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  playbackPath(streamId: string, signedUntil?: number): string {
    return `/hls/${streamId}${signedUntil === undefined ? '' : `/${signedUntil / 1000}/signature`}/master.m3u8`;
  }

  async endStream(streamId: string): Promise<void> {
    this.ended.push(streamId);
  }

  readonly dateRanges: (StreamDateRange & { readonly streamId: string })[] = [];

  async addDateRange(streamId: string, range: StreamDateRange): Promise<void> {
    this.dateRanges.push({ streamId, ...range });
  }

  announce(streamId: string): void {
    for (const listener of [...this.#listeners]) listener({ streamId });
  }
}

const FAKE_EGRESS = new URL('./fake-egress.mjs', import.meta.url).pathname;

export interface TestHost {
  readonly host: SessionHost;
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  readonly rooms: InMemoryRooms;
  readonly tokens: InMemoryTokens;
  readonly records: InMemoryRecords;
  readonly beams: InMemoryBeams;
  readonly archive: FakeArchive;
  readonly sessions: InMemorySessions;
  readonly chat: InMemoryChat;
  readonly origin: FakeOrigin;
  readonly sfu: FakeSfu;
  readonly jobs: EgressJobs;
  /** Of the egress processes that run. */
  egressPids(): number[];
  /** Tokens given to egress processes, in order. */
  readonly issued: readonly string[];
  /** A connected client; not joined. */
  connect(
    role: string,
    options?: {
      readonly peerId?: string;
      readonly userId?: string;
      readonly roomId?: string;
      /** In place of one of its own. */
      readonly token?: string;
      /** Another name of this machine to come by. */
      readonly hostname?: string;
    },
  ): Promise<WireClient>;
  /** A client that has joined; `offer` is sent for roles that publish or subscribe. */
  join(
    role: string,
    options?: {
      readonly name?: string;
      readonly peerId?: string;
      readonly userId?: string;
      readonly token?: string;
      readonly roomId?: string;
      readonly hostname?: string;
    },
  ): Promise<WireClient>;
  token(role: string, options?: { readonly userId?: string; readonly roomId?: string }): Promise<string>;
  close(): Promise<void>;
}

/** A session host behind a real HTTP and WebSocket server, with everything else in memory. */
export async function startTestHost(
  options: {
    readonly clock?: Clock;
    readonly limits?: z.input<typeof limitsSchema>;
    readonly egress?: Partial<EgressProgram>;
    readonly policy?: Partial<EgressPolicy>;
    readonly maxJobs?: number;
    readonly logger?: Logger;
    /** What another host left that was killed. */
    readonly earlier?: readonly EarlierSession[];
    /** What it left in the store. */
    readonly sessions?: InMemorySessions;
    /** Default `test`. */
    readonly node?: string;
    readonly turns?: Turns;
    readonly facts?: FactRecorder;
    /** What a room's earlier sessions have kept. */
    readonly chat?: InMemoryChat;
    /** Instead of the fake one, which `sfu` is then not. */
    readonly realSfu?: Sfu;
    /** Default: none is shown. */
    readonly pages?: WebPages;
  } = {},
): Promise<TestHost> {
  const rooms = new InMemoryRooms();
  const tokens = new InMemoryTokens();
  const records = new InMemoryRecords();
  const beams = new InMemoryBeams();
  const archive = new FakeArchive();
  const sessions = options.sessions ?? new InMemorySessions();
  const chat = options.chat ?? new InMemoryChat();
  const origin = new FakeOrigin();
  const sfu = new FakeSfu();
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  rooms.rooms.set('room-1', makeRoom());
  const server = createServer();
  const sockets = new WebSocketServer({ server, ...WEBSOCKET_OPTIONS });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `ws://127.0.0.1:${port}/v2/ws`;
  const jobs = createEgressJobs({
    maxJobs: options.maxJobs ?? 100,
    cores: 2,
    allowPrivateTargets: false,
    program: { entry: FAKE_EGRESS, output: 'ignore', ...options.egress },
    addresses: () => ({
      signalingUrl: url,
      ingestUrl: `http://127.0.0.1:${port}/ingest`,
      ingestToken: 'ingest',
      rtpListenIp: '127.0.0.1',
    }),
    origin,
    clock,
    logger,
    ...(options.policy ? { policy: options.policy } : {}),
  });
  const started: EgressJob[] = [];
  const issued: string[] = [];
  const watchedJobs: EgressJobs = {
    requireCapacity: (program) => jobs.requireCapacity(program),
    warmUp: (count) => jobs.warmUp(count),
    chooseLayers: (destination) => jobs.chooseLayers(destination),
    hlsOutput: (id, destination, alternate) => jobs.hlsOutput(id, destination, alternate),
    rtmpOutput: (id, wanted) => jobs.rtmpOutput(id, wanted),
    whepOutput: (id, rung) => jobs.whepOutput(id, rung),
    requireTargets: (urls) => jobs.requireTargets(urls),
    start(request) {
      const issueToken = async (): Promise<string> => {
        const token = await request.issueToken();
        issued.push(token);
        return token;
      };
      const job = jobs.start({ ...request, issueToken });
      started.push(job);
      return job;
    },
    get effort() {
      return jobs.effort;
    },
    close: () => jobs.close(),
  };
  const host = createSessionHost({
    rooms,
    tokens,
    records,
    beams,
    archive,
    chat,
    sessions,
    node: options.node ?? 'test',
    sfu: options.realSfu ?? sfu,
    jobs: watchedJobs,
    origin,
    publicUrl: () => `http://127.0.0.1:${port}`,
    clock,
    logger,
    // Tests that say nothing of it need not wait for refusals.
    limits: limitsSchema.parse({ refusalDelayMs: 0, ...options.limits }),
    // Time does not pass while something is delivered, however slow the machine: all is done within its turn.
    ...(options.facts ? { facts: options.facts } : {}),
    ...(options.pages ? { pages: options.pages } : {}),
    turns: options.turns ?? new Turns({ now: () => 0 }),
  });
  const putOnAir = host.restore(options.earlier ?? []);
  sockets.on('connection', (socket, request) => {
    host.handleSocket(socket, {
      wire: request.socket,
      query: new URL(request.url ?? '/', 'http://local').searchParams,
      reachedAt: `http://${request.headers.host}`,
      from: request.socket.remoteAddress ?? '',
    });
  });
  putOnAir();
  const clients: WireClient[] = [];
  const token: TestHost['token'] = (role, { userId, roomId = 'room-1' } = {}) =>
    tokens.issue({ roomId, role, ...(userId === undefined ? {} : { userId }) });
  const connect: TestHost['connect'] = async (role, { peerId, hostname = '127.0.0.1', token: given, ...who } = {}) => {
    const client = new WireClient(url.replace('127.0.0.1', hostname), {
      token: given ?? (await token(role, who)),
      ...(peerId ? { peerId } : {}),
    });
    clients.push(client);
    return client.opened();
  };
  return {
    host,
    server,
    url,
    port,
    rooms,
    tokens,
    records,
    beams,
    archive,
    sessions,
    chat,
    origin,
    sfu,
    jobs,
    egressPids: () => started.flatMap((job) => job.pid ?? []),
    issued,
    token,
    connect,
    async join(role, { name = role, ...who } = {}) {
      const client = await connect(role, who);
      await client.next('on-policy-change');
      const session = `pub-${client.peerId}`;
      const offer =
        role === 'hls-viewer'
          ? {}
          : { offer: { type: 'offer', sdp: JSON.stringify({ session, version: 1, tracks: [] }) } };
      const answer = await client.request('join', { name, data: '', disableVidAutoSub: true, ...offer });
      if (answer.error) throw new Error(`join as ${role}: ${answer.error.code} ${answer.error.message}`);
      return client;
    },
    async close() {
      for (const client of clients) client.socket.terminate();
      await host.close();
      await jobs.close();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
