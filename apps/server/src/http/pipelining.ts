import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests that one read of a connection may bring. Browsers, players and proxies send the next request of a connection
 * when the last was answered (RFC 9112, 9.3.2 leaves more to the client's courage); what does a little is let be.
 */
const MAX_PER_READ = 16;

/** What makes Node's parser stop at a request's headers and look at nothing behind them. */
const STOP = -1;

/** The parser of a connection, as far as it is used here. Node hands it out by the socket, without a type. */
interface Parser {
  onIncoming(request: IncomingMessage, keepAlive: boolean): number;
}

/**
 * Bounds what one read can cost. A read is up to 64 KiB: some thousand small requests, which Node parses and hands over in one
 * turn of the event loop, whatever is done with the first. To destroy or pause the socket does not stop that; only
 * the parser's own callback can. A connection that sends more is closed without a further word.
 */
export function boundPipelining(server: Server): void {
  server.on('connection', (socket: Socket & { parser?: Parser | null }) => {
    const { parser } = socket;
    if (!parser) return;
    const handOver = parser.onIncoming;
    let inThisRead = 0;
    // No callback of Node's queues runs before a read is parsed to its end.
    const readEnded = (): void => {
      inThisRead = 0;
    };
    parser.onIncoming = (request, keepAlive) => {
      if (inThisRead === 0) process.nextTick(readEnded);
      if (++inThisRead <= MAX_PER_READ) return handOver(request, keepAlive);
      socket.destroy();
      return STOP;
    };
  });
}
