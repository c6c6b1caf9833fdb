import { readdir, readFile, readlink } from 'node:fs/promises';

export type Protocol = 'tcp' | 'udp';

export interface Owner {
  readonly pid: number;
  /** Of the program, such as `nginx`. */
  readonly name: string;
}

/** State of a TCP socket that listens, in the kernel's numbers (`include/net/tcp_states.h`). */
const LISTENS = '0A';

/**
 * Who has a port open, by the kernel's tables (proc(5)).
 * @returns `undefined` when nobody has, or when it is a process of another account
 */
export async function ownerOfPort(protocol: Protocol, port: number): Promise<Owner | undefined> {
  const tables = await Promise.all(
    [protocol, `${protocol}6`].map((table) => readFile(`/proc/net/${table}`, 'utf8').catch(() => '')),
  );
  const inodes = new Set(tables.flatMap((table) => inodesOf(table, protocol, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holds(pid, inodes)) return { pid: Number(pid), name: await nameOf(pid) };
  }
  return undefined;
}

/** @param table of `/proc/net/tcp` or the like: a line of titles, then one for each socket */
export function inodesOf(table: string, protocol: Protocol, port: number): readonly string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(`:${hexPort}`) && (protocol === 'udp' || state === LISTENS))
    .flatMap((fields) => fields[9] ?? []);
}

async function holds(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // Of other accounts, or gone meanwhile.
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const file of files) {
    const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

async function nameOf(pid: string): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program')).trim();
}

/** Whether `pid` is `ancestor`, or was started by it or by one of its own. */
export async function isBelow(pid: number, ancestor: number): Promise<boolean> {
  for (let at = pid; at > 1; ) {
    if (at === ancestor) return true;
    const stat = await readFile(`/proc/${at}/stat`, 'utf8').catch(() => '');
    // The second field is the program's name in parentheses, which may hold anything.
    at = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return false;
}
