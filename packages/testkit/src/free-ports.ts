import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range from which the system serves whoever asks for any port, and every outgoing connection (Linux:
 * 32768–60999): a port from there that was found free may be taken a moment later.
 */
const FIRST = 20_000;
const LAST = 32_000;
/** Processes that run side by side look in other places. */
const APART = 97;

let next = FIRST + ((process.pid * APART) % (LAST - FIRST));

/** Ports of loopback that are free for TCP and UDP, for programs that cannot choose one themselves. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = next;
    next = port + 1 < LAST ? port + 1 : FIRST;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

export async function freePort(): Promise<number> {
  return (await freePorts(1))[0] as number;
}

async function isFree(port: number): Promise<boolean> {
  const connections = createServer();
  const datagrams = createSocket('udp4');
  try {
    await once(connections.listen(port, '127.0.0.1'), 'listening');
    datagrams.bind(port, '127.0.0.1');
    await once(datagrams, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  } finally {
    if (connections.listening) await once(connections.close(), 'close');
    datagrams.close();
  }
}
