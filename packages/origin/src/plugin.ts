import type { FastifyPluginAsync } from 'fastify';
import type { Origin } from './origin.ts';
import { type IngestTokenCheck, registerIngestRoutes } from './routes/ingest.ts';
import { registerPlaybackRoutes } from './routes/playback.ts';

export interface OriginPluginOptions {
  /** Made and closed by the host. */
  readonly origin: Origin;
  readonly isIngestTokenValid: IngestTokenCheck;
  /** Whom an address counts for that waits, such as its network. Default: itself. */
  readonly addressKey?: (address: string) => string;
  /** Default `/ingest`. */
  readonly ingestPrefix?: string;
  /** Default `/hls`. */
  readonly playbackPrefix?: string;
}

/** Mounts an origin in a Fastify server: ingest for the packager, playback for players. */
export const originPlugin: FastifyPluginAsync<OriginPluginOptions> = async (app, options) => {
  const { origin, isIngestTokenValid, addressKey = (address: string) => address } = options;
  await app.register(async (scope) => registerIngestRoutes(scope, { origin, isIngestTokenValid }), {
    prefix: options.ingestPrefix ?? '/ingest',
  });
  await app.register(async (scope) => registerPlaybackRoutes(scope, { origin, addressKey }), {
    prefix: options.playbackPrefix ?? '/hls',
  });
};
