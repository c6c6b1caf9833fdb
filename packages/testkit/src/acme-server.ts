import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';
import { waitFor } from './wait-for.ts';

/** A certificate authority that speaks ACME: Debian's `pebble`, for which every domain leads to this machine. */
export interface AcmeServer {
  readonly directoryUrl: string;
  /** The certificate of the authority's own HTTPS, PEM, to be trusted by who asks it. */
  readonly certificate: string;
  /** What it logged so far. */
  output(): string;
  stop(): Promise<void>;
}

/**
 * @param options.httpPort where it asks for proofs by http-01
 * @param options.tlsPort where it asks for proofs by tls-alpn-01
 * @param options.blocked domains that it gives no certificate for
 */
export async function startAcmeServer(options: {
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly blocked?: readonly string[];
}): Promise<AcmeServer> {
  const folder = await mkdtemp(join(tmpdir(), 'amphi-acme-'));
  const [key, cert, config] = [join(folder, 'key.pem'), join(folder, 'cert.pem'), join(folder, 'config.json')];
  const request = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2'];
  const subject = ['-subj', '/CN=acme.test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', ['req', ...request, ...subject, '-keyout', key, '-out', cert]);
  const [port, managementPort, dnsPort, dnsManagementPort] = (await freePorts(4)) as [number, number, number, number];
  await writeFile(
    config,
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${managementPort}`,
        certificate: cert,
        privateKey: key,
        httpPort: options.httpPort,
        tlsPort: options.tlsPort,
        ocspResponderURL: '',
        externalAccountBindingRequired: false,
        // Two days, so that a virtual clock is soon at its end; five years otherwise.
        certificateValidityPeriod: 172_800,
        domainBlocklist: options.blocked ?? [],
      },
    }),
  );
  let output = '';
  const children: ChildProcess[] = [];
  const exits: Promise<unknown>[] = [];
  const run = (program: string, args: readonly string[]): ChildProcess => {
    const child = spawn(program, args, {
      // It waits for up to 15 s before each proof otherwise, and takes earlier ones for new orders.
      env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        output = (output + data.toString()).slice(-200_000);
      });
    }
    children.push(child);
    exits.push(once(child, 'close'));
    return child;
  };
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', '', '-defaultIPv4', '127.0.0.1'];
  run('pebble-challtestsrv', [
    ...off,
    '-dns01',
    `127.0.0.1:${dnsPort}`,
    '-management',
    `127.0.0.1:${dnsManagementPort}`,
  ]);
  const pebble = run('pebble', ['-config', config, '-dnsserver', `127.0.0.1:${dnsPort}`]);
  const stop = async (): Promise<void> => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(exits);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor('pebble listens', () => {
      if (pebble.exitCode !== null) throw new Error('it ended');
      return output.includes('ACME directory available at');
    });
  } catch (error) {
    await stop();
    throw new Error(`pebble does not start: ${String(error)}\n${output}`);
  }
  return {
    directoryUrl: `https://127.0.0.1:${port}/dir`,
    certificate: await readFile(cert, 'utf8'),
    output: () => output,
    stop,
  };
}
