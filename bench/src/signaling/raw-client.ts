import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A signaling client by hand (RFC 6455) that has joined: crowds of them take as little CPU as can be. */
export async function enter(port: number, token: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  const lines = [
    `GET /ws?peer=${randomUUID()}&token=${token} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await seen(socket, '\r\n\r\n');
  socket.write(textFrame(JSON.stringify({ id: 'join', method: 'join', params: { name: 'someone' } })));
  await seen(socket, '"id":"join"');
  return socket;
}

/** A masked text frame with a 16-bit length (RFC 6455, 5.2). The mask of zeros leaves the text as it is. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = 0x81;
  header[1] = 0x80 | 126;
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

export function requestFrame(id: string, method: string, params: object): Buffer {
  return textFrame(JSON.stringify({ id, jsonrpc: '2.0', method, params }));
}

export function seen(socket: Socket, text: string): Promise<void> {
  let got = '';
  return new Promise((resolve) => {
    socket.on('data', function read(data: Buffer) {
      got = (got + data.toString('latin1')).slice(-(data.length + text.length));
      if (!got.includes(text)) return;
      socket.off('data', read);
      resolve();
    });
  });
}
