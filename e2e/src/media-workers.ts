import { readdirSync, readFileSync } from 'node:fs';

/** Processes of the media library that the server has started. */
export function mediaWorkersOf(serverPid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const parent = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
      const isWorker = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('mediasoup-worker');
      return parent === serverPid && isWorker ? [Number(name)] : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
