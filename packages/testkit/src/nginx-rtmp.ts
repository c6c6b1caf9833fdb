import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-ports.ts';
import { waitFor } from './wait-for.ts';

/** Of Debian's `libnginx-mod-rtmp`. */
const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

/** Debian's nginx with its RTMP module, on this machine: an application `live` that takes all streams, keeps and plays them. */
export interface NginxRtmp {
  readonly port: number;
  /** The file of what came with a stream key, as it came; whole when its sender has ended. */
  recordedOf(key: string): string;
  /** What it logged so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Whether Debian's package of it is installed. */
export function hasNginxRtmp(): boolean {
  return existsSync(MODULE);
}

/**
 * @param options.push where each stream goes on to: an RTMP URL with application and stream key
 * @throws when it does not start
 */
export async function startNginxRtmp(options: { readonly push?: string } = {}): Promise<NginxRtmp> {
  const folder = await mkdtemp(join(tmpdir(), 'amphi-nginx-'));
  const port = await freePort();
  const push = options.push === undefined ? '' : `push ${options.push};`;
  await writeFile(
    join(folder, 'nginx.conf'),
    `load_module ${MODULE};
daemon off;
master_process off;
pid ${join(folder, 'pid')};
error_log stderr info;
events {}
rtmp { server { listen 127.0.0.1:${port}; application live { live on; record all; record_path ${folder}; ${push} } } }
`,
  );
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
  const nginx: ChildProcess = spawn('/usr/sbin/nginx', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  nginx.stderr?.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const exited = once(nginx, 'exit');
  const stop = async (): Promise<void> => {
    if (nginx.exitCode === null && nginx.signalCode === null) nginx.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor('nginx takes connections', () => {
      if (nginx.exitCode !== null) throw new Error(`nginx ended: ${output}`);
      return accepts(port);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, recordedOf: (key) => join(folder, `${key}.flv`), output: () => output, stop };
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
