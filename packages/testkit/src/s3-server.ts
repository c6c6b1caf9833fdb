import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-ports.ts';
import { waitFor } from './wait-for.ts';

/** An S3 storage on this machine, in a process of its own: `s3rver`, which keeps objects in a folder and checks signatures. */
export interface S3Server {
  /** `http://127.0.0.1:…`, the same after a restart. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Names of the files in which it keeps the objects of the bucket. */
  files(): Promise<string[]>;
  /** Ends at once, as when the machine fails; what it had taken stays. */
  kill(): Promise<void>;
  /** Serves again what it had. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const BUCKET = 'recordings';
/** Its own command is not in its package. */
const PROGRAM = 'const [, library, settings] = process.argv; new (require(library))(JSON.parse(settings)).run();';
/** The account that it knows. */
const ACCOUNT = 'S3RVER';

/** With one bucket, which is empty. @throws when it does not start */
export async function startS3Server(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'amphi-s3-'));
  const port = await freePort();
  const library = createRequire(import.meta.url).resolve('@20minutes/s3rver');
  let child: ChildProcess | undefined;

  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  }

  async function start(): Promise<void> {
    const buckets = [{ name: BUCKET, configs: [] }];
    const settings = { directory: folder, address: '127.0.0.1', port, silent: true, configureBuckets: buckets };
    const args = ['-e', PROGRAM, '--', library, JSON.stringify(settings)];
    const started = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    let output = '';
    started.stderr?.on('data', (data: Buffer) => {
      output += data.toString();
    });
    await waitFor('the storage takes connections', () => {
      if (started.exitCode !== null) throw new Error(`the storage ended: ${output}`);
      return accepts(port);
    });
  }

  const stop = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket: BUCKET,
    accessKeyId: ACCOUNT,
    secretAccessKey: ACCOUNT,
    files: async () =>
      (await readdir(join(folder, BUCKET), { recursive: true })).filter((name) => /\._S3rver_object$/.test(name)),
    kill,
    restart: start,
    stop,
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
