import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Logger, messageOf } from '@amphi/base';
import { WebSocketServer } from 'ws';
import { addressKey } from '../budgets/address-key.ts';
import type { SessionHost } from '../sessions/ports/host.ts';
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
  const accept = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      server.emit('connection', withoutUpgrade(request, socket, head));
      return;
    }
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
        wire: socket,
        query: url.searchParams,
        reachedAt: address.baseForUpgrade(request),
        from: addressKey(clientAddress(request, trust)),
      });
    });
  };
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener off: whoever takes a raw socket owns its `error`, before anything else.
    socket.on('error', () => socket.destroy());
    try {
      accept(request, socket, head);
    } catch (error) {
      // Nobody is above an event of the server: what is thrown here would end the process for all.
      logger.error({ error: messageOf(error) }, 'a fault at an upgrade');
      socket.destroy();
    }
  });
}

/**
 * An upgrade to what nobody here speaks, such as `h2c`, is not one (RFC 9110, 7.8): the request is put before what is still
 * to be read of its connection, as if it had come without, and is the last of it. Node lets only all upgrades or none be
 * plain requests.
 */
function withoutUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Duplex {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? '';
    if (!/^(?:upgrade|connection)$/i.test(name)) lines.push(`${name}: ${request.rawHeaders[at + 1]}`);
  }
  lines.push('Connection: close', '', '');
  socket.unshift(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), head]));
  return socket;
}

function targetOf(request: IncomingMessage): URL | undefined {
  return URL.canParse(request.url ?? '', 'http://host') ? new URL(request.url ?? '', 'http://host') : undefined;
}
