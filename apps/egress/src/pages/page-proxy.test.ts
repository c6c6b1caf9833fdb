import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { silentLogger } from '@amphi/base';
import { expect, it, onTestFinished } from 'vitest';
import { PageProxy } from './page-proxy.ts';

async function site(): Promise<URL> {
  const server: Server = createServer((_, answer) => void answer.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/page`);
}

async function proxyWith(options: { readonly allowPrivate: boolean; readonly ownOrigins: readonly string[] }) {
  const proxy = new PageProxy({ ...options, logger: silentLogger });
  onTestFinished(() => proxy.close());
  return { proxy, at: new URL(await proxy.listen()) };
}

/** Status of a page that is asked for by `http:`. */
const get = (proxy: URL, url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request({ host: proxy.hostname, port: proxy.port, path: url }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });

/** First line of the answer to a tunnel, as for `https:`. */
const tunnel = (proxy: URL, host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(proxy.port), proxy.hostname);
    socket.once('data', (data) => {
      resolve(String(data).split('\r\n', 1)[0] ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
    socket.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });

it('API7, WEB7: nothing is sent to private addresses, by number or by name', async () => {
  const { port, href } = await site();
  const { proxy, at } = await proxyWith({ allowPrivate: false, ownOrigins: [] });
  expect(await get(at, href)).toBe(403);
  expect(await get(at, `http://localhost:${port}/`)).toBe(502);
  expect(await tunnel(at, `127.0.0.1:${port}`)).toContain('403');
  expect(await tunnel(at, `localhost:${port}`)).toContain('502');
  expect(await tunnel(at, '[::1]:443')).toContain('403');
  expect(await tunnel(at, '169.254.169.254:80')).toContain('403');
  expect([...proxy.refused]).toEqual(['127.0.0.1', 'localhost', '[::1]', '169.254.169.254']);
});

it('WEB7: the server itself, and with leave everything, can be reached', async () => {
  const { port, href, origin } = await site();
  const own = await proxyWith({ allowPrivate: false, ownOrigins: [origin] });
  expect(await get(own.at, href)).toBe(200);
  expect(await tunnel(own.at, `127.0.0.1:${port}`)).toContain('200');
  expect(await tunnel(own.at, `127.0.0.1:${Number(port) - 1}`)).toContain('403');
  const all = await proxyWith({ allowPrivate: true, ownOrigins: [] });
  expect(await get(all.at, href)).toBe(200);
  expect(await tunnel(all.at, `localhost:${port}`)).toMatch(/200/);
});

it('WEB7: what is asked for otherwise than as a page is refused', async () => {
  const { at } = await proxyWith({ allowPrivate: true, ownOrigins: [] });
  expect(await get(at, '/')).toBe(403);
  expect(await get(at, 'ftp://example.com/')).toBe(403);
});
