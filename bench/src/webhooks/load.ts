import { readFileSync } from 'node:fs';
import { cpuSeconds } from '../rtp-peers/cores.ts';

/** Cores that were used in a span of time, and what was left of the machine's. */
export interface Load {
  readonly server: number;
  readonly changers: number;
  readonly receivers: number;
  readonly idle: number;
}

type Part = Exclude<keyof Load, 'idle'>;

/** Begins a span; what it returns ends it. The processes live as long. */
export function spanOf(pids: Readonly<Record<Part, number>>): () => Load {
  const now = (): Load => ({
    server: cpuSeconds(pids.server),
    changers: cpuSeconds(pids.changers),
    receivers: cpuSeconds(pids.receivers),
    idle: idleSeconds(),
  });
  const [startedAt, before] = [performance.now(), now()];
  return () => {
    const [seconds, after] = [(performance.now() - startedAt) / 1_000, now()];
    const cores = (part: keyof Load): number => (after[part] - before[part]) / seconds;
    return {
      server: cores('server'),
      changers: cores('changers'),
      receivers: cores('receivers'),
      idle: cores('idle'),
    };
  };
}

/** Of all cores since the machine's start (proc(5)). */
function idleSeconds(): number {
  const [, , , , idle = '0', waiting = '0'] = readFileSync('/proc/stat', 'latin1').split('\n')[0]!.split(/\s+/);
  return (Number(idle) + Number(waiting)) / 100;
}
