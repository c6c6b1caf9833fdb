import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';
import { waitFor } from './wait-for.ts';

/** What people are told to run. */
const EXAMPLE = new URL('../../../config/turnserver.example.conf', import.meta.url);

/** A coturn (Debian's `turnserver`) of its own on this machine, with the example's configuration, which relays to `peers` only. */
export interface TurnServer {
  readonly secret: string;
  /** One port speaks UDP and TCP, another TLS. */
  readonly urls: { readonly udp: string; readonly tcp: string; readonly tls: string };
  /** The certificate of the TLS port, PEM, signed by itself. */
  readonly certificate: string;
  /** SHA-256 of its public key, base64: for Chromium's `--ignore-certificate-errors-spki-list`. */
  readonly publicKeyHash: string;
  readonly process: ChildProcess;
  /** What it logged so far. */
  output(): string;
  /** Puts another certificate in place of its own, as a renewal does, and sends it the signal for that. @returns it, PEM */
  renewCertificate(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * @param options.peers addresses that relays may send to; loopback is allowed with them, which a server on the internet
 * must not do
 */
export async function startTurnServer(options: { readonly peers?: readonly string[] } = {}): Promise<TurnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'amphi-turn-'));
  const secret = 'a-secret-of-this-test';
  const certificate = await selfSigned(folder);
  const [port, tlsPort] = (await freePorts(2)) as [number, number];
  const own = [
    'listening-ip=127.0.0.1',
    'relay-ip=127.0.0.1',
    `listening-port=${port}`,
    `tls-listening-port=${tlsPort}`,
    `static-auth-secret=${secret}`,
    `cert=${join(folder, 'certificate.pem')}`,
    `pkey=${join(folder, 'certificate.pem')}`,
    'allow-loopback-peers',
    ...(options.peers ?? ['127.0.0.1']).map((peer) => `allowed-peer-ip=${peer}`),
    `pidfile=${join(folder, 'pid')}`,
    `userdb=${join(folder, 'turndb')}`,
    'log-file=stdout',
    'verbose',
  ];
  const names = new Set(own.map((line) => line.split('=')[0]));
  const example = (await readFile(EXAMPLE, 'utf8')).split('\n').filter((line) => !names.has(line.split('=')[0]));
  await writeFile(join(folder, 'turnserver.conf'), [...example, ...own, ''].join('\n'));
  const child = spawn('turnserver', ['-c', join(folder, 'turnserver.conf')], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (data: Buffer): void => {
    output = (output + data.toString()).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor('coturn listens', () => {
      if (child.exitCode !== null) throw new Error('it ended');
      return /IPv4\. TLS\/TCP listener opened/.test(output) && /IPv4\. UDP listener opened/.test(output);
    });
  } catch (error) {
    await stop();
    throw new Error(`coturn does not start: ${String(error)}\n${output}`);
  }
  return {
    secret,
    urls: {
      udp: `turn:127.0.0.1:${port}?transport=udp`,
      tcp: `turn:127.0.0.1:${port}?transport=tcp`,
      tls: `turns:127.0.0.1:${tlsPort}?transport=tcp`,
    },
    certificate: certificate.toString(),
    publicKeyHash: createHash('sha256')
      .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64'),
    process: child,
    output: () => output,
    renewCertificate: async () => {
      const renewed = await selfSigned(folder);
      child.kill('SIGUSR2');
      return renewed.toString();
    },
    stop,
  };
}

/** Key and certificate in one file, as Amphi keeps those that it got. */
async function selfSigned(folder: string): Promise<X509Certificate> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2'];
  const subject = ['-subj', '/CN=turn.test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', ['req', ...request, ...subject, '-keyout', key, '-out', cert]);
  const certificate = await readFile(cert);
  await writeFile(join(folder, 'new.pem'), [await readFile(key), certificate].join(''));
  await rename(join(folder, 'new.pem'), join(folder, 'certificate.pem'));
  return new X509Certificate(certificate);
}
