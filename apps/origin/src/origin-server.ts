import type { AddressInfo } from 'node:net';
import type { Logger } from '@amphi/base';
import {
  createDiskStorage,
  createMemoryStorage,
  Origin,
  originPlugin,
  PlaybackLinks,
  sharedIngestToken,
} from '@amphi/origin';
import Fastify, { LogController } from 'fastify';
import { readPlaybackKey, type Settings } from './settings.ts';

/** An origin that listens. */
export interface OriginServer {
  readonly url: string;
  /** Answers whoever waits, takes no more requests, finishes writing. */
  close(): Promise<void>;
}

/** @throws CodedError as `readPlaybackKey` */
export async function startOriginServer(settings: Settings): Promise<OriginServer> {
  const { playbackKeyFile } = settings;
  const key = playbackKeyFile === undefined ? undefined : await readPlaybackKey(playbackKeyFile);
  const app = Fastify({
    logger: { level: settings.logLevel },
    // One line per request would be one per part and viewer.
    logController: new LogController({ disableRequestLogging: true }),
    // Players keep connections open; those must not hold up the stop.
    forceCloseConnections: true,
  });
  const logger = app.log as unknown as Logger;
  const { mediaDir, maxStreams, maxWaitingPerStream } = settings;
  const origin = new Origin({
    logger,
    ...(key === undefined ? {} : { playbackLinks: new PlaybackLinks({ key }) }),
    storage: mediaDir === undefined ? createMemoryStorage() : createDiskStorage({ directory: mediaDir, logger }),
    settings: {
      ...(maxStreams === undefined ? {} : { maxStreams }),
      ...(maxWaitingPerStream === undefined ? {} : { maxWaitingPerStream }),
      // It stands behind a CDN or a proxy of yours, whose address is everybody's.
      maxWaitingPerAddress: Number.POSITIVE_INFINITY,
    },
  });
  let isStopping = false;

  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) =>
    reply.code(isStopping ? 503 : 200).send({ status: isStopping ? 'stopping' : 'ready' }),
  );
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(metricsOf(origin)));
  // What was left by a kill is served from the first request on.
  await origin.restore();
  await app.register(originPlugin, { origin, isIngestTokenValid: sharedIngestToken(settings.ingestToken) });
  await app.listen({ host: settings.host, port: settings.port });

  const { address, family, port } = app.server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async close() {
      isStopping = true;
      origin.close();
      await origin.closed;
      await app.close();
    },
  };
}

/** Prometheus text of what an operator watches. */
function metricsOf(origin: Origin): string {
  const { memoryBytes, streams } = origin.statistics();
  const { answers, bytes, waits, refused } = origin.traffic;
  const count = (state: string): number => streams.filter((stream) => stream.state === state).length;
  const waiting = streams.reduce((sum, stream) => sum + stream.waiting, 0);
  return [
    '# HELP amphi_origin_streams Streams by state.',
    '# TYPE amphi_origin_streams gauge',
    ...['starting', 'playable', 'ended'].map((state) => `amphi_origin_streams{state="${state}"} ${count(state)}`),
    '# HELP amphi_origin_waiting_requests Requests that wait for a part or a segment.',
    '# TYPE amphi_origin_waiting_requests gauge',
    `amphi_origin_waiting_requests ${waiting}`,
    '# HELP amphi_origin_memory_bytes Media held in memory.',
    '# TYPE amphi_origin_memory_bytes gauge',
    `amphi_origin_memory_bytes ${memoryBytes}`,
    ...counter('amphi_playback_answers_total', 'Answers to players.', answers),
    ...counter('amphi_playback_bytes_total', 'Bytes of these answers, without headers.', bytes),
    ...counter('amphi_playback_waits_total', 'Requests that had to wait for their answer.', waits),
    ...counter(
      'amphi_playback_refused_total',
      'Requests that were refused for what waits on their connection.',
      refused,
    ),
    '',
  ].join('\n');
}

function counter(name: string, help: string, value: number): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, `${name} ${value}`];
}
