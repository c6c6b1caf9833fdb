import cors from '@fastify/cors';
import type { WebServer } from './web-server.ts';

/**
 * Opens a scope to pages of every origin: clients are other people's apps. Errors get the headers, too, or a client
 * would see "unreachable" in their place. No cookies are used here.
 */
export async function openToAllOrigins(
  server: WebServer,
  more: {
    readonly methods?: readonly string[];
    readonly allowedHeaders?: readonly string[];
    readonly exposedHeaders?: readonly string[];
  } = {},
): Promise<void> {
  await server.register(cors, {
    origin: '*',
    methods: ['GET', 'POST', ...(more.methods ?? [])],
    allowedHeaders: ['authorization', 'content-type', 'user_agent_v2', ...(more.allowedHeaders ?? [])],
    exposedHeaders: [...(more.exposedHeaders ?? [])],
    maxAge: 7200,
    strictPreflight: false,
  });
}
