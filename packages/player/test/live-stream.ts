import type { AddressInfo } from 'node:net';
import { Origin, originPlugin, sharedIngestToken } from '@amphi/origin';
import {
  encodeTestAudio,
  encodeTestVideo,
  IngestClient,
  packageStream,
  type SyntheticPart,
  type SyntheticStream,
} from '@amphi/testkit';
import { build } from 'esbuild';
import Fastify from 'fastify';

const TOKEN = 'token-of-the-test';
/** What a live encoder needs from the last frame of a part to its bytes. */
const ENCODER_DELAY_MS = 50;

/** An icon of its own, or the browser asks for one; cross-origin, or its pictures could not be read. */
const PAGE = `<!doctype html><title>player</title><link rel="icon" href="data:,">
<video crossorigin="anonymous"></video><script src="/page.js"></script>`;

/** An origin and a page with the player, on two ports: two web origins, as in the field. */
export interface TestServers {
  readonly origin: Origin;
  readonly pageUrl: string;
  masterUrl(streamId: string): string;
  ingest(streamId: string): IngestClient;
  close(): Promise<void>;
}

const PLAYER_PAGE = new URL('./in-page/player-page.ts', import.meta.url);

/** @param script of the page */
export async function startServers(script: URL = PLAYER_PAGE): Promise<TestServers> {
  const origin = new Origin();
  const media = Fastify({ forceCloseConnections: true });
  await media.register(originPlugin, { origin, isIngestTokenValid: sharedIngestToken(TOKEN) });
  await media.listen({ port: 0, host: '127.0.0.1' });
  const base = `http://127.0.0.1:${(media.server.address() as AddressInfo).port}`;

  const { outputFiles } = await build({
    entryPoints: [script.pathname],
    bundle: true,
    write: false,
    format: 'iife',
    conditions: ['source'],
    target: 'es2022',
  });
  const web = Fastify({ forceCloseConnections: true });
  web.get('/', (_request, reply) => reply.type('text/html').send(PAGE));
  web.get('/page.js', (_request, reply) => reply.type('text/javascript').send(Buffer.from(outputFiles[0]!.contents)));
  await web.listen({ port: 0, host: '127.0.0.1' });

  return {
    origin,
    pageUrl: `http://127.0.0.1:${(web.server.address() as AddressInfo).port}/`,
    masterUrl: (streamId) => `${base}/hls/${Origin.pathOf(streamId)}`,
    ingest: (streamId) => new IngestClient({ ingestUrl: `${base}/ingest`, token: TOKEN, streamId }),
    async close() {
      origin.close();
      await origin.closed;
      await Promise.all([media.close(), web.close()]);
    },
  };
}

/** Two picture sizes and a tone: parts of 1/3 s, segments of 2 s. */
export async function encodeLadder(seconds: number): Promise<SyntheticStream> {
  const options = { seconds, gopFrames: 60 };
  const [large, small, audio] = await Promise.all([
    encodeTestVideo({ ...options, width: 640, height: 360, bitrateBps: 800_000 }),
    encodeTestVideo({ ...options, width: 320, height: 180, bitrateBps: 300_000 }),
    encodeTestAudio({ seconds, toneHz: 1000 }),
  ]);
  return packageStream({
    videos: [
      { id: 'v360', ...large },
      { id: 'v180', ...small },
    ],
    audio: { id: 'audio', ...audio },
    framesPerPart: 10,
    partsPerSegment: 6,
  });
}

/** A run of a live packager. */
export interface LiveRun {
  /** Wall clock of media time 0: a picture with code `c` was taken at `startedAtMs + c`. */
  readonly startedAtMs: number;
  /** All parts up to the given media time are at the origin. */
  readonly finished: Promise<void>;
  stop(): void;
}

/** Attaches and sends parts when a live encoder would have them, up to `seconds` of media. */
export async function runLive(client: IngestClient, stream: SyntheticStream, seconds: number): Promise<LiveRun> {
  const { nextMsn } = await client.attach(stream.description);
  for (const [id, data] of stream.inits) await client.putInit(id, data);
  const startedAtMs = Date.now();
  let isStopped = false;
  const send = async (part: SyntheticPart): Promise<void> => {
    const dueAt = startedAtMs + part.endsAt * 1000 + ENCODER_DELAY_MS;
    await new Promise((due) => setTimeout(due, Math.max(0, dueAt - Date.now())));
    if (!isStopped) await client.putPart(part, nextMsn, startedAtMs);
  };
  const finished = (async () => {
    for (const part of stream.parts) {
      if (isStopped || part.endsAt > seconds + 0.1) break;
      await send(part);
    }
  })();
  return {
    startedAtMs,
    finished,
    stop() {
      isStopped = true;
    },
  };
}
