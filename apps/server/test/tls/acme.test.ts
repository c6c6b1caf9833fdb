import { once } from 'node:events';
import { mkdtemp, readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { Scope } from '@amphi/base';
import { type AcmeServer, freePort, startAcmeServer, VirtualClock, waitFor } from '@amphi/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PublicAddress } from '../../src/http/public-address.ts';
import { settingsSchema } from '../../src/settings.ts';
import { ChallengeRefused, explainAcmeFailure } from '../../src/tls/acme-failures.ts';
import { loadAcme, readProblem } from '../../src/tls/acme-requests.ts';
import { Https } from '../../src/tls/https.ts';
import { collectingLogger, type LogEntry } from '../sessions/collecting-logger.ts';
import { type TestAuthority, testAuthority } from './certificates.ts';

const GOT = 'got a certificate';
const FAILED = 'no certificate was got';

let ca: TestAuthority;
/** Ports on which the authority asks: those of a server that is known before the authority is started. */
let ports: { readonly plain: number; readonly tls: number };
let pebble: AcmeServer;

beforeAll(async () => {
  ca = await testAuthority();
  ports = { plain: await freePort(), tls: await freePort() };
  pebble = await startAcmeServer({ httpPort: ports.plain, tlsPort: ports.tls, blocked: ['blocked.example.org'] });
  const acme = await loadAcme();
  acme.axios.defaults.httpsAgent = new Agent({ ca: [pebble.certificate, ca.authority.certificate] });
});
afterAll(async () => {
  await pebble?.stop();
  await ca.remove();
});

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

interface Run {
  readonly clock: VirtualClock;
  readonly entries: readonly LogEntry[];
  readonly https: Https;
  count(message: string): number;
  last(message: string): Record<string, unknown> | undefined;
}

async function start(given: {
  readonly domains?: readonly string[];
  readonly challenges?: readonly string[];
  readonly directoryUrl?: string;
  readonly dataDir?: string;
  readonly redirectPort?: number | 'off';
}): Promise<Run> {
  const { logger, entries } = collectingLogger();
  const clock = new VirtualClock(Date.now());
  const settings = settingsSchema.parse({
    dataDir: given.dataDir ?? (await mkdtemp(join(ca.folder, 'data-'))),
    host: '127.0.0.1',
    port: ports.tls,
    tls: {
      mode: 'acme',
      redirectPort: given.redirectPort ?? ports.plain,
      acme: {
        domains: given.domains ?? ['live.example.org'],
        email: 'me@example.org',
        agreeToTerms: true,
        directoryUrl: given.directoryUrl ?? pebble.directoryUrl,
        ...(given.challenges === undefined ? {} : { challenges: given.challenges }),
      },
    },
  });
  const scope = new Scope({ clock });
  const https = await Https.prepare({ settings, clock, logger, scope });
  const http = createServer((_request, response) => response.end('well'));
  stop = async () => {
    scope.close();
    await scope.closed;
    http.closeAllConnections();
  };
  await https.listen({
    http,
    http2: (_request, response) => response.end('well'),
    address: new PublicAddress(settings),
    takeConnection: () => true,
  });
  const of = (message: string) => entries.filter((entry) => entry.message === message);
  return {
    clock,
    entries,
    https,
    count: (message) => of(message).length,
    last: (message) => of(message).at(-1)?.fields,
  };
}

const until = (run: Run, message: string, count = 1): Promise<unknown> =>
  waitFor(`"${message}" for the ${count}. time`, () => run.count(message) >= count, 60_000);

async function shown(servername = 'live.example.org'): Promise<PeerCertificate> {
  const socket = connectTls({ host: '127.0.0.1', port: ports.tls, servername, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

describe('a certificate by ACME', () => {
  it.each(['http-01', 'tls-alpn-01'])(
    'TLS10: is got by %s alone, for all domains, and found again by the next run',
    async (type) => {
      const dataDir = await mkdtemp(join(ca.folder, 'data-'));
      const given = { dataDir, domains: ['live.example.org', 'www.example.org'], challenges: [type] };
      const first = await start(given);
      await until(first, GOT);
      expect(first.last(GOT)).toMatchObject({ challenge: type, domains: given.domains });
      const { subjectaltname, issuer, fingerprint256 } = await shown();
      expect(subjectaltname).toBe('DNS:live.example.org, DNS:www.example.org');
      expect(String(issuer.CN)).toContain('Pebble');
      expect(first.https.isPubliclyTrusted).toBe(true);
      await stop?.();
      const second = await start(given);
      expect((await shown()).fingerprint256).toBe(fingerprint256);
      expect(second.entries.filter(({ message }) => message === 'asking for a certificate')).toEqual([]);
      expect((await readdir(join(dataDir, 'tls'))).filter((name) => name.startsWith('acme-'))).toHaveLength(1);
    },
    90_000,
  );

  it('TLS11: is renewed when two thirds of its life are over; an open session goes on', async () => {
    const run = await start({});
    await until(run, GOT);
    const before = await shown();
    const session = connectHttp2(`https://127.0.0.1:${ports.tls}`, {
      servername: 'live.example.org',
      rejectUnauthorized: false,
    });
    const answered = async (): Promise<void> => {
      const stream = session.request({ ':path': '/' });
      stream.resume();
      await once(stream, 'response');
    };
    // Only then the handshake is over on both sides: months that pass at once would be more than it may take.
    await answered();
    const lifetimeMs = Date.parse(before.valid_to) - Date.parse(before.valid_from);
    run.clock.advance(lifetimeMs / 2);
    expect(run.count('asking for a certificate')).toBe(1);
    run.clock.advance(lifetimeMs / 6 + 60_000);
    await until(run, GOT, 2);
    expect((await shown()).fingerprint256).not.toBe(before.fingerprint256);
    await answered();
    session.close();
  }, 90_000);

  it('TLS12: whose proof is refused is told with the remedy; the next attempt is by the next way, and gets it', async () => {
    // Nothing answers on the port of http-01: somebody else does.
    const stranger = createServer((_request, response) => response.writeHead(404).end());
    stranger.listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const other = await startAcmeServer({ httpPort: (stranger.address() as AddressInfo).port, tlsPort: ports.tls });
    const acme = await loadAcme();
    acme.axios.defaults.httpsAgent = new Agent({
      ca: [pebble.certificate, other.certificate, ca.authority.certificate],
    });
    try {
      const run = await start({ directoryUrl: other.directoryUrl });
      await until(run, FAILED);
      expect(run.last(FAILED)).toEqual({
        problem: expect.stringMatching(/could not verify live\.example\.org by http-01: /),
        remedy: expect.stringMatching(/^Something else answered for live\.example\.org on port 80/),
        served: expect.stringContaining('stop-gap'),
        nextTry: expect.any(String),
      });
      expect((await shown()).subjectaltname).toContain('DNS:live.example.org');
      expect(run.https.isPubliclyTrusted).toBe(false);
      run.clock.advance(120_000);
      await until(run, GOT);
      expect(run.last(GOT)).toMatchObject({ challenge: 'tls-alpn-01' });
    } finally {
      stranger.close();
      await other.stop();
    }
  }, 90_000);

  it('TLS12: of an authority that is down, or that is none, is told; the server serves, and tries again', async () => {
    const closed = await freePort();
    const run = await start({ directoryUrl: `https://127.0.0.1:${closed}/dir` });
    await until(run, FAILED);
    expect(run.last(FAILED)).toMatchObject({
      problem: `127.0.0.1:${closed} cannot be reached (ECONNREFUSED)`,
      remedy: expect.stringContaining('firewall'),
    });
    run.clock.advance(60_000);
    expect(run.count(FAILED)).toBe(1);
    run.clock.advance(60_000);
    await until(run, FAILED, 2);
  });

  it('TLS12: that the authority does not give is told in its words', async () => {
    const run = await start({ domains: ['blocked.example.org'] });
    await until(run, FAILED);
    expect(run.last(FAILED)).toMatchObject({
      problem: expect.stringMatching(/^the authority refused \(rejectedIdentifier\): /),
      remedy: expect.stringContaining('tls.acme.domains'),
    });
  });

  it('TLS12: is asked for again only when a limit of the authority allows', async () => {
    const limited = await answering(
      429,
      { 'retry-after': '7200' },
      { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many' },
    );
    const run = await start({ directoryUrl: limited.url });
    await until(run, FAILED);
    expect(run.last(FAILED)).toMatchObject({
      problem: 'the authority refused (rateLimited): too many',
      remedy: expect.stringContaining('staging'),
    });
    run.clock.advance(7_100_000);
    expect(run.count(FAILED)).toBe(1);
    run.clock.advance(130_000);
    await until(run, FAILED, 2);
    limited.close();
  });
});

describe('why none was got', () => {
  const settings = { directoryUrl: 'https://acme.example.org/dir' };
  const problem = (type: string) => readProblem({ type: `urn:ietf:params:acme:error:${type}`, detail: 'so it is' });

  it.each([
    ['CERT_NOT_YET_VALID', /timedatectl/],
    ['CERT_HAS_EXPIRED', /timedatectl/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /NODE_EXTRA_CA_CERTS/],
    ['EAI_AGAIN', /resolve names/],
    ['ETIMEDOUT', /firewall/],
  ])('TLS12: %s has its remedy', (code, remedy) => {
    const explained = explainAcmeFailure(Object.assign(new Error('x'), { code }), settings);
    expect(explained.remedy).toMatch(remedy);
    expect(explained.problem).toContain('acme.example.org');
  });

  it.each([
    ['dns', /A or AAAA record of a\.example\.org/],
    ['caa', /CAA/],
    ['connection', /Port 443 of a\.example\.org/],
    ['tls', /not to a proxy/],
    ['unauthorized', /Something else answered/],
    ['unheardOf', /Port 443/],
  ])('TLS12: a proof refused for %s has its remedy', (type, remedy) => {
    const explained = explainAcmeFailure(new ChallengeRefused('a.example.org', 'tls-alpn-01', problem(type)), settings);
    expect(explained.remedy).toMatch(remedy);
    expect(explained.problem).toContain('so it is');
  });

  it('TLS12: a limit without a time is kept for an hour; what is no problem document is none', () => {
    expect(explainAcmeFailure(problem('rateLimited'), settings).retryAfterMs).toBe(3_600_000);
    for (const value of [undefined, null, 'x', {}, { type: 'about:blank' }, { type: 7 }]) {
      expect(readProblem(value)).toBeUndefined();
    }
  });
});

/** An HTTPS server that is trusted and always says the same. */
async function answering(
  status: number,
  headers: Record<string, string>,
  body: unknown,
): Promise<{ url: string; close: () => Server }> {
  const { key, chain } = await ca.issue(['127.0.0.1']);
  const server = createHttpsServer({ key, cert: chain }, (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/dir`, close: () => server.close() };
}
