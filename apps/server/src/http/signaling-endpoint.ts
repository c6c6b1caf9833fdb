import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@amphi/base';
import { WebSocketServer } from 'ws';
import { addressKey } from '../budgets/address-key.ts';
import type { SessionHost } from '../sessions/ports.ts';
import { WEBSOCKET_OPTIONS } from '../signaling/limits.ts';
import type { Metrics } from './metrics.ts';
import { clientAddress, type Trust } from './proxies.ts';
import type { PublicAddress } from './public-address.ts';

const PATH = '/ws';

/**
 * Accepts every WebSocket at `/ws` and hands it to the session host. Nobody is refused at the upgrade: public clients
 * repeat a refused one without a pause (client protocol, 3.1). The query holds a token: it is never logged.
 */
export function acceptSignaling(
  server: Server,
  options: {
    readonly host: Pick<SessionHost, 'handleSocket'>;
    readonly address: PublicAddress;
    readonly trust: Trust;
    readonly metrics: Metrics;
    readonly logger: Logger;
  },
): void {
  const { host, address, trust, metrics, logger } = options;
  const sockets = new WebSocketServer({ ...WEBSOCKET_OPTIONS, noServer: true });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener off: whoever takes a raw socket owns its `error`, before anything else.
    socket.on('error', () => socket.destroy());
    const url = targetOf(request);
    if (url?.pathname.replace(/\/+$/, '') !== PATH) {
      // The other side need not close its half, and Node's own time limits are off.
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy());
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      metrics.socketOpened();
      accepted.on('close', () => metrics.socketClosed());
      // Frames that are no WebSocket frames, or too long ones: `ws` closes the socket by itself.
      accepted.on('error', (error) => logger.debug({ error: error.message }, 'a signaling socket failed'));
      host.handleSocket(accepted, {
        query: url.searchParams,
        reachedAt: address.baseForUpgrade(request),
        from: addressKey(clientAddress(request, trust)),
      });
    });
  });
}

function targetOf(request: IncomingMessage): URL | undefined {
  return URL.canParse(request.url ?? '', 'http://host') ? new URL(request.url ?? '', 'http://host') : undefined;
}
