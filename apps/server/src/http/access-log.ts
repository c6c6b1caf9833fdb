import type { Logger } from '@amphi/base';
import type { WebServer } from './web-server.ts';

/**
 * One line per answer at level `debug`, by route: paths hold room codes and queries hold tokens, so neither is logged,
 * and no header and no body is.
 */
export function logRequests(server: WebServer, logger: Logger): void {
  server.addHook('onResponse', (request, reply, done) => {
    logger.debug(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
    done();
  });
}
