import type { PublicAddress } from './public-address.ts';
import type { WebServer } from './web-server.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It is the room app: it may stand in frames of those whom the settings name, and changes pictures. */
    isRoom?: boolean;
  }
}

/**
 * Pages load from and connect to this server only: one that holds a room token cannot send it elsewhere. Sockets to it
 * are named because older browsers do not count them to 'self'; by both schemes, as a proxy may end TLS unseen.
 * @param host under which the page was asked for
 * @param streamsFrom base URL under which streams are announced; it is another origin than that of a page which was
 *   opened by another name of this machine
 * @param framedBy whose pages may have this one in a frame, as sources of CSP
 * @param scripts what else may run than files of this server, as sources of CSP
 */
function contentSecurityPolicy(
  host: string,
  streamsFrom: string,
  framedBy: readonly string[],
  scripts: readonly string[],
): string {
  return [
    "default-src 'self'",
    ['script-src', ...SELF, ...scripts].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    `media-src 'self' blob: data: mediastream: ${streamsFrom}`,
    "worker-src 'self' blob:",
    `connect-src 'self' ws://${host} wss://${host} ${streamsFrom}`,
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    `frame-ancestors ${framedBy.join(' ')}`,
  ].join('; ');
}

/** Half a year, this host only: others below the same domain are not ours to decide for (RFC 6797, 6.1). */
const STRICT_TRANSPORT = 'max-age=15552000';

/** The dashboard is framed by nobody else: there one click can do harm. */
const SELF = ["'self'"];

/**
 * Headers of all answers; pages get their policy, too.
 * @param roomsFramedBy the setting `embedding.origins`
 * @param scriptsOfRooms what stands within the page of rooms, as sources of CSP; asked each time
 * @param insistsOnHttps asked each time: a browser that was told so lets nobody past a certificate that it does not trust
 */
export function sendSecurityHeaders(
  server: WebServer,
  address: PublicAddress,
  roomsFramedBy: readonly string[],
  scriptsOfRooms: () => readonly string[],
  insistsOnHttps: () => boolean,
): void {
  const ofRooms = [...SELF, ...roomsFramedBy.filter((origin) => origin !== 'self')];
  server.addHook('onSend', (request, reply, _payload, done) => {
    if (insistsOnHttps()) reply.header('strict-transport-security', STRICT_TRANSPORT);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    if (!String(reply.getHeader('content-type') ?? '').startsWith('text/html')) return done();
    const isRoom = request.routeOptions.config.isRoom === true;
    reply.header(
      'content-security-policy',
      contentSecurityPolicy(
        new URL(address.baseFor(request)).host,
        address.base,
        isRoom ? ofRooms : SELF,
        // They change pictures by WebAssembly: that is let in, and no text as a script but what was built into the page.
        isRoom ? ["'wasm-unsafe-eval'", ...scriptsOfRooms()] : [],
      ),
    );
    reply.header('cross-origin-opener-policy', 'same-origin');
    reply.header('permissions-policy', 'camera=(self), microphone=(self), display-capture=(self), geolocation=()');
    done();
  });
}
