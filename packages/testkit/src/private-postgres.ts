import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** A PostgreSQL server of our own, on a Unix socket in a temporary folder. */
export interface PrivatePostgres {
  /** URL of its empty database. */
  readonly url: string;
  /** Of the process that starts the others, one for each connection. */
  readonly pid: number;
  stop(): void;
}

/** The newest server programs of Debian's `postgresql` package. */
export function findServerPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  try {
    const newest = readdirSync(root)
      .map(Number)
      .filter((version) => version > 0)
      .sort((a, b) => b - a)[0];
    return newest === undefined ? undefined : join(root, String(newest), 'bin');
  } catch {
    return undefined;
  }
}

/** Starts a server. PostgreSQL refuses to run as root, so root runs it as `postgres`, else `nobody`. */
export function startPostgres(programs: string): PrivatePostgres {
  const account = userInfo().uid === 0 ? unprivilegedAccount() : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'amphi-pg-'));
  if (account) chownSync(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const run = (program: string, args: readonly string[]): void => {
    execFileSync(join(programs, program), args, { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  run('initdb', ['-D', data, '-U', 'amphi', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
  const options = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c fsync=off`;
  run('pg_ctl', ['start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', options]);
  return {
    url: `postgresql://amphi@localhost/postgres?host=${encodeURIComponent(folder)}`,
    pid: Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    stop: () => {
      run('pg_ctl', ['stop', '-w', '-m', 'immediate', '-D', data]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

function unprivilegedAccount(): Account {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }).toString());
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such account; try the next.
    }
  }
  throw new Error('neither the account postgres nor nobody exists to run a PostgreSQL server as');
}
