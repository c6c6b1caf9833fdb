import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Resident memory of a process and all that it has started, over time. */
export class MemoryWatch {
  readonly #root: number;
  readonly #samples: { readonly atMs: number; readonly mb: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number, everyMs: number) {
    this.#root = pid;
    this.#timer = setInterval(() => this.#sample(), everyMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Of what was sampled since then. @param fromMs as `performance.now()` tells it */
  since(fromMs: number): { readonly slopeMbPerHour: number; readonly firstMb: number; readonly lastMb: number } {
    const samples = this.#samples.filter(({ atMs }) => atMs >= fromMs);
    const third = Math.max(1, Math.floor(samples.length / 3));
    return {
      slopeMbPerHour: slope(samples.map(({ atMs, mb }) => [atMs / 3_600_000, mb])),
      firstMb: mean(samples.slice(0, third).map(({ mb }) => mb)),
      lastMb: mean(samples.slice(-third).map(({ mb }) => mb)),
    };
  }

  #sample(): void {
    const kb = familyOf(this.#root).reduce((sum, pid) => sum + residentKb(pid), 0);
    this.#samples.push({ atMs: performance.now(), mb: kb / 1024 });
  }
}

/** Of the straight line that fits best (least squares). @param points x and y */
export function slope(points: readonly (readonly [number, number])[]): number {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const rise = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const run = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return rise / run;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A process and everything below it (Linux). */
export function familyOf(root: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = pid > 0 ? parentOf(pid) : undefined;
    if (parent !== undefined) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  const family = [root];
  for (const pid of family) family.push(...(childrenOf.get(pid) ?? []));
  return family;
}

/** What it was started as; empty when it is gone. */
export function commandOf(pid: number): string {
  return read(pid, 'cmdline').replaceAll('\0', ' ');
}

function parentOf(pid: number): number | undefined {
  const parent = /^PPid:\s*(\d+)$/m.exec(read(pid, 'status'))?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Resident memory of one process. */
export function residentMb(pid: number): number {
  return residentKb(pid) / 1024;
}

/** Sockets that a process has open (Linux). */
export function socketsOf(pid: number): number {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).filter((fd) => isSocket(`${folder}/${fd}`)).length;
  } catch {
    return 0;
  }
}

function isSocket(fd: string): boolean {
  try {
    return readlinkSync(fd).startsWith('socket:');
  } catch {
    // Closed meanwhile.
    return false;
  }
}

function residentKb(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(read(pid, 'status'))?.[1] ?? 0);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
