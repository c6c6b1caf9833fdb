import type { Scope } from '@amphi/base';
import type { DegradationPolicy } from './contract.ts';

/** As many as there are simulcast layers: then no video is sent at all. */
export const MAX_SPARED_LAYERS = 3;

/**
 * How many layers a struggling subscriber is spared. Told how much is lost on the way, it goes down one layer after the
 * other while that lasts, and up again while it does not.
 */
export class DownlinkRelief {
  readonly #timers: Pick<Scope, 'after'>;
  readonly #onChange: () => void;
  #policy: DegradationPolicy | undefined;
  #spared = 0;
  #isStruggling = false;
  #cancelStep: (() => void) | undefined;

  constructor(options: { readonly timers: Pick<Scope, 'after'>; readonly onChange: () => void }) {
    this.#timers = options.timers;
    this.#onChange = options.onChange;
  }

  get sparedLayers(): number {
    return this.#spared;
  }

  /** Without a policy nobody is spared anything. */
  setPolicy(policy: DegradationPolicy | undefined): void {
    if (JSON.stringify(policy) === JSON.stringify(this.#policy)) return;
    this.#policy = policy;
    this.#isStruggling = false;
    this.#stop();
    if (policy) this.#arm();
    else this.#spare(0);
  }

  /** @param lost share of the packets, 0–1 */
  note(lost: number): void {
    if (!this.#policy) return;
    const isStruggling = lost >= this.#policy.lossThreshold;
    if (isStruggling === this.#isStruggling) return;
    this.#isStruggling = isStruggling;
    this.#stop();
    this.#arm();
  }

  #arm(): void {
    const policy = this.#policy;
    const isDone = this.#isStruggling ? this.#spared >= MAX_SPARED_LAYERS : this.#spared === 0;
    if (!policy || isDone) return;
    const waitMs = this.#isStruggling ? policy.degradeAfterMs : policy.recoverAfterMs;
    this.#cancelStep = this.#timers.after(waitMs, () => {
      this.#spare(this.#spared + (this.#isStruggling ? 1 : -1));
      this.#arm();
    });
  }

  #stop(): void {
    this.#cancelStep?.();
    this.#cancelStep = undefined;
  }

  #spare(layers: number): void {
    if (layers === this.#spared) return;
    this.#spared = layers;
    this.#onChange();
  }
}

/** What the worker's score of a stream says of its losses: it is ten times the fourth power of what arrived. */
export function lossOfScore(score: number): number {
  return 1 - (Math.min(Math.max(score, 0), 10) / 10) ** 0.25;
}
