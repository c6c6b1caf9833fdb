import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait-for.ts';

/** What the server writes to `<data directory>/links.json` when it listens. */
export interface AmphiLinks {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  /** The same over loopback, always plain HTTP. */
  readonly local: string;
  /** Dashboard with the one-time sign-in. */
  readonly dashboard: string;
  /** Room links of the ready-made app by role. */
  readonly rooms: Readonly<Record<string, string>>;
}

/** A server process of its own on a free port with a fresh data directory. */
export interface AmphiServer {
  readonly links: AmphiLinks;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** Of the server itself, which is another process when it is supervised. */
  serverPid(): number;
  /** What it printed so far. */
  output(): string;
  /** SIGTERM, wait for the exit, remove the data directory. @returns the exit code */
  stop(): Promise<number | null>;
}

const running = new Set<AmphiServer>();

/** Those that this process has started and not stopped. */
export function runningAmphis(): Iterable<AmphiServer> {
  return running;
}

const MAIN = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url));

/**
 * Starts the built server (`npm run setup` builds it) and waits until it listens.
 * @throws when it exits before, with what it printed
 */
export async function startAmphi(
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly dataDir?: string;
    /** Started again after a crash, as by `npm start`. Default false. */
    readonly supervised?: boolean;
  } = {},
): Promise<AmphiServer> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run "npm run setup" first`);
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'amphi-test-')));
  const child = spawn(process.execPath, [MAIN, ...(options.supervised ? [] : ['--unsupervised'])], {
    env: {
      ...process.env,
      AMPHI_PORT: '0',
      AMPHI_RTMP_PORT: '0',
      AMPHI_DATA_DIR: dataDir,
      // Streams are the same on each machine.
      AMPHI_LADDER_CORES: '2',
      NODE_ENV: 'test',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (data: Buffer): void => {
    output = (output + data.toString()).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const startedAt = Date.now();
  const links = await waitFor(
    'the server listens',
    async () => {
      if (child.exitCode !== null) return { failed: true as const };
      const text = await readFile(join(dataDir, 'links.json'), 'utf8').catch(() => undefined);
      if (!text) return undefined;
      const parsed = JSON.parse(text) as AmphiLinks & { writtenAt?: number };
      // A data directory used before holds the links of the last run.
      if ((parsed.writtenAt ?? startedAt) < startedAt) return undefined;
      const ready = await fetch(`${parsed.local}/readyz`).catch(() => undefined);
      return ready?.ok ? parsed : undefined;
    },
    60_000,
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${output}`);
  });
  if ('failed' in links) throw new Error(`the server exited with ${child.exitCode}:\n${output}`);
  const server: AmphiServer = {
    links,
    dataDir,
    process: child,
    output: () => output,
    serverPid: () => (JSON.parse(readFileSync(join(dataDir, 'server.lock'), 'utf8')) as { pid: number }).pid,
    async stop() {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const code = await exited;
      clearTimeout(killer);
      running.delete(server);
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
      return code;
    },
  };
  running.add(server);
  return server;
}
