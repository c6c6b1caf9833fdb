import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { createServer, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { platformAnswers } from '@amphi/protocol';
import { ensureDatabaseTemplate } from '@amphi/store';
import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimDataDirectory } from '../../src/data-directory.ts';
import { allNetworkAddresses } from '../../src/network/local-addresses.ts';
import { terminalCode } from '../../src/tls/lan.ts';

/** The server as a process of its own, from its start to its end. */

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));
const MAIN = join(REPOSITORY, 'apps/server/src/main.ts');
const PATIENCE_MS = 120_000;

interface Run {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<number | null>;
}

const runs: Run[] = [];
let dataDir: string;

beforeAll(async () => {
  await ensureDatabaseTemplate();
  dataDir = join(await mkdtemp(join(tmpdir(), 'amphi-process-')), 'data');
});
afterAll(async () => {
  for (const { child } of runs) child.kill('SIGKILL');
  await Promise.all(runs.map(({ exited }) => exited));
  await rm(join(dataDir, '..'), { recursive: true, force: true });
});

const same = (command: readonly string[]): readonly string[] => command;

/** At a terminal, to which all that it says goes. One process: signals that `script` gets do not reach it. */
const atTerminal = (command: readonly string[]): readonly string[] => {
  const line = [...command, '--unsupervised'].map((word) => `'${word}'`).join(' ');
  return ['script', '--quiet', '--return', '--flush', '--command', `exec ${line}`, '/dev/null'];
};

/** As an account without rights of its own, which root becomes by giving this one up. */
const withoutLowPorts = (command: readonly string[]): readonly string[] =>
  process.getuid?.() === 0
    ? ['setpriv', '--bounding-set=-net_bind_service', '--inh-caps=-net_bind_service', ...command]
    : command;

/** Containers may permit them to everybody. */
const LOW_PORTS_ARE_FREE = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) <= 80;

/** @param by makes the command line that is run of the server's own */
function start(env: Record<string, string> = {}, by: (command: readonly string[]) => readonly string[] = same): Run {
  const [program = '', ...args] = by([process.execPath, '--conditions=source', '--import', 'tsx', MAIN]);
  const child = spawn(program, args, {
    cwd: REPOSITORY,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AMPHI_PORT: '0',
      AMPHI_RTMP_PORT: '0',
      AMPHI_HOST: '127.0.0.1',
      AMPHI_DATA_DIR: dataDir,
      AMPHI_SFU_WORKERS: '1',
      AMPHI_RTC_ADDRESSES: '127.0.0.1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    text.stdout += String(data);
  });
  child.stderr.on('data', (data) => {
    text.stderr += String(data);
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  // A terminal ends its lines in another way.
  const run = { child, stdout: () => text.stdout.replaceAll('\r\n', '\n'), stderr: () => text.stderr, exited };
  runs.push(run);
  return run;
}

/** Of the server itself, beside its supervisor. */
function serverPid(): number {
  return (JSON.parse(readFileSync(join(dataDir, 'server.lock'), 'utf8')) as { pid: number }).pid;
}

/** The block of links, once it is printed. */
async function ready(run: Run): Promise<{ dashboard: URL; broadcaster: string; viewer: string }> {
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  const ended = run.exited.then((code) => {
    throw new Error(`the server exited with ${code}: ${run.stderr()}`);
  });
  for (;;) {
    const [, dashboard, broadcaster, viewer] =
      /Amphi is ready\.\s+Dashboard +(\S+)\s+Broadcaster +(\S+)\s+Viewer +(\S+)\n/.exec(run.stdout()) ?? [];
    if (dashboard && broadcaster && viewer) return { dashboard: new URL(dashboard), broadcaster, viewer };
    await Promise.race([once(run.child.stdout!, 'data', { signal: deadline }), ended]);
  }
}

/** The fields of this line of the log, once it is there. */
function logged(run: Run, message: string): Promise<Record<string, unknown>> {
  return waitFor(`"${message}" in the log`, async () => {
    const line = run
      .stderr()
      .split('\n')
      .find((each) => each.includes(`"${message}"`));
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
  });
}

async function overHttps(url: URL, trust: RequestOptions): Promise<{ status: number | undefined; body: string }> {
  const [response] = (await once(request(url, { ...trust, agent: false }).end(), 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, body };
}

describe('the server process', () => {
  let first: Run;
  let links: Awaited<ReturnType<typeof ready>>;

  it(
    'prints links that work: sign in once, create an app, enter its room',
    async () => {
      first = start();
      links = await ready(first);
      const { origin } = links.dashboard;
      const code = links.dashboard.searchParams.get('code');
      const json = { 'content-type': 'application/json', origin };
      const signIn = () =>
        fetch(`${origin}/platform/session/one-time`, { method: 'POST', headers: json, body: JSON.stringify({ code }) });
      const signedIn = await signIn();
      expect(signedIn.status).toBe(200);
      expect((await signIn()).status).toBe(401);
      const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
      const made = await fetch(`${origin}/platform/apps`, {
        method: 'POST',
        headers: { ...json, cookie },
        body: JSON.stringify({ kit: 'live_streaming', name: 'Mine', subdomain: 'mine', region: 'eu' }),
      });
      expect(made.status).toBe(201);
      const { app } = platformAnswers.app.parse(await made.json());
      for (const url of [links.broadcaster, links.viewer, ...app.rooms[0]!.links.map((link) => link.url)]) {
        const roomCode = url.slice(url.lastIndexOf('/') + 1);
        const token = await fetch(`${origin}/v2/token`, { method: 'POST', body: JSON.stringify({ code: roomCode }) });
        const bearer = { authorization: `Bearer ${((await token.json()) as { token: string }).token}` };
        const init = await fetch(`${origin}/init?peer_id=5b0c7b0e-0000-4000-8000-000000000000`, { headers: bearer });
        expect(((await init.json()) as { endpoint: string }).endpoint).toBe(`${origin.replace('http', 'ws')}/ws`);
      }
      expect((await fetch(`${origin}/readyz`)).status).toBe(200);
    },
    PATIENCE_MS,
  );

  it('writes the links for scripts, for this account only', async () => {
    const path = join(dataDir, 'links.json');
    const written = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    expect(written).toEqual({
      url: links.dashboard.origin,
      local: links.dashboard.origin.replace('localhost', '127.0.0.1'),
      dashboard: links.dashboard.href,
      rooms: {
        broadcaster: links.broadcaster,
        'viewer-on-stage': expect.stringContaining('/meeting/'),
        'viewer-realtime': expect.stringContaining('/meeting/'),
        'hls-viewer': links.viewer,
      },
      writtenAt: expect.any(Number),
    });
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect((await stat(dataDir)).mode & 0o077).toBe(0);
  });

  it(
    'keeps a second server out of its data directory',
    async () => {
      const second = start();
      expect(await second.exited).toBe(78);
      expect(second.stderr()).toContain(`in use by another Amphi server, process ${serverPid()}`);
      expect(second.stderr()).toContain('AMPHI_DATA_DIR');
      expect((await fetch(`${links.dashboard.origin}/readyz`)).status).toBe(200);
    },
    PATIENCE_MS,
  );

  it(
    'SUP1: goes on by itself when the server is killed, without a greeting, and the supervisor takes it along',
    async () => {
      const greeting = first.stdout();
      const before = serverPid();
      process.kill(before, 'SIGKILL');
      await waitFor(
        'another server runs',
        async () => {
          const ready = await fetch(`${links.dashboard.origin}/readyz`).catch(() => undefined);
          return ready?.ok && serverPid() !== before;
        },
        PATIENCE_MS,
      );
      expect(first.stderr()).toMatch(/the server was killed by SIGKILL; it is started again in \d+ ms/);
      expect(first.stdout()).toBe(greeting);
    },
    PATIENCE_MS,
  );

  it(
    'survives being killed: the next run has the same rooms and apps, and ends in order when asked to',
    async () => {
      first.child.kill('SIGKILL');
      await first.exited;
      const next = start();
      const again = await ready(next);
      expect(new URL(again.broadcaster).pathname).toBe(new URL(links.broadcaster).pathname);
      expect(new URL(again.viewer).pathname).toBe(new URL(links.viewer).pathname);
      // Nobody has a password yet: without another link the owner would be locked out.
      expect(again.dashboard.searchParams.get('code')).not.toBe(links.dashboard.searchParams.get('code'));
      // As a terminal and npm do it, both at once.
      next.child.kill('SIGINT');
      next.child.kill('SIGTERM');
      expect(await next.exited).toBe(0);
      expect(next.stderr()).toContain('"stopped"');
      (await claimDataDirectory(dataDir))();
    },
    PATIENCE_MS,
  );

  it(
    'says what to do when the port is taken, and lets everything go',
    async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as { port: number };
      const run = start({ AMPHI_PORT: String(port) });
      expect(await run.exited).toBe(78);
      expect(run.stderr()).toContain(`Port ${port} is in use`);
      expect(run.stderr()).toContain('AMPHI_PORT');
      expect(run.stdout()).toBe('');
      (await claimDataDirectory(dataDir))();
      other.close();
    },
    PATIENCE_MS,
  );

  it(
    'SUP3: says what to do when a port of media is taken',
    async () => {
      const other = createSocket('udp4').bind(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address();
      const run = start({ AMPHI_RTC_UDP_PORT: String(port) });
      expect(await run.exited).toBe(78);
      expect(run.stderr()).toContain(`Port ${port} is in use by another program.`);
      expect(run.stderr()).toContain(`AMPHI_RTC_UDP_PORT=${port + 1}`);
      expect(run.stdout()).toBe('');
      (await claimDataDirectory(dataDir))();
      other.close();
    },
    PATIENCE_MS,
  );

  it.skipIf(LOW_PORTS_ARE_FREE)(
    'SUP3: ends with status 78 and the remedy when the port is not permitted to it',
    async () => {
      const run = start({ AMPHI_PORT: '443', AMPHI_TLS: 'self-signed' }, withoutLowPorts);
      expect(await run.exited).toBe(78);
      expect(run.stderr()).toContain('Port 443 is not permitted to this account.');
      for (const remedy of ['CAP_NET_BIND_SERVICE', 'setcap']) expect(run.stderr()).toContain(remedy);
      expect(run.stdout()).toBe('');
      (await claimDataDirectory(dataDir))();
    },
    PATIENCE_MS,
  );

  it.skipIf(LOW_PORTS_ARE_FREE)(
    'TLS5: serves HTTPS without redirects when the plain port is not permitted to it, and says what to do',
    async () => {
      const run = start({ AMPHI_TLS: 'self-signed', AMPHI_TLS_REDIRECT_PORT: '80' }, withoutLowPorts);
      const { broadcaster } = await ready(run);
      const { problem, remedy } = await logged(run, 'plain HTTP is not sent to HTTPS');
      expect(problem).toBe('Port 80 is not permitted to this account.');
      expect(remedy).toContain('CAP_NET_BIND_SERVICE');
      expect((await overHttps(new URL('/readyz', broadcaster), { rejectUnauthorized: false })).status).toBe(200);
      run.child.kill('SIGTERM');
      expect(await run.exited).toBe(0);
    },
    PATIENCE_MS,
  );

  it(
    'TLS13: in a LAN prints the HTTPS addresses, how to trust them, and at a terminal a code for phones',
    async () => {
      const run = start({ AMPHI_TLS: 'self-signed', AMPHI_HOST: '0.0.0.0' }, atTerminal);
      const { broadcaster } = await ready(run);
      const code = await terminalCode(broadcaster);
      await waitFor(
        'the code',
        async () => run.stdout().includes(`Broadcaster, for a phone:\n\n${code}\n`),
        PATIENCE_MS,
      );
      const printed = run.stdout();
      const [authorityUrl = ''] = /https:\S+\/ca\.crt/.exec(printed) ?? [];
      const { body: certificate } = await overHttps(new URL(authorityUrl), { rejectUnauthorized: false });
      // What the text says is to be compared.
      expect(printed).toContain(new X509Certificate(certificate).fingerprint256);
      const { origin, port } = new URL(broadcaster);
      const others = /Also at +(.+)\n/.exec(printed)?.[1]?.split(/ +/) ?? [];
      const everywhere = [...allNetworkAddresses(), 'localhost'].map(
        (name) => `https://${isIPv6(name) ? `[${name}]` : name}:${port}`,
      );
      expect([origin, ...others].sort()).toEqual(everywhere.sort());
      // It listens on IPv4 here.
      for (const base of [origin, ...others].filter((each) => !each.includes('['))) {
        expect((await overHttps(new URL('/readyz', base), { ca: certificate })).status, base).toBe(200);
      }
      process.kill(serverPid(), 'SIGTERM');
      expect(await run.exited).toBe(0);
    },
    PATIENCE_MS,
  );

  it(
    'does not start on settings that make no sense',
    async () => {
      const run = start({ AMPHI_PROT: '1', AMPHI_LOG_LEVEL: 'loud' });
      expect(await run.exited).toBe(78);
      expect(run.stderr()).toContain('AMPHI_PROT: no such setting; the nearest is AMPHI_PORT');
      expect(run.stderr()).toMatch(/logLevel: .*"loud" \(AMPHI_LOG_LEVEL\)/);
    },
    PATIENCE_MS,
  );
});
