import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as requestHttp } from 'node:http';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { request as requestHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Scope } from '@amphi/base';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { explainListenError } from '../../src/http/listen-errors.ts';
import type { TakeConnection } from '../../src/http/open-connections.ts';
import { PublicAddress } from '../../src/http/public-address.ts';
import { settingsSchema } from '../../src/settings.ts';
import { readCertificateFiles } from '../../src/tls/certificate-files.ts';
import { Https } from '../../src/tls/https.ts';
import type { Http2Handler } from '../../src/tls/secure-listener.ts';
import { makeStudio, type PlatformServer, startPlatform } from '../platform/platform-server.ts';
import { collectingLogger } from '../sessions/collecting-logger.ts';
import { LONG_AGO, NEXT_WEEK, type TestAuthority, testAuthority } from './certificates.ts';

let authority: TestAuthority;
let ca: string;
let logger: ReturnType<typeof collectingLogger>;
let clock: VirtualClock;
let close: () => unknown = () => {};

beforeAll(async () => {
  authority = await testAuthority();
  ca = authority.authority.certificate;
});
afterAll(() => authority.remove());
afterEach(() => close());

/** HTTPS with nothing behind it that it would need. @returns the base URL */
async function start(given: Record<string, unknown>, takeConnection: TakeConnection = () => true): Promise<string> {
  logger = collectingLogger();
  clock = new VirtualClock(Date.now());
  const dataDir = await mkdtemp(join(authority.folder, 'data-'));
  const settings = settingsSchema.parse({ dataDir, host: '127.0.0.1', port: 0, ...given });
  const scope = new Scope({ clock });
  const https = await Https.prepare({ settings, clock, logger: logger.logger, scope });
  const http = createServer((_request, response) => response.end('well'));
  const http2: Http2Handler = (_request, response) => response.end('well');
  close = async () => {
    scope.close();
    await scope.closed;
    http.closeAllConnections();
  };
  return `https://127.0.0.1:${await https.listen({ http, http2, address: new PublicAddress(settings), takeConnection })}`;
}

type Files = { readonly certFile: string; readonly keyFile: string };
const withFiles = (files: Files, more: Record<string, unknown> = {}) => ({ tls: { mode: 'files', ...files }, ...more });

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function overHttp2(url: string, options: { ca?: string; method?: string; body?: string } = {}): Promise<Answer> {
  const { origin, pathname, search } = new URL(url);
  const session = connectHttp2(origin, { ca: options.ca ?? ca, servername: 'localhost' });
  try {
    const stream = session.request({
      ':method': options.method ?? 'GET',
      ':path': pathname + search,
      'content-type': 'application/json',
    });
    stream.end(options.body);
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }];
    let body = '';
    for await (const chunk of stream) body += String(chunk);
    return { status: headers[':status'], headers, body };
  } finally {
    session.close();
  }
}

async function plain(port: number, path: string, options: { method?: string; host?: string } = {}): Promise<Answer> {
  const headers = options.host === undefined ? {} : { host: options.host };
  const sent = requestHttp({
    port,
    host: '127.0.0.1',
    path,
    method: options.method ?? 'GET',
    headers,
    agent: false,
  }).end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, headers: response.headers, body };
}

async function shownBy(
  url: string,
): Promise<{ readonly names: string; readonly authorized: boolean; readonly id: string }> {
  const { hostname, port } = new URL(url);
  const socket = connectTls({
    host: hostname,
    port: Number(port),
    ca,
    servername: 'localhost',
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  const { subjectaltname, fingerprint256 } = socket.getPeerCertificate();
  const { authorized } = socket;
  socket.destroy();
  return { names: subjectaltname ?? '', authorized, id: fingerprint256 };
}

const told = (text: string) => logger.entries.find(({ message }) => message === text)?.fields;
const redirectPort = () => Number(told('plain HTTP is sent to HTTPS')?.port);

/** The server's HTTP with everything behind it, started once: the database takes its time. */
function describeWhole(
  what: string,
  settings: () => Promise<Record<string, unknown>>,
  tests: (started: { base: string; platform: PlatformServer }) => void,
): void {
  describe(what, () => {
    const started = {} as { base: string; platform: PlatformServer };
    beforeAll(async () => {
      logger = collectingLogger();
      started.platform = await startPlatform({ settings: await settings(), logger: logger.logger });
      started.base = await started.platform.listen();
    });
    afterAll(() => started.platform?.close());
    tests(started);
  });
}

const ownFiles = async () => withFiles(await authority.write(await authority.issue(['localhost', '127.0.0.1'])));

describeWhole('the whole server, with files', ownFiles, (whole) => {
  it('TLS7: what clients are told is https and wss, by HTTP/2 as well', async () => {
    const { base, platform } = whole;
    const studio = await makeStudio(platform);
    const code = studio.codes.broadcaster;
    const token = await overHttp2(`${base}/v2/token`, { method: 'POST', body: JSON.stringify({ code }) });
    expect(token.status).toBe(200);
    const bearer = `Bearer ${(JSON.parse(token.body) as { token: string }).token}`;
    const { host } = new URL(base);
    const asked = requestHttps(`${base}/init?peer_id=p`, {
      ca,
      agent: false,
      headers: { authorization: bearer },
    }).end();
    const [init] = await once(asked, 'response');
    let text = '';
    for await (const chunk of init) text += String(chunk);
    const { endpoint } = JSON.parse(text) as { endpoint: string };
    expect(endpoint).toBe(`wss://${host}/ws`);
    const socket = new WebSocket(`${endpoint}?peer=p&token=${bearer.slice(7)}`, { ca });
    const [first] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(String(first))).toHaveProperty('method');
    socket.terminate();
  });

  it('TLS6: cookies are Secure and HSTS is sent, whatever a request says', async () => {
    const { base, platform } = whole;
    const wrong = await overHttp2(`${base}/platform/session`, { method: 'POST', body: '{}' });
    expect(wrong.status).toBe(400);
    expect(wrong.headers['strict-transport-security']).toBe('max-age=15552000');
    const owner = await platform.store.owners.create({
      workspaceId: (await makeStudio(platform)).workspaceId,
      email: 'a@example.org',
    });
    const code = await platform.accounts.newSignInCode(owner.id);
    const body = JSON.stringify({ code });
    const signedIn = await overHttp2(`${base}/platform/session/one-time`, { method: 'POST', body });
    expect(String(signedIn.headers['set-cookie'])).toMatch(/; Secure/);
  });
});

const lan = async () => ({ tls: { mode: 'self-signed', redirectPort: 0 } });

describeWhole('the whole server, in a LAN', lan, (whole) => {
  it('TLS13: gives out its authority, by which everything else is trusted; no HSTS', async () => {
    const { base, platform } = whole;
    const got = await plain(redirectPort(), '/ca.crt');
    expect(got).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-x509-ca-cert' } });
    expect(got.body).toBe(platform.https!.authority!.certificate);
    expect(await readFile(join(platform.folder, 'tls/authority.pem'), 'utf8')).toContain(got.body);
    const own = await overHttp2(`${base}/ca.crt`, { ca: got.body });
    expect(own).toMatchObject({ status: 200, body: got.body });
    expect(own.headers['content-type']).toBe('application/x-x509-ca-cert');
    expect(own.headers['strict-transport-security']).toBeUndefined();
  });
});

it('BUD36: both ports close what may not stay open, before it costs a handshake', async () => {
  let isOpen = false;
  const base = await start({ tls: { mode: 'self-signed', redirectPort: 0 } }, () => isOpen);
  await expect(fetchAnyway(base)).rejects.toThrow();
  await expect(plain(redirectPort(), '/')).rejects.toThrow();
  isOpen = true;
  expect((await fetchAnyway(base)).status).toBe(200);
  expect((await plain(redirectPort(), '/')).status).toBe(308);
});

describe('certificate files', () => {
  it('TLS2: a new pair is served within 10 s, and connections that are open go on', async () => {
    const base = await start(withFiles(await authority.write(await authority.issue(['localhost']))));
    const before = await shownBy(base);
    const session = connectHttp2(base, { ca, servername: 'localhost' });
    await once(session, 'connect');
    const next = await authority.issue(['localhost']);
    await authority.write(next);
    clock.advance(10_000);
    await waitFor('the new certificate', async () => (await shownBy(base)).id !== before.id);
    const stream = session.request({ ':path': '/healthz' });
    stream.resume();
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    expect(headers[':status']).toBe(200);
    session.close();
  });

  it('TLS3: a pair that does not fit is told once, and the old one stays until it does', async () => {
    const files = await authority.write(await authority.issue(['localhost']));
    const base = await start(withFiles(files));
    const before = await shownBy(base);
    const next = await authority.issue(['localhost']);
    await writeFile(files.certFile, next.chain);
    const looked = async (): Promise<unknown> => {
      clock.advance(10_000);
      return told('the certificate files cannot be used');
    };
    const problem = await waitFor('the complaint', looked);
    expect(problem).toEqual({
      problem: `${files.keyFile} is not the key of the certificate in ${files.certFile}`,
      remedy: expect.stringContaining('both files must be replaced'),
    });
    expect((await shownBy(base)).id).toBe(before.id);
    await writeFile(files.keyFile, next.key);
    await waitFor('the new pair', async () => {
      clock.advance(10_000);
      return (await shownBy(base)).id !== before.id;
    });
    expect(logger.entries.filter(({ message }) => message === 'the certificate files cannot be used')).toHaveLength(1);
  });

  it.each([
    ['are not there', async () => rm(join(authority.folder, 'cert.pem')), /cert\.pem cannot be read \(ENOENT\)/],
    [
      'hold something else',
      async () => writeFile(join(authority.folder, 'key.pem'), 'x'),
      /key\.pem holds no private key/,
    ],
  ])('TLS3: files that %s: a stop-gap is served until they are right', async (_what, spoil, problem) => {
    const certificate = await authority.issue(['localhost']);
    const files = await authority.write(certificate);
    await spoil();
    const base = await start(withFiles(files));
    expect(told('the certificate files cannot be used')).toEqual({
      problem: expect.stringMatching(problem),
      remedy: expect.stringMatching(/\w/),
    });
    const stopGap = await shownBy(base);
    expect(stopGap).toMatchObject({ authorized: false, names: expect.stringContaining('DNS:localhost') });
    await authority.write(certificate);
    await waitFor('the right files', async () => {
      clock.advance(10_000);
      return (await shownBy(base)).authorized;
    });
  });

  it.each([
    ['expired', ['localhost'], LONG_AGO, /expired on/, /Renew/],
    ['not valid yet, as when the clock is off', ['localhost'], NEXT_WEEK, /not valid before/, /timedatectl/],
    ['for another name', ['other.example.org'], Date.now, /not for localhost, but for other/, /publicUrl/],
  ])(
    'TLS4: a certificate that is %s is served, with a warning and its remedy',
    async (_what, names, at, problem, remedy) => {
      const files = await authority.write(await authority.issue(names, at()));
      const base = await start(withFiles(files, { publicUrl: 'https://localhost' }));
      expect(told('the certificate is served, and has a fault')).toMatchObject({
        problem: expect.stringMatching(problem),
        remedy: expect.stringMatching(remedy),
      });
      expect((await shownBy(base)).names).toBe(`DNS:${names[0]}`);
    },
  );
});

describe('a certificate that nobody renews', () => {
  const DAY_MS = 86_400_000;
  const faults = () =>
    logger.entries
      .filter(({ message }) => message === 'the certificate is served, and has a fault')
      .map(({ fields }) => fields);

  it('TLS4: is told of when a sixth of its life is left and when it has ended, once each, and is served on', async () => {
    const files = await authority.write(await authority.issue(['localhost']));
    const base = await start(withFiles(files));
    const { notAfter, notBefore } = await readCertificateFiles(files);
    const { id } = await shownBy(base);
    // The next look is 10 s later.
    const wait = (until: number): void => clock.advance(until - clock.now());
    const sixth = (notAfter - notBefore) / 6;
    wait(notAfter - sixth - DAY_MS);
    expect(faults()).toEqual([]);
    wait(notAfter - sixth + DAY_MS);
    await waitFor('the first word', () => faults().length === 1);
    expect(faults()[0]).toMatchObject({
      problem: expect.stringMatching(/^the certificate ends on \d{4}-\d\d-\d\d, and no other one has come$/),
      remedy: expect.stringContaining('renews'),
    });
    wait(notAfter + DAY_MS);
    await waitFor('the last word', () => faults().length === 2);
    expect(faults()[1]).toMatchObject({
      problem: expect.stringMatching(/^the certificate expired on /),
      remedy: expect.stringMatching(/^Renew it/),
    });
    wait(notAfter + 2 * DAY_MS);
    expect((await shownBy(base)).id).toBe(id);
    expect(faults()).toHaveLength(2);
    await authority.write(await authority.issue(['localhost'], clock.now()));
    await waitFor('the new certificate', async () => {
      clock.advance(10_000);
      return (await shownBy(base)).id !== id;
    });
    expect(faults()).toHaveLength(2);
  });
});

describe('the plain port', () => {
  it('TLS5: sends to the same page by HTTPS, with the method kept, wherever it was asked', async () => {
    const base = await start({ tls: { mode: 'self-signed', redirectPort: 0 } });
    const own = new URL(base).port;
    const location = async (path: string, host?: string) =>
      (await plain(redirectPort(), path, host === undefined ? {} : { host })).headers.location;
    expect((await plain(redirectPort(), '/v2/token', { method: 'POST' })).status).toBe(308);
    expect(await location('/meeting/abc?x=1', '192.168.1.5')).toBe(`https://192.168.1.5:${own}/meeting/abc?x=1`);
    expect(await location('/', 'live.example.org:80')).toBe(`https://live.example.org:${own}/`);
    expect(await location('/', '[2001:db8::1]')).toBe(`https://[2001:db8::1]:${own}/`);
    expect(await location('/', 'evil.example/x?')).toMatch(/^https:\/\/(localhost|127\.0\.0\.1):\d+\/$/);
    expect(await location('http://evil.example/x')).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/$/);
    expect((await plain(redirectPort(), '/.well-known/acme-challenge/none')).status).toBe(308);
  });

  it('TLS5: goes to publicUrl, when that is known', async () => {
    await start({ publicUrl: 'https://live.example.org', tls: { mode: 'self-signed', redirectPort: 0 } });
    expect((await plain(redirectPort(), '/a', { host: '192.168.1.5' })).headers.location).toBe(
      'https://live.example.org/a',
    );
  });

  it('TLS5: that is taken is a warning with its remedy, and HTTPS goes on', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const base = await start({ tls: { mode: 'self-signed', redirectPort: port } });
    expect(told('plain HTTP is not sent to HTTPS')).toEqual({
      problem: `Port ${port} is in use by another program.`,
      remedy: `Stop it, or choose another port: AMPHI_TLS_REDIRECT_PORT=${port + 1}`,
    });
    expect((await fetchAnyway(base)).status).toBe(200);
    other.close();
  });

  it('TLS5: that is not permitted is explained: the capability, systemd, authbind', () => {
    const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen' });
    const explained = explainListenError(error, { port: 443, host: '0.0.0.0', setting: 'AMPHI_PORT' });
    expect(explained?.problem).toBe('Port 443 is not permitted to this account.');
    for (const word of ['CAP_NET_BIND_SERVICE', 'setcap', 'authbind']) expect(explained?.remedy).toContain(word);
    const file = Object.assign(new Error('open EACCES'), { code: 'EACCES', syscall: 'open' });
    expect(explainListenError(file, { port: 443, host: '0.0.0.0', setting: 'AMPHI_PORT' })).toBeUndefined();
  });
});

/** For certificates that are not trusted. */
async function fetchAnyway(base: string): Promise<Answer> {
  const sent = requestHttps(`${base}/healthz`, { rejectUnauthorized: false, agent: false }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  return { status: response.statusCode, headers: response.headers, body: '' };
}
