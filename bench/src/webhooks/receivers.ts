import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call of a receiver that answers. */
export interface Arrival {
  readonly id: string;
  /** When it happened, and when it came, both in ms by the clock of this machine. */
  readonly happenedAt: number;
  readonly cameAt: number;
}

interface Envelope {
  readonly id: string;
  readonly timestamp: string;
}

/**
 * Back ends on loopback, as the process of a benchmark. Tells their addresses, the dead one last: it accepts connections,
 * reads and never answers. At each message from the parent it tells what has arrived since the one before.
 */
export async function beReceivers(living: number): Promise<void> {
  process.on('disconnect', () => process.exit());
  let arrivals: Arrival[] = [];
  const answering = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { id, timestamp } = JSON.parse(text) as Envelope;
    arrivals.push({ id, happenedAt: Date.parse(timestamp), cameAt: Date.now() });
    response.end();
  });
  const silent = createServer((request) => request.resume());
  const urls: string[] = [];
  for (const server of [answering, silent]) await once(server.listen(0, '127.0.0.1'), 'listening');
  // Told apart by their paths: the server counts a receiver by its whole address.
  for (let index = 0; index < living; index++) urls.push(`http://127.0.0.1:${portOf(answering)}/living/${index}`);
  urls.push(`http://127.0.0.1:${portOf(silent)}/dead`);
  process.on('message', () => {
    process.send?.(arrivals);
    arrivals = [];
  });
  process.send?.(urls);
}

function portOf(server: ReturnType<typeof createServer>): number {
  return (server.address() as AddressInfo).port;
}
