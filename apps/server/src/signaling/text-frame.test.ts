import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { textFrame } from './text-frame.ts';

it('has the header that its length asks for, and the bytes of its text', () => {
  const headerOf = (length: number): number[] => [...textFrame('x'.repeat(length)).subarray(0, -length || undefined)];
  expect(headerOf(0)).toEqual([0x81, 0]);
  expect(headerOf(125)).toEqual([0x81, 125]);
  expect(headerOf(126)).toEqual([0x81, 126, 0, 126]);
  expect(headerOf(65_535)).toEqual([0x81, 126, 0xff, 0xff]);
  expect(headerOf(65_536)).toEqual([0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
  expect(textFrame('ü🎉')).toEqual(Buffer.concat([Buffer.from([0x81, 6]), Buffer.from('ü🎉')]));
});

it('is read by others, whatever its length, between what the library sends by itself', async () => {
  const texts = ['', 'a', '🎉'.repeat(31), 'ü'.repeat(63), 'x'.repeat(65_535), '你'.repeat(30_000)];
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (socket, request) => {
    for (const text of texts) {
      request.socket.write(textFrame(text));
      socket.ping();
      socket.send(`after ${Buffer.byteLength(text)}`);
    }
    socket.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const received: string[] = [];
  client.on('message', (data, isBinary) => received.push(`${isBinary ? 'binary ' : ''}${String(data)}`));
  const [code] = (await once(client, 'close')) as [number];
  expect([code, received]).toEqual([1005, texts.flatMap((text) => [text, `after ${Buffer.byteLength(text)}`])]);
  sockets.close();
  server.close();
});
