import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compositionWish } from '@amphi/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebhookCaller } from '../../src/webhooks/webhook-caller.ts';

/** Where strangers' words make this server call, and what it makes of what comes back. */

let inside: Server;
let port: number;
let calls = 0;

beforeAll(async () => {
  inside = createServer((_request, response) => {
    calls += 1;
    response.end('ok');
  });
  inside.listen(0, '127.0.0.1');
  await once(inside, 'listening');
  port = (inside.address() as AddressInfo).port;
});
afterAll(() => {
  inside.closeAllConnections();
  inside.close();
});

const caller = (allowPrivate: boolean): WebhookCaller => new WebhookCaller({ allowPrivate, timeoutMs: 5_000 });
const call = (url: string) => ({ url, headers: {}, body: '{}', secret: 'secret' });

describe('webhooks', () => {
  it('API7, WH8: no spelling of an address of this machine is called', async () => {
    const strict = caller(false);
    const spellings = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '0.0.0.0',
      'localhost',
      'LOCALHOST.',
    ];
    for (const host of [...spellings, '[::1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]']) {
      expect(await strict.call(call(`http://${host}:${port}/`)), host).toMatch(/is not a public address|ENOTFOUND/);
    }
    expect(calls).toBe(0);
    strict.close();
  });

  it('API7: a redirect is an answer that is no success; where it leads is not called', async () => {
    const redirecting = createServer((_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end();
    });
    redirecting.listen(0, '127.0.0.1');
    await once(redirecting, 'listening');
    const lenient = caller(true);
    const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`;
    expect(await lenient.call(call(url))).toBe('answered 307');
    expect(calls).toBe(0);
    lenient.close();
    redirecting.close();
  });

  it('API10: of what a back end answers the status counts: what is endless, or no HTTP, is given up and told shortly', async () => {
    const answers: Readonly<Record<string, string>> = {
      '/endless': 'HTTP/1.1 500 No\r\n\r\n',
      '/garbage': 'SMTP ready\r\n\r\n',
      '/fat': `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`,
    };
    const odd = createServer((request, response) => {
      const { socket } = response;
      socket?.write(answers[request.url ?? ''] ?? '');
      // More of it until the caller hangs up.
      const more = (): void => {
        while (socket?.writable && socket.write('x'.repeat(10_000)));
      };
      if (request.url !== '/endless') return;
      socket?.on('drain', more);
      more();
    });
    odd.listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const lenient = caller(true);
    const ask = (path: string) => lenient.call(call(`http://127.0.0.1:${(odd.address() as AddressInfo).port}${path}`));
    expect(await ask('/endless')).toBe('answered 500');
    for (const path of ['/garbage', '/fat']) expect(await ask(path)).toMatch(/^HPE_[A-Z_]+$/);
    lenient.close();
    odd.closeAllConnections();
    odd.close();
  });
});

it.each(['http://169.254.169.254/logo.png', 'file:///etc/passwd', 'https://elsewhere.example/logo.png'])(
  'API7: a logo or background comes with the settings and is never fetched: %s is refused',
  (address) => {
    const [logo, background] = [{ logo: { image: address } }, { backgroundImage: address }];
    expect(compositionWish.safeParse(logo).success).toBe(false);
    expect(compositionWish.safeParse(background).success).toBe(false);
  },
);
