import type { Refusal } from './budget.ts';
import type { Millis } from './units.ts';

/** Lets go of what was opened. Calling it again does nothing. */
export type Release = () => void;

/**
 * How many things a key holds open: connections, peers, processes. Keys that hold nothing are not remembered, so there
 * are never more keys than open things.
 */
export class OpenCounts {
  /** For people, in refusals: "peers of this token". */
  readonly name: string;
  readonly #max: number;
  readonly #retryAfterMs: Millis;
  readonly #counts = new Map<string, number>();

  /**
   * @param options.retryAfterMs what a refused one is told: when a place becomes free depends on others
   */
  constructor(options: { readonly name: string; readonly max: number; readonly retryAfterMs?: Millis }) {
    this.name = options.name;
    this.#max = options.max;
    this.#retryAfterMs = options.retryAfterMs ?? 5_000;
  }

  countOf(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /**
   * Undefined when there is room for one more.
   * @param max of this key, in place of that of all
   */
  refusalOf(key: string, max = this.#max): Refusal | undefined {
    return this.countOf(key) < max ? undefined : { limit: this.name, retryAfterMs: this.#retryAfterMs };
  }

  /** Counts one more, whatever the bound: `openAll` asks first. */
  open(key: string): Release {
    this.#counts.set(key, this.countOf(key) + 1);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      const left = this.countOf(key) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    };
  }
}

/** Who holds one more of what. */
export interface Holding {
  readonly counts: OpenCounts;
  readonly key: string;
  /** Of this key, in place of that of all. */
  readonly max?: number;
}

/** Counts one thing for all, or for nobody. @returns what lets go of all, or why there is no room, by the first full */
export function openAll(holdings: readonly Holding[]): Release | Refusal {
  for (const { counts, key, max } of holdings) {
    const refusal = counts.refusalOf(key, max);
    if (refusal) return refusal;
  }
  const releases = holdings.map(({ counts, key }) => counts.open(key));
  return () => {
    for (const release of releases) release();
  };
}
