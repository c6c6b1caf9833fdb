import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { VirtualClock, waitFor } from '@amphi/testkit';
import Fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Origin, originPlugin } from '../src/index.ts';
import { Feeder, type OriginServer, startOrigin } from './origin-server.ts';

/** OR6, M3 of the security audit: what one connection may have waiting. */

let server: OriginServer;
let feeder: Feeder;
let clock: VirtualClock;
const sockets = new Set<Socket>();

beforeEach(async () => {
  clock = new VirtualClock();
  server = await startOrigin({ clock, settings: { maxWaitingPerStream: 100 } });
  feeder = new Feeder(server.client('s1'));
  await feeder.attach();
  await feeder.feed(4);
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await server.close();
});

const NEXT = 'index.m3u8?_HLS_msn=1&_HLS_part=0';
const waiting = (): number | undefined => server.origin.statistics().streams[0]?.waiting;
const waits = (count: number): Promise<unknown> => waitFor(`${count} requests wait`, () => waiting() === count);

/** A client without manners. */
async function open(): Promise<{ socket: Socket; text: () => string; closed: Promise<unknown> }> {
  const socket = connect({ port: Number(new URL(server.hls).port), host: '127.0.0.1' });
  sockets.add(socket);
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
  });
  // A reset is one of the ways to be let go.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  return { socket, text: () => text, closed };
}

const get = (path: string, more = ''): string => `GET /hls/s1/${path} HTTP/1.1\r\nHost: origin\r\n${more}\r\n`;
const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status!);

describe('HTTP/1.1', () => {
  it('OR6: 21,000 blocking requests in one write get one 429 and the end; an honest one from elsewhere is answered', async () => {
    const attacker = await open();
    attacker.socket.write(get(`v720/${NEXT}`).repeat(21_000));
    await attacker.closed;
    expect(statuses(attacker.text())).toEqual(['429']);
    expect(attacker.text()).toMatch(/retry-after: 1\r\n/i);
    expect(attacker.text()).toMatch(/connection: close\r\n/i);
    expect(waiting()).toBe(0);
    const honest = fetch(`${server.hls}/s1/v720/${NEXT}`);
    await waits(1);
    await feeder.feed(1);
    expect((await honest).status).toBe(200);
    expect(server.origin.traffic.refused).toBe(1);
  });

  it('OR6: also for different renditions and files; what was answered before stays answered', async () => {
    const client = await open();
    client.socket.write(get('v720/index.m3u8') + get('audio/index.m3u8'));
    await waitFor('both are answered', () => statuses(client.text()).length === 2);
    client.socket.write(get(`v720/${NEXT}`) + get(`audio/${NEXT}`));
    await client.closed;
    expect(statuses(client.text())).toEqual(['200', '200', '429']);
    expect(waiting()).toBe(0);
  });

  it('OR6: many connections of one address share a bound; another address has its own', async () => {
    await server.close();
    server = await startOrigin({
      clock,
      trustProxy: true,
      addressKey: (address) => address.replace(/\d+$/, '0'),
      settings: { maxWaitingPerStream: 100, maxWaitingPerAddress: 8 },
    });
    feeder = new Feeder(server.client('s1'));
    await feeder.attach();
    await feeder.feed(4);
    const ask = (address: string) =>
      fetch(`${server.hls}/s1/v720/${NEXT}`, { headers: { 'x-forwarded-for': address } });
    const first = Array.from({ length: 8 }, (_, index) => ask(`198.51.100.${index}`));
    await waits(8);
    const refused = await ask('198.51.100.99');
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      429,
      '1',
      { code: 429, message: 'too many requests of this address that wait', details: [] },
    ]);
    const other = ask('203.0.113.1');
    await waits(9);
    await feeder.feed(1);
    expect((await Promise.all([...first, other])).map(({ status }) => status)).toEqual(Array(9).fill(200));
    // What was answered has made room.
    const again = ask('198.51.100.1');
    expect((await again).status).toBe(200);
  });

  it('OR6: a long line of requests that do not wait is let go, too', async () => {
    const client = await open();
    client.socket.write(get('v720/index.m3u8').repeat(21_000));
    await client.closed;
    const got = statuses(client.text());
    expect(got.at(-1)).toBe('429');
    expect(got.length).toBeLessThan(100);
  });

  it('OR6: a client that goes away waits no longer', async () => {
    const client = await open();
    client.socket.write(get(`v720/${NEXT}`));
    await waits(1);
    client.socket.resetAndDestroy();
    await waits(0);
    expect(clock.pending).toBe(1); // only the watch for abandoned streams
  });

  it('OR6: one request after another on one connection is what players do', async () => {
    const client = await open();
    for (let part = 0; part < 3; part++) {
      client.socket.write(get(`v720/index.m3u8?_HLS_msn=1&_HLS_part=${part}`));
      await waits(1);
      await feeder.feed(1);
      await waitFor('it is answered', () => statuses(client.text()).length === part + 1);
    }
    expect(statuses(client.text())).toEqual(['200', '200', '200']);
  });
});

describe('HTTP/2', () => {
  let h2: { origin: Origin; url: string; close: () => Promise<void> };
  let session: ClientHttp2Session;

  beforeEach(async () => {
    const { origin } = server;
    const app = Fastify({ http2: true });
    await app.register(originPlugin, { origin, isIngestTokenValid: () => false });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    h2 = { origin, url, close: () => app.close() };
    session = connectHttp2(url);
    session.on('error', () => {});
    await once(session, 'connect');
  });
  afterEach(async () => {
    session.destroy();
    await h2.close();
  });

  const ask = (path: string): { stream: ClientHttp2Stream; status: Promise<number> } => {
    const stream = session.request({ ':path': `/hls/s1/${path}` });
    stream.on('error', () => {});
    const status = new Promise<number>((resolve) => stream.once('response', (headers) => resolve(headers[':status']!)));
    stream.resume();
    return { stream, status };
  };

  it('OR6: a session has room for a few tabs with all their renditions and parts, and no more; others are not concerned', async () => {
    const tabs = [1, 2, 3].flatMap(() =>
      ['v720', 'audio'].flatMap((id) => [ask(`${id}/${NEXT}`), ask(`${id}/part-1.0.m4s`)]),
    );
    await waits(12);
    expect(await ask(`v720/${NEXT}`).status).toBe(429);
    // Whoever closes a stream has its place free.
    tabs[0]!.stream.close();
    await waits(11);
    const again = ask(`v720/${NEXT}`);
    await waits(12);
    const other = fetch(`${server.hls}/s1/v720/${NEXT}`);
    await waits(13);
    await feeder.feed(1);
    const answers = await Promise.all([...tabs.slice(1), again].map(({ status }) => status));
    expect(answers).toEqual(Array.from({ length: 12 }, () => 200));
    expect((await other).status).toBe(200);
  });

  it('OR6: a session that closes waits for nothing; one that goes on asking is closed', async () => {
    ask(`v720/${NEXT}`);
    ask(`audio/${NEXT}`);
    await waits(2);
    session.destroy();
    await waits(0);

    session = connectHttp2(h2.url);
    session.on('error', () => {});
    const closed = new Promise((resolve) => session.once('close', resolve));
    await once(session, 'connect');
    const results = Array.from({ length: 400 }, () => ask(`v720/${NEXT}`));
    await closed;
    await waits(0);
    expect(results.length).toBe(400);
  });

  it('OR14 OR15: ranges, compression and 304 are the same', async () => {
    const head = async (path: string, headers: Record<string, string>): Promise<Record<string, unknown>> => {
      const stream = session.request({ ':path': `/hls/s1/${path}`, ...headers });
      const [got] = (await once(stream, 'response')) as [Record<string, unknown>];
      stream.resume();
      return got;
    };
    expect(await head('v720/segment-0.m4s', { range: 'bytes=0-3' })).toMatchObject({
      ':status': 206,
      'content-range': 'bytes 0-3/36',
    });
    const playlist = await head('v720/index.m3u8', { 'accept-encoding': 'gzip' });
    expect(playlist).toMatchObject({ ':status': 200, 'content-encoding': 'gzip' });
    const again = { 'accept-encoding': 'gzip', 'if-none-match': String(playlist.etag) };
    expect(await head('v720/index.m3u8', again)).toMatchObject({ ':status': 304 });
  });
});
