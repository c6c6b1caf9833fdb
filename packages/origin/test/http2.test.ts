import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { VirtualClock, waitFor } from '@amphi/testkit';
import Fastify from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Origin, originPlugin, sharedIngestToken } from '../src/index.ts';
import { Feeder, startOrigin, TOKEN } from './origin-server.ts';

/** Playback by HTTP/2, as a server with TLS of its own hands it to the plugin. */

let origin: Origin;
let server: Http2Server;
let session: ClientHttp2Session;
let close: () => Promise<void>;
let feeder: Feeder;

beforeEach(async () => {
  const clock = new VirtualClock();
  const ingest = await startOrigin({ clock });
  ({ origin } = ingest);
  feeder = new Feeder(ingest.client('s1'));
  const app = Fastify();
  await app.register(originPlugin, { origin, isIngestTokenValid: sharedIngestToken(TOKEN) });
  await app.ready();
  const routing = app.routing as unknown as (request: Http2ServerRequest, response: Http2ServerResponse) => void;
  server = createServer(routing);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  close = async () => {
    session.destroy();
    server.close();
    await app.close();
    await ingest.close();
  };
  await feeder.attach();
  await feeder.feed(8);
});
afterEach(() => close());

async function ask(
  path: string,
  method = 'GET',
): Promise<{ headers: IncomingHttpHeaders; status: number; body: string }> {
  const stream = session.request({ ':path': `/hls/s1/${path}`, ':method': method });
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }];
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  return { headers, status: headers[':status'], body };
}

const waiting = (count: number): Promise<unknown> =>
  waitFor(`${count} requests wait`, () => origin.statistics().streams[0]?.waiting === count);

it('TLS14: many blocking requests wait on one connection and are answered by the part that they wait for', async () => {
  const asked = Array.from({ length: 4 }, () => ask('v720/index.m3u8?_HLS_msn=2&_HLS_part=0'));
  await waiting(4);
  await feeder.feed(1);
  for (const { status, headers, body } of await Promise.all(asked)) {
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/vnd.apple.mpegurl');
    expect(body).toContain('part-2.0.m4s');
  }
});

it('TLS14: a stream that is given up, and a session that ends, wait no longer', async () => {
  const path = '/hls/s1/v720/index.m3u8?_HLS_msn=2&_HLS_part=0';
  const given = session.request({ ':path': path });
  given.on('error', () => {});
  const kept = session.request({ ':path': path });
  kept.on('error', () => {});
  await waiting(2);
  given.close(8);
  await waiting(1);
  session.destroy();
  await waiting(0);
  await feeder.feed(1);
});

it('TLS14: media, HEAD, preflight and refusals have the answers of HTTP/1.1, without its headers of the connection', async () => {
  const media = await ask('v720/segment-0.m4s');
  expect(media.body).toBe('v720 0.0;v720 0.1;v720 0.2;v720 0.3;');
  expect(Number(media.headers['content-length'])).toBe(media.body.length);
  expect(media.headers.connection).toBeUndefined();
  const head = await ask('v720/segment-0.m4s', 'HEAD');
  expect(head).toMatchObject({ status: 200, body: '' });
  expect(head.headers['content-length']).toBe(media.headers['content-length']);
  expect(await ask('v720/index.m3u8', 'OPTIONS')).toMatchObject({ status: 204 });
  expect(await ask('v720/index.m3u8', 'POST')).toMatchObject({ status: 405 });
  expect(await ask('v720/index.m3u8?_HLS_msn=x')).toMatchObject({ status: 400 });
  expect(await ask('v720/nothing')).toMatchObject({ status: 404 });
});
