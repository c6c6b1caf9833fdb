import { spawn } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { DoctorFinding, DoctorReport } from '@amphi/protocol';
import { startTurnServer, type TurnServer } from '@amphi/testkit';
import { cryptoProvider, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The doctor as people run it, on a machine where much is wrong, and on one where all is well. */

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));
const MAIN = join(REPOSITORY, 'apps/server/src/main.ts');
const PATIENCE_MS = 120_000;

let folder: string;
let coturn: TurnServer;
const servers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amphi-doctor-'));
  coturn = await startTurnServer();
});
afterAll(async () => {
  for (const server of servers) server.close();
  await coturn?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as { port: number }).port;
}

async function examine(env: Record<string, string>, prefix = ''): Promise<{ report: DoctorReport; code: number }> {
  const { stdout, code } = await run('--json', env, prefix);
  return { report: JSON.parse(stdout) as DoctorReport, code };
}

/** @param prefix of the shell, before the command */
async function run(args: string, env: Record<string, string>, prefix = ''): Promise<{ stdout: string; code: number }> {
  const command = `${prefix} exec "${process.execPath}" --conditions=source --import tsx "${MAIN}" doctor ${args}`;
  const child = spawn('sh', ['-c', command], {
    cwd: REPOSITORY,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AMPHI_HOST: '127.0.0.1',
      AMPHI_DATA_DIR: folder,
      AMPHI_RTMP_PORT: '0',
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
  const [code] = (await once(child, 'close')) as [number];
  expect(text.stdout, text.stderr).not.toBe('');
  return { stdout: text.stdout, code };
}

function expectOf(report: DoctorReport, check: string): { states: string[]; text: string } {
  const findings: readonly DoctorFinding[] = report.findings.filter((finding) => finding.check === check);
  return {
    states: findings.map(({ state }) => state),
    text: findings.map(({ what, remedy }) => `${what} → ${remedy}`).join('\n'),
  };
}

/** For 127.0.0.1, and over since yesterday. */
async function expired(): Promise<{ key: string; cert: string }> {
  cryptoProvider.set(webcrypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=expired',
    notBefore: new Date(Date.now() - 10 * 86_400_000),
    notAfter: new Date(Date.now() - 86_400_000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: made.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n` };
}

describe('npm run doctor', () => {
  it(
    'finds what is wrong, names it, and ends with 1 (DOC5)',
    async () => {
      const taken = await listen(createServer());
      const over = await expired();
      const page = await listen(createTlsServer(over, (socket) => socket.on('error', () => {})));
      const files = { AMPHI_TLS_CERT_FILE: join(folder, 'over.pem'), AMPHI_TLS_KEY_FILE: join(folder, 'over-key.pem') };
      await writeFile(files.AMPHI_TLS_CERT_FILE, over.cert);
      await writeFile(files.AMPHI_TLS_KEY_FILE, over.key);
      const tomorrow = new Date(Date.now() + 86_400_000);
      await utimes(folder, tomorrow, tomorrow);
      const { report, code } = await examine(
        {
          AMPHI_PORT: String(taken),
          AMPHI_TLS: 'files',
          ...files,
          AMPHI_PUBLIC_URL: `https://127.0.0.1:${page}`,
          AMPHI_RTC_ADDRESSES: '127.0.0.1',
          AMPHI_RTC_ANNOUNCED_ADDRESSES: '127.0.0.1,nowhere.invalid',
          AMPHI_RTC_TURN: JSON.stringify([
            { urls: `turn:127.0.0.1:${taken}?transport=udp`, secret: coturn.secret },
            { urls: coturn.urls.tcp, secret: 'not-the-secret-of-it' },
          ]),
        },
        // A file may have two megabytes: a disk that is full.
        'ulimit -f 4096;',
      );
      expect(code).toBe(1);
      expect(report.pending).toEqual([]);
      const ports = expectOf(report, 'ports');
      expect(ports.states).toEqual(['fail', 'warn']);
      expect(ports.text).toMatch(
        new RegExp(`TCP ${taken} of 127\\.0\\.0\\.1 \\(port\\) is taken by .*, process ${process.pid} → `),
      );
      expect(expectOf(report, 'certificate')).toEqual({
        states: ['fail'],
        text: expect.stringMatching(/ended on .* → Renew/),
      });
      expect(expectOf(report, 'https')).toEqual({
        states: ['fail'],
        text: expect.stringMatching(/the certificate expired on .* → Renew it/),
      });
      expect(expectOf(report, 'disk')).toEqual({
        states: ['fail'],
        text: expect.stringMatching(/EFBIG.* → Make room/),
      });
      expect(expectOf(report, 'clock')).toEqual({ states: ['fail'], text: expect.stringMatching(/24 hours before/) });
      const turn = expectOf(report, 'turn');
      expect(turn.states).toEqual(['fail', 'fail']);
      expect(turn.text).toMatch(/cannot be reached.* → Is the TURN server running/);
      expect(turn.text).toMatch(/refuses the credentials.* → .*static-auth-secret/);
      expect(expectOf(report, 'addresses').text).toMatch(/nowhere\.invalid of rtc\.announcedAddresses has no address/);
    },
    PATIENCE_MS,
  );

  it(
    'knows a running server and its ports, tries TURN and the encoder for real, and ends with 0 (DOC6)',
    async () => {
      await utimes(folder, new Date(), new Date());
      const port = await listen(createServer());
      // This process stands for the server: it holds the data directory, and the port.
      await writeFile(join(folder, 'server.lock'), JSON.stringify({ host: hostname(), pid: process.pid }));
      const { stdout, code } = await run('', {
        AMPHI_PORT: String(port),
        AMPHI_RTC_ADDRESSES: '127.0.0.1',
        AMPHI_RTC_TURN: JSON.stringify([{ urls: [coturn.urls.udp, coturn.urls.tcp], secret: coturn.secret }]),
      });
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).toBe(`Beside the running server, process ${process.pid}.`);
      expect(lines.at(-1)).toMatch(/^(All is well\.|It works; \d+ things? could be better\.)$/);
      // A blank one after the head and one before the verdict; what is not right is followed by what to do.
      const findings = lines.slice(2, -2);
      for (const [index, line] of findings.entries()) {
        expect(line).toMatch(/^(ok {2}|WARN) {2}\S|^ +→ /);
        if (line.startsWith('WARN')) expect(findings[index + 1]).toMatch(/^ +→ /);
      }
      expect(code).toBe(0);
      const said = (title: string) => findings.filter((line) => line.slice(6).startsWith(title));
      expect(said('Ports').join('\n')).toContain(`TCP ${port}: this server`);
      expect(said('TURN')).toEqual([
        expect.stringMatching(/^ok .*reaches the media workers/),
        expect.stringMatching(/^ok .*reaches the media workers/),
      ]);
      expect(said('Encoder').join('\n')).toMatch(/takes \d+\.\d\d of a core/);
      expect(said('Disk').join('\n')).toMatch(/free in .*written at/);
    },
    PATIENCE_MS,
  );
});
