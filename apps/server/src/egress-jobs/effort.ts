import type { EgressStatus } from '@amphi/protocol';

type Stats = Omit<Extract<EgressStatus, { type: 'stats' }>, 'type'>;

/** What egress processes have cost, and what they could not do. Counts since the start of this server. */
export interface Effort {
  readonly jobs: number;
  readonly cpuSeconds: number;
  readonly framesEncoded: number;
  readonly framesSkipped: number;
  /** Jobs at present whose rungs below the top have fewer pictures, as the machine is too slow for all. */
  readonly thinned: number;
}

/** Adds up what processes tell of themselves: each counts from its own start on, and is gone at some time. */
export class EffortCount {
  readonly #total = { cpuSeconds: 0, framesEncoded: 0, framesSkipped: 0 };

  get total(): Omit<Effort, 'jobs' | 'thinned'> {
    return this.#total;
  }

  /** For one process. */
  begin(): (stats: Stats) => void {
    let before = { cpuSeconds: 0, framesEncoded: 0, framesSkipped: 0 };
    return ({ cpuSeconds, framesEncoded, framesSkipped }) => {
      const now = { cpuSeconds, framesEncoded, framesSkipped };
      for (const key of Object.keys(before) as (keyof typeof before)[]) {
        this.#total[key] += Math.max(0, now[key] - before[key]);
      }
      before = now;
    };
  }
}
