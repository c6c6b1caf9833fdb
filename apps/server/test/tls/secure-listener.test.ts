import { type EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { silentLogger, systemClock } from '@amphi/base';
import { waitFor } from '@amphi/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { ACME_TLS, Challenges } from '../../src/tls/challenges.ts';
import { type Http2Handler, SecureListener } from '../../src/tls/secure-listener.ts';
import { type TestAuthority, testAuthority } from './certificates.ts';

let authority: TestAuthority;
let http: Server;
let listener: SecureListener;
let challenges: Challenges;
let port: number;
let ca: string;
/** Whether connections may begin a handshake. */
let isOpen: boolean;

beforeAll(async () => {
  authority = await testAuthority();
  ca = authority.authority.certificate;
});
afterAll(() => authority.remove());

beforeEach(async () => {
  http = createServer((request, response) => response.end(`http/1.1 ${request.url}`));
  const http2: Http2Handler = (request, response) => {
    if (request.url !== '/never') response.end(`h2 ${request.url}`);
  };
  challenges = new Challenges();
  isOpen = true;
  const certificate = await authority.issue(['localhost']);
  listener = new SecureListener({
    certificate,
    http,
    http2,
    challenges,
    mayBegin: ({ remoteAddress }) => isOpen && remoteAddress === '127.0.0.1',
    clock: systemClock,
    logger: silentLogger,
    handshakeTimeoutMs: 1_000,
  });
  port = await listener.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  await listener.close();
  http.closeAllConnections();
});

const secure = (
  options: { ALPNProtocols?: string[]; servername?: string; rejectUnauthorized?: boolean; socket?: Socket } = {},
): TLSSocket => {
  const socket = connectTls({ host: '127.0.0.1', port, ca, servername: 'localhost', ...options });
  socket.on('error', () => {});
  return socket;
};

async function overHttp2(path: string, session?: ClientHttp2Session): Promise<string> {
  const used = session ?? connectHttp2(`https://localhost:${port}`, { ca });
  try {
    const stream = used.request({ ':path': path });
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  } finally {
    if (!session) used.close();
  }
}

async function overHttp1(path: string): Promise<string> {
  const sent = request({ host: 'localhost', port, path, ca, agent: false }).end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

async function dial(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const allGone = (): Promise<unknown> => waitFor('no connection is left', () => listener.connections === 0, 20_000);

describe('one port', () => {
  it('TLS1: speaks HTTP/2 and HTTP/1.1 as agreed in the handshake, HTTP/1.1 without an agreement', async () => {
    expect(await overHttp2('/a')).toBe('h2 /a');
    expect(await overHttp1('/b')).toBe('http/1.1 /b');
    const silent = secure();
    await once(silent, 'secureConnect');
    expect(silent.alpnProtocol).toBe(false);
    silent.write('GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(String((await once(silent, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
    const stranger = secure({ ALPNProtocols: ['spdy/3'] });
    await closed(stranger);
    expect(stranger.authorized).toBe(false);
  });

  it('BUD33: closes connections that may not begin a handshake, and no others', async () => {
    const session = connectHttp2(`https://localhost:${port}`, { ca });
    expect(await overHttp2('/a', session)).toBe('h2 /a');
    isOpen = false;
    const refused = secure();
    await closed(refused);
    expect(refused.authorized).toBe(false);
    expect(await overHttp2('/b', session)).toBe('h2 /b');
    isOpen = true;
    expect(await overHttp1('/c')).toBe('http/1.1 /c');
    session.close();
  });

  it('TLS1: takes WebSockets beside them, and outlives their reset', async () => {
    const sockets = new WebSocketServer({ noServer: true });
    http.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (accepted) => accepted.on('message', (data) => accepted.send(data)));
    });
    const socket = new WebSocket(`wss://localhost:${port}/ws`, { ca });
    await once(socket, 'open');
    socket.send('echo');
    expect(String((await once(socket, 'message'))[0])).toBe('echo');
    socket.terminate();
    await once(socket, 'close');
    await allGone();
    expect(await overHttp2('/still')).toBe('h2 /still');
  });

  it('TLS10: shows the proof for a domain to an authority only, and to nobody when there is none', async () => {
    const proof = await authority.issue(['proof.example.org']);
    const takeBack = challenges.answerTls('live.example.org', { key: proof.key, cert: proof.chain });
    const asks = { ALPNProtocols: [ACME_TLS], servername: 'live.example.org', rejectUnauthorized: false };
    const asker = secure(asks);
    await once(asker, 'secureConnect');
    expect(asker.getPeerCertificate().subjectaltname).toBe('DNS:proof.example.org');
    await once(asker, 'close');
    const visitor = secure({ servername: 'live.example.org', rejectUnauthorized: false });
    await once(visitor, 'secureConnect');
    expect(visitor.getPeerCertificate().subjectaltname).toBe('DNS:localhost');
    visitor.destroy();
    takeBack();
    const secureConnect = vi.fn();
    const late = secure(asks).on('secureConnect', secureConnect);
    await closed(late);
    expect(secureConnect).not.toHaveBeenCalled();
  });

  it('TLS2: serves another certificate from one moment on, and keeps the connections that are open', async () => {
    const session = connectHttp2(`https://localhost:${port}`, { ca });
    expect(await overHttp2('/before', session)).toBe('h2 /before');
    const before = (session.socket as TLSSocket).getPeerCertificate().fingerprint256;
    const next = await authority.issue(['localhost']);
    listener.use(next);
    const socket = secure();
    await once(socket, 'secureConnect');
    expect(socket.getPeerCertificate().fingerprint256).not.toBe(before);
    socket.destroy();
    expect(await overHttp2('/after', session)).toBe('h2 /after');
    expect((session.socket as TLSSocket).getPeerCertificate().fingerprint256).toBe(before);
    session.close();
  });

  it('TLS9: closes at once, whatever is open: a waiting request, an idle session, half a handshake, a WebSocket', async () => {
    const session = connectHttp2(`https://localhost:${port}`, { ca });
    session.on('error', () => {});
    const waiting = session.request({ ':path': '/never' });
    waiting.on('error', () => {});
    await overHttp2('/first', session);
    const idle = secure({ ALPNProtocols: ['http/1.1'] });
    await Promise.all([dial(), once(idle, 'secureConnect')]);
    const gone = [closed(session), closed(idle)];
    await listener.close();
    await Promise.all(gone);
    expect(listener.connections).toBe(0);
  });
});

describe('a hostile network', () => {
  it('TLS8: 200 connections of garbage, of resets in the handshake, and of half handshakes leave no trace', async () => {
    const faults: unknown[] = [];
    const note = (error: unknown): unknown => faults.push(error);
    process.on('uncaughtException', note);
    const hello = await clientHello();
    const sockets = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const socket = await dial();
        switch (index % 8) {
          case 0:
            socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
            break;
          case 1:
            socket.write(Buffer.alloc(3_000, index));
            break;
          case 2:
            socket.write(hello.subarray(0, hello.length / 2));
            socket.resetAndDestroy();
            break;
          case 3:
            socket.write(hello, () => socket.resetAndDestroy());
            break;
          case 4:
            socket.write(hello);
            socket.once('data', () => socket.resetAndDestroy());
            break;
          case 5:
            socket.write(hello.subarray(0, 40));
            break;
          case 6:
            socket.write(Buffer.concat([hello, hello]));
            break;
          default:
            socket.end();
        }
        return socket;
      }),
    );
    expect(await overHttp2('/meanwhile')).toBe('h2 /meanwhile');
    // Half handshakes end by the server's own time limit.
    await allGone();
    for (const socket of sockets) socket.destroy();
    process.off('uncaughtException', note);
    expect(faults).toEqual([]);
    expect(await overHttp1('/after')).toBe('http/1.1 /after');
  });

  it('TLS8: resets after the handshake, and HTTP/2 that is none, end those connections alone', async () => {
    for (const bytes of [
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(20_000, 0xff)]),
    ]) {
      const raw = await dial();
      const socket = secure({ ALPNProtocols: ['h2'], socket: raw });
      await once(socket, 'secureConnect');
      socket.write(bytes);
      await once(socket, 'data');
      raw.resetAndDestroy();
    }
    await allGone();
    expect(await overHttp2('/after')).toBe('h2 /after');
  });

  it('TLS8: a session that opens and resets streams as fast as it can is ended (CVE-2023-44487)', async () => {
    const socket = secure({ ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    socket.resume();
    const ended = closed(socket);
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(FRAME.settings, 0, 0)]));
    // Nobody but the server ends the connection.
    for (let id = 1; id < 4_000; id += 2) {
      socket.write(Buffer.concat([frame(FRAME.headers, 0x5, id, GET), frame(FRAME.resetStream, 0, id, CANCEL)]));
    }
    await ended;
    await allGone();
    expect(await overHttp2('/after')).toBe('h2 /after');
  });
});

/** Types of frames (RFC 9113, 6). */
const FRAME = { headers: 1, resetStream: 3, settings: 4 } as const;
const CANCEL = Buffer.from([0, 0, 0, 8]);
/** GET https://x/ by the static table (RFC 7541, appendix A). */
const GET = Buffer.from([0x82, 0x87, 0x84, 0x41, 0x01, 0x78]);

function frame(type: number, flags: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** `once` of `node:events` fails at an `error` before it. */
function closed(emitter: EventEmitter): Promise<unknown> {
  return new Promise((resolve) => emitter.once('close', resolve));
}

/** What a client sends first, as it is on the wire. */
async function clientHello(): Promise<Buffer> {
  const taker = createTcpServer();
  taker.listen(0, '127.0.0.1');
  await once(taker, 'listening');
  const sent = new Promise<Buffer>((resolve) => {
    taker.once('connection', (socket: Socket) => {
      socket.once('data', (data: Buffer) => {
        resolve(data);
        socket.destroy();
      });
    });
  });
  const client = connectTls({
    host: '127.0.0.1',
    port: (taker.address() as AddressInfo).port,
    servername: 'localhost',
  });
  client.on('error', () => {});
  const bytes = await sent;
  taker.close();
  return bytes;
}
