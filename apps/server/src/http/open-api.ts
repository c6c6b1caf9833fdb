import swagger from '@fastify/swagger';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { WebServer } from './web-server.ts';

/** Collects the routes registered after it for `/v2/openapi.json`. */
export async function describeApi(server: WebServer): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Amphi', description: 'Interactive live streaming: rooms, tokens, live streams.', version: '2' },
      components: {
        securitySchemes: {
          managementToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        },
      },
    },
    transform: jsonSchemaTransform,
    // Playback, ingest and pages have documents of their own.
    hideUntagged: true,
  });
}

/** `GET /v2/openapi.json`: the description of all routes, made when it is asked for. */
export function openApiRoute(server: WebServer): void {
  server.get('/v2/openapi.json', { schema: { hide: true } }, async () => server.swagger());
}
