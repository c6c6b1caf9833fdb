import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, waitFor } from '@amphi/testkit';

/** A file as nginx is to give it. */
export interface ServedFile {
  /** Of its URL, without a query. */
  readonly path: string;
  readonly body: Buffer;
  readonly contentType: string;
  /** Names and values of what else the answer says. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Debian's nginx with one worker and a folder of its own. */
export class Nginx {
  readonly url: string;
  readonly workerPid: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(of: { url: string; workerPid: number; process: ChildProcess; folder: string }) {
    this.url = of.url;
    this.workerPid = of.workerPid;
    this.#process = of.process;
    this.#folder = of.folder;
  }

  /** Serves files: from the page cache by `sendfile`, with open files kept, and no log. */
  static async serving(files: readonly ServedFile[]): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'amphi-nginx-'));
    const root = join(folder, 'root');
    for (const { path, body } of files) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), body);
    }
    const locations = files.map(({ path, contentType, headers }) => {
      const added = Object.entries(headers).map(([name, value]) => `add_header ${name} "${value}";`);
      return `location = ${path} { default_type ${contentType}; types { } ${added.join(' ')} }`;
    });
    return Nginx.#start(folder, {
      http: 'sendfile on; tcp_nopush on; open_file_cache max=100; open_file_cache_valid 1h;',
      server: `root ${root}; ${locations.join('\n')}`,
    });
  }

  /** A cache as a CDN's edge is one: what many ask for at one time is asked for once. */
  static async caching(originUrl: string): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'amphi-nginx-'));
    return Nginx.#start(folder, {
      http: `
        upstream origin { server ${new URL(originUrl).host}; keepalive 16; }
        proxy_cache_path ${join(folder, 'cache')} keys_zone=live:10m max_size=1g use_temp_path=off;
      `,
      server: `
        location / {
          proxy_pass http://origin;
          proxy_http_version 1.1;
          proxy_set_header connection "";
          proxy_cache live;
          proxy_cache_key $request_uri;
          proxy_cache_lock on;
          proxy_cache_lock_timeout 10s;
          proxy_cache_lock_age 10s;
        }
      `,
    });
  }

  static async #start(folder: string, config: { readonly http: string; readonly server: string }): Promise<Nginx> {
    const port = await freePort();
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${join(folder, kind)};`,
    );
    const path = join(folder, 'nginx.conf');
    await writeFile(
      path,
      `
      daemon off;
      ${process.getuid?.() === 0 ? 'user root;' : ''}
      worker_processes 1;
      worker_rlimit_nofile 20000;
      pid ${join(folder, 'nginx.pid')};
      error_log ${join(folder, 'error.log')} warn;
      events { worker_connections 16000; }
      http {
        access_log off;
        ${temporary.join('\n')}
        keepalive_requests 1000000000;
        ${config.http}
        server {
          listen 127.0.0.1:${port} backlog=8192;
          location = /status { stub_status; }
          ${config.server}
        }
      }
      `,
    );
    const child = spawn('nginx', ['-p', folder, '-c', path, '-e', join(folder, 'error.log')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const url = `http://127.0.0.1:${port}`;
    await waitFor('nginx listens', async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
      return (await fetch(`${url}/status`)).ok;
    });
    return new Nginx({ url, workerPid: await workerOf(child.pid!), process: child, folder });
  }

  /** Requests that it has read and not answered to the end. */
  async busyWith(): Promise<number> {
    const text = await (await fetch(`${this.url}/status`)).text();
    // This one among them.
    return Number(/Writing: (\d+)/.exec(text)?.[1]) - 1;
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** With a cache there are other children, which look after its files. */
async function workerOf(master: number): Promise<number> {
  const children = (await readFile(`/proc/${master}/task/${master}/children`, 'latin1')).trim().split(' ').map(Number);
  for (const pid of children) {
    if ((await readFile(`/proc/${pid}/cmdline`, 'latin1')).includes('worker process')) return pid;
  }
  throw new Error('nginx has no worker');
}
