import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, expect, it } from 'vitest';
import { collectingLogger } from '../../test/sessions/collecting-logger.ts';
import { boundConnections, OpenConnections } from './open-connections.ts';
import { type Trust, trustOf } from './proxies.ts';

const opened: Socket[] = [];
let server: Server | undefined;

afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  server?.close();
});

function make(max: number, trust: Trust = () => false) {
  const clock = new VirtualClock();
  const log = collectingLogger();
  return { clock, log, connections: new OpenConnections({ max, trust, clock, logger: log.logger }) };
}

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }
}

it('BUD36: one address holds so many connections open; others, and who is exempt, do not meet its bound', () => {
  const { clock, log, connections } = make(2, trustOf(['10.0.0.0/8']));
  const sockets = ['192.0.2.1', '::ffff:192.0.2.1'].map((address) => new FakeSocket(address));
  expect(sockets.map((socket) => connections.take(socket as never))).toEqual([true, true]);
  const another = (address: string) => connections.take(new FakeSocket(address) as never);
  expect([another('192.0.2.1'), another('192.0.2.2'), another('2001:db8::1')]).toEqual([false, true, true]);
  for (const exempt of ['10.0.0.1', '127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    expect([another(exempt), another(exempt), another(exempt)]).toEqual([true, true, true]);
  }
  another('192.0.2.1');
  const told = () => log.entries.filter(({ message }) => message.includes('limits.connectionsPerAddress'));
  expect(told().map(({ fields }) => fields)).toEqual([
    { address: '192.0.2.1', open: 2, remedy: expect.stringContaining('trustProxy') },
  ]);
  clock.advance(60_000);
  another('192.0.2.1');
  expect(told()).toHaveLength(2);
  sockets[0]?.emit('close');
  expect([another('192.0.2.1'), another('192.0.2.1')]).toEqual([true, false]);
});

it('BUD36: what is beyond is closed without an answer; a place is free when one of the others closes', async () => {
  const { connections } = make(20);
  server = createServer((_request, response) => response.end('well'));
  // As if from elsewhere: programs of this machine are not counted.
  boundConnections(server, (socket) =>
    connections.take({ remoteAddress: '192.0.2.1', once: socket.once.bind(socket) }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    opened.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  /** Half a request: it waits for the rest. */
  const idle = async () => (await open()).write('GET / HTTP/1.1\r\n');
  const answered = async () => {
    const socket = await open();
    let heard = '';
    socket.on('data', (data) => {
      heard += String(data);
    });
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    if (!socket.closed) await once(socket, 'close');
    return heard.includes('well');
  };
  for (let i = 0; i < 19; i += 1) await idle();
  expect(await answered()).toBe(true);
  await waitFor('the place of the last one', answered);
  await idle();
  for (let i = 0; i < 100; i += 1) expect(await answered()).toBe(false);
  opened[0]?.destroy();
  await waitFor('a free place', answered);
});
