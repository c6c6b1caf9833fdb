import { AUTHORITY_PATH, AUTHORITY_TYPE } from '../tls/redirect-listener.ts';
import type { WebServer } from './web-server.ts';

/** The own authority's certificate, for devices that are to trust it. */
export function authorityRoute(server: WebServer, authority: { readonly certificate: string }): void {
  server.get(AUTHORITY_PATH, { schema: { hide: true } }, async (_request, reply) =>
    reply.type(AUTHORITY_TYPE).header('cache-control', 'no-cache').send(authority.certificate),
  );
}
