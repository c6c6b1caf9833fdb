import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { silentLogger } from '@amphi/base';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Metrics } from './metrics.ts';
import { trustOf } from './proxies.ts';
import { PublicAddress } from './public-address.ts';
import { acceptSignaling } from './signaling-endpoint.ts';

const UPGRADE = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';

let server: Server | undefined;

afterEach(() => server?.close());

async function start(): Promise<{ port: number; server: Server; handleSocket: ReturnType<typeof vi.fn> }> {
  const handleSocket = vi.fn();
  server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    response.end(`well, ${request.method} ${request.url} ${request.headers['x-name'] ?? ''} ${body}`);
  });
  const address = new PublicAddress({});
  acceptSignaling(server, {
    host: { handleSocket },
    address,
    trust: trustOf(false),
    metrics: new Metrics(),
    logger: silentLogger,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, server, handleSocket };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('the signaling endpoint', () => {
  it('SIG94: outlives sockets that are reset at any path and moment of an upgrade', async () => {
    const { port } = await start();
    for (const path of ['/nope', '/ws', '/ws?peer=a&token=b', '//', '/%']) {
      for (const wait of [false, true]) {
        const socket = await dial(port);
        socket.write(`GET ${path} HTTP/1.1\r\n${UPGRADE}\r\n`);
        if (wait) await once(socket, 'data');
        socket.resetAndDestroy();
        await once(socket, 'close');
      }
    }
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toMatch(/^well/);
  });

  it('SIG94: takes a connection that was lost a moment ago, and has no address any more, as anybody’s', async () => {
    const { port, server, handleSocket } = await start();
    const handled = new Promise<{ readonly from: string }>((resolve) => {
      handleSocket.mockImplementation((_socket: unknown, { from }: { readonly from: string }) => resolve({ from }));
    });
    // As Node has it between what was read of a socket and the news of its reset.
    server.prependListener('upgrade', ({ socket }) =>
      Object.defineProperty(socket, 'remoteAddress', { value: undefined }),
    );
    const socket = await dial(port);
    const key = Buffer.alloc(16).toString('base64');
    socket.write(
      `GET /ws?token=a HTTP/1.1\r\n${UPGRADE}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    expect(await handled).toEqual({ from: '' });
    socket.destroy();
  });

  it('SIG94: a fault at one upgrade ends its connection alone', async () => {
    const { port, handleSocket } = await start();
    handleSocket.mockImplementation(() => {
      throw new Error('no such thing');
    });
    const socket = await dial(port);
    const key = Buffer.alloc(16).toString('base64');
    socket.write(
      `GET /ws?token=a HTTP/1.1\r\n${UPGRADE}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await once(socket.resume(), 'close');
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toMatch(/^well/);
  });

  it('SIG98: answers a request for another upgrade as one without, be it with a body in several parts', async () => {
    const { port, handleSocket } = await start();
    for (const [start, rest] of [
      ['GET /healthz HTTP/1.1\r\n', ''],
      ['GET /ws?token=a HTTP/1.1\r\n', ''],
      ['POST /v2/token HTTP/1.1\r\nContent-Length: 11\r\n', 'hello world'],
    ] as const) {
      const socket = await dial(port);
      const headers = 'X-Name: Zoé\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n';
      socket.write(Buffer.from(`${start}Host: x\r\n${headers}\r\n${rest.slice(0, 5)}`, 'latin1'));
      socket.write(rest.slice(5));
      const answer = (await socket.toArray()).join('');
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer).toContain(`well, ${start.split(' ', 2).join(' ')} Zoé ${rest}`);
    }
    expect(handleSocket).not.toHaveBeenCalled();
  });

  it('SIG98: what follows such a request on its connection is not read', async () => {
    const { port, server } = await start();
    let requests = 0;
    server.on('request', () => requests++);
    const socket = await dial(port);
    const one = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    socket.write(one.repeat(100));
    await once(socket.resume(), 'close');
    expect(requests).toBe(1);
  });

  it('SIG94: lets go of a refused socket whose other side stays', async () => {
    const { port, server } = await start();
    const socket = await dial(port);
    socket.write(`GET /nope HTTP/1.1\r\n${UPGRADE}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 404 /);
    await once(socket, 'close');
    const connections = await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
    expect(connections).toBe(0);
  });
});
