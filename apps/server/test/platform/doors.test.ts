import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { signToken } from '../../src/tokens/sign-token.ts';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** What strangers may try at the doors: codes, tokens, addresses. */

let usual: PlatformServer;
let usualUrl: string;
let platform: PlatformServer;
let studio: Studio;

beforeAll(async () => {
  // What letting in costs is counted by statements; history has its own.
  usual = await startPlatform({ remembers: false });
  usualUrl = await usual.listen();
});
afterAll(() => usual.close());

beforeEach(() => use(usual));

async function use(server: PlatformServer): Promise<void> {
  platform = server;
  // What addresses did in earlier tests is forgotten.
  platform.clock.advance(120_000);
  studio = await makeStudio(platform);
}

const signalingUrl = (): string => `${usualUrl.replace('http', 'ws')}/ws`;

const SCHOOL = '198.51.100.7';

const askToken = (code: string, options: { from?: string; headers?: Record<string, string> } = {}) =>
  platform.web.inject({
    method: 'POST',
    url: '/v2/token',
    remoteAddress: options.from ?? SCHOOL,
    headers: options.headers ?? {},
    payload: JSON.stringify({ code }),
  });

const init = (token: string, from = SCHOOL) =>
  platform.web.inject({
    url: '/init?peer_id=somebody',
    remoteAddress: from,
    headers: { authorization: `Bearer ${token}` },
  });

/** A code that no room has. */
const wrongCode = (index: number): string => {
  const letters = index
    .toString(26)
    .padStart(4, '0')
    .replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)));
  return `zzz-${letters}-zzz`;
};

const claims = (): Record<string, unknown> => {
  const now = Math.floor(platform.clock.now() / 1000);
  return {
    access_key: studio.key.accessKey,
    type: 'app',
    version: 2,
    room_id: studio.roomId,
    role: 'hls-viewer',
    user_id: 'mia',
    iat: now,
    nbf: now,
    exp: now + 3600,
  };
};

/** A text frame of a client of 126 to 65,535 bytes, masked by zeros (RFC 6455, 5.2). */
function maskedFrame(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126]), length, Buffer.alloc(4), Buffer.from(text)]);
}

const count = <T>(values: readonly T[], value: T): number => values.filter((one) => one === value).length;

describe('room codes', () => {
  it('API2, SEC5, BUD11: of 200 wrong ones in a second from one address most are refused with a time to wait (M1)', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 200; index += 1) {
      const answer = await askToken(wrongCode(index));
      statuses.push(answer.statusCode);
      if (answer.statusCode === 429) {
        expect(answer.headers['retry-after']).toBe('1');
        expect(answer.json()).toMatchObject({ code: 429, message: expect.stringContaining('wrong room codes') });
      }
      platform.clock.advance(4);
    }
    expect(count(statuses, 404)).toBe(30);
    expect(count(statuses, 429)).toBe(170);
    // Nothing is looked up for who is refused.
    const before = platform.store.statements;
    await askToken(wrongCode(1_000));
    expect(platform.store.statements).toBe(before);
    expect((await askToken(wrongCode(1_001), { from: '198.51.100.8' })).statusCode).toBe(404);
    platform.clock.advance(1_000);
    expect((await askToken(wrongCode(1_002))).statusCode).toBe(404);
  });

  it('BUD11: right ones of a crowd behind one address are never refused, nor when one of the crowd guesses', async () => {
    const codes = Object.values(studio.codes);
    const crowd = async () => {
      const answers = await Promise.all(
        Array.from({ length: 500 }, (_, index) => askToken(codes[index % codes.length]!)),
      );
      expect(
        count(
          answers.map(({ statusCode }) => statusCode),
          200,
        ),
      ).toBe(500);
    };
    await crowd();
    for (let index = 0; index < 100; index += 1) await askToken(wrongCode(index));
    expect((await askToken(wrongCode(100))).statusCode).toBe(429);
    await crowd();
    // Also when what was remembered of the database is out of date.
    platform.clock.advance(10_000);
    for (let index = 0; index < 30; index += 1) await askToken(wrongCode(index + 200));
    await crowd();
  });

  it('API6, BUD32: tokens for one code are bounded by address, far beyond what a crowd asks for', async () => {
    const code = studio.codes['hls-viewer']!;
    const ask = async (from?: string) => (await askToken(code, from ? { from } : {})).statusCode;
    const statuses = await Promise.all(Array.from({ length: 1_510 }, () => ask()));
    expect([count(statuses, 200), count(statuses, 429)]).toEqual([1_500, 10]);
    const refused = await askToken(code);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json()).toMatchObject({ message: expect.stringMatching(/^too many tokens for this room code/) });
    expect(await ask('198.51.100.8')).toBe(200);
    expect((await askToken(studio.codes.broadcaster!)).statusCode).toBe(200);
    platform.clock.advance(1_000);
    expect(await ask()).toBe(200);
  });

  it('BUD11: an IPv6 network counts as one, by its /64', async () => {
    for (let index = 0; index < 30; index += 1) {
      await askToken(wrongCode(index), { from: `2001:db8:1:2:${index.toString(16)}::1` });
    }
    expect((await askToken(wrongCode(30), { from: '2001:db8:1:2:ffff::1' })).statusCode).toBe(429);
    expect((await askToken(wrongCode(30), { from: '2001:db8:1:3::1' })).statusCode).toBe(404);
  });
});

describe('tokens', () => {
  it('API2, SEC5, BUD12: forged ones are refused with a time to wait, over HTTP and signaling alike; right ones pass', async () => {
    const right = signToken(claims(), studio.key.secret);
    expect((await init(right)).statusCode).toBe(200);
    const forged = [
      signToken(claims(), 'another secret'),
      signToken({ ...claims(), access_key: 'f'.repeat(24) }, 'another secret'),
    ];
    const statuses: number[] = [];
    for (let index = 0; index < 200; index += 1) {
      const answer = await init(forged[index % 2]!, '127.0.0.1');
      statuses.push(answer.statusCode);
      if (answer.statusCode === 429) expect(answer.headers['retry-after']).toBe('1');
    }
    expect([count(statuses, 401), count(statuses, 429)]).toEqual([60, 140]);
    for (const url of ['/v2/rooms', '/v2/layouts/ui']) {
      const headers = { authorization: `Bearer ${forged[1]}` };
      expect((await platform.web.inject({ url, headers })).statusCode).not.toBe(200);
    }
    expect((await init(right, '127.0.0.1')).statusCode).toBe(200);
    const refused = new WebSocket(`${signalingUrl()}?peer=12345678&token=${forged[0]}`);
    const [message] = (await once(refused, 'message')) as [Buffer];
    expect(JSON.parse(message.toString())).toMatchObject({ method: 'on-error', params: { code: 429 } });
    refused.close();
    const client = await new WireClient(signalingUrl(), { token: right }).opened();
    await client.next('on-policy-change');
    client.close();
  });

  it('BUD12: an access key that is not there is looked up once', async () => {
    const forged = signToken({ ...claims(), access_key: 'f'.repeat(24) }, 'another secret');
    const before = platform.store.statements;
    for (let index = 0; index < 20; index += 1) expect((await init(forged)).statusCode).toBe(401);
    expect(platform.store.statements - before).toBe(1);
  });

  it.each<[string, () => Record<string, unknown>, RegExp]>([
    ['an access key of U+0000 (L1)', () => ({ access_key: '\u0000' }), /access_key/],
    ['a room of U+0000 (L1)', () => ({ room_id: '\u0000' }), /room_id/],
    ['a user_id of U+0000', () => ({ user_id: 'mia\u0000' }), /user_id: a text without U\+0000/],
    [
      'iat in 60 years, with nbf now (L2)',
      () => {
        const iat = platform.clock.now() / 1000 + 60 * 365 * 86_400;
        return { iat, exp: iat + 86_400 };
      },
      /not valid yet/,
    ],
    ['iat = exp = 1e300 (L2)', () => ({ iat: 1e300, nbf: undefined, exp: 1e300 }), /not valid yet/],
    ['iat = -1e300', () => ({ iat: -1e300, nbf: undefined }), /90 days/],
    ['exp in 91 days', () => ({ exp: platform.clock.now() / 1000 + 91 * 86_400 }), /90 days/],
    ['a clock 61 s ahead', () => ({ iat: platform.clock.now() / 1000 + 61 }), /begins in 61 s/],
  ])('API2, SEC1, BUD13: %s is refused with 401, and reaches no database', async (_what, wrong, message) => {
    const token = signToken({ ...claims(), ...wrong() }, studio.key.secret);
    const answer = await init(token);
    expect([answer.statusCode, (answer.json() as { message: string }).message]).toEqual([
      401,
      expect.stringMatching(message),
    ]);
    const socket = new WebSocket(`${signalingUrl()}?peer=12345678&token=${encodeURIComponent(token)}`);
    const [told] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(told.toString())).toMatchObject({ method: 'on-error', params: { code: 401 } });
    socket.close();
  });

  it('SIG90, SIG6: a frame nested deep in the same write as the upgrade, with a token that anybody can make (C2)', async () => {
    const token = signToken({ ...claims(), access_key: 'f'.repeat(24) }, 'a secret of a stranger');
    for (const levels of [7_000, 12_000]) {
      const nested = '['.repeat(levels) + ']'.repeat(levels);
      const { hostname, port } = new URL(usualUrl);
      const socket = connect({ host: hostname, port: Number(port) });
      const upgrade = [
        `GET /ws?peer=12345678&token=${token} HTTP/1.1`,
        `Host: ${hostname}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ];
      socket.write(
        Buffer.concat([Buffer.from(`${upgrade.join('\r\n')}\r\n\r\n`), maskedFrame(`{"id":"1","method":${nested}}`)]),
      );
      let told = '';
      for await (const bytes of socket) {
        told += String(bytes);
        if (told.includes('on-error')) break;
      }
      expect(told).toContain('"method":"on-error","params":{"code":401');
    }
    expect((await init(signToken(claims(), studio.key.secret))).statusCode).toBe(200);
  });

  it('BUD13: a clock 59 s ahead is borne', async () => {
    const ahead = Math.floor(platform.clock.now() / 1000) + 59;
    expect((await init(signToken({ ...claims(), iat: ahead, nbf: ahead }, studio.key.secret))).statusCode).toBe(200);
  });
});

describe('letting in', () => {
  it('BUD18: one viewer costs one statement, the next ones none', async () => {
    const enter = async () => {
      const { token } = (await askToken(studio.codes['hls-viewer']!)).json() as { token: string };
      expect((await init(token)).statusCode).toBe(200);
      const client = await new WireClient(signalingUrl(), { token }).opened();
      await client.next('on-policy-change');
      return client;
    };
    const before = platform.store.statements;
    const clients = [await enter()];
    expect(platform.store.statements - before).toBe(1);
    for (let index = 0; index < 5; index += 1) clients.push(await enter());
    expect(platform.store.statements - before).toBe(1);
    // Joining asks for nothing, either, but is written (RST4).
    for (const client of clients) {
      expect((await client.request('join', { name: 'Mia', data: '' })).result).toBeDefined();
      client.close();
    }
  });
});

describe('behind a proxy that is trusted', () => {
  let proxied: PlatformServer;
  beforeAll(async () => {
    proxied = await startPlatform({ settings: { trustProxy: ['127.0.0.1'] } });
  });
  beforeEach(() => use(proxied));
  afterAll(() => proxied.close());

  it('BUD14: what a client writes into X-Forwarded-For frees it from no limit (M4)', async () => {
    const ask = (index: number, client: string) =>
      askToken(wrongCode(index), {
        from: '127.0.0.1',
        headers: { 'x-forwarded-for': `203.0.113.${index}, ${client}` },
      });
    const statuses: number[] = [];
    for (let index = 0; index < 40; index += 1) statuses.push((await ask(index, '192.0.2.1')).statusCode);
    expect([count(statuses, 404), count(statuses, 429)]).toEqual([30, 10]);
    expect((await ask(41, '192.0.2.2')).statusCode).toBe(404);
  });

  it('BUD14: clients are sent to the address that the proxy was asked by', async () => {
    const { token } = (await askToken(studio.codes['hls-viewer']!)).json() as { token: string };
    const answer = await platform.web.inject({
      url: '/init?peer_id=x',
      remoteAddress: '127.0.0.1',
      headers: {
        authorization: `Bearer ${token}`,
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.example, live.example.org',
      },
    });
    expect(answer.json()).toMatchObject({ endpoint: 'wss://live.example.org/ws' });
  });
});

it('BUD14: nobody is believed by default', async () => {
  const statuses: number[] = [];
  for (let index = 0; index < 40; index += 1) {
    const headers = { 'x-forwarded-for': `192.0.2.${index}` };
    statuses.push((await askToken(wrongCode(index), { from: '127.0.0.1', headers })).statusCode);
  }
  expect([count(statuses, 404), count(statuses, 429)]).toEqual([30, 10]);
});

it('BUD16: metrics are for this machine alone until there is a token, and not for what a proxy passes on (L4)', async () => {
  const ask = async (remoteAddress: string, headers: Record<string, string> = {}) =>
    (await platform.web.inject({ url: '/metrics', remoteAddress, headers })).statusCode;
  expect(await ask('127.0.0.1')).toBe(200);
  expect(await ask('::1')).toBe(200);
  expect(await ask('192.0.2.1')).toBe(403);
  expect(await ask('127.0.0.1', { 'x-forwarded-for': '192.0.2.1' })).toBe(403);
  expect(await ask('127.0.0.1', { forwarded: 'for=192.0.2.1' })).toBe(403);
});
