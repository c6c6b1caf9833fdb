import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { boundPipelining } from './pipelining.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

let server: Server;
let port: number;
let handled: number;

beforeEach(async () => {
  handled = 0;
  server = createServer((_request, response) => {
    handled++;
    response.end('well');
  });
  boundPipelining(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(() => server.close());

async function answersTo(text: string): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (data) => {
    heard += data;
    if (heard.split('well').length - 1 === text.split('GET').length - 1) socket.end();
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return heard.split('well').length - 1;
}

it('BUD31: a few requests in one write are all answered, time after time', async () => {
  expect(await answersTo(REQUEST.repeat(16))).toBe(16);
  expect(await answersTo(REQUEST.repeat(16))).toBe(16);
});

it('BUD31: of thousands in one write only the first are looked at, and the connection is closed', async () => {
  await answersTo(REQUEST.repeat(20_000));
  expect(handled).toBe(16);
  const [response] = await once(get({ port, host: '127.0.0.1' }), 'response');
  expect(response.statusCode).toBe(200);
  response.resume();
});
