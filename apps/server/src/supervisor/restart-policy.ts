import { backoffMs, type Millis } from '@amphi/base';

export interface RestartPolicy {
  /** So many crashes within `withinMs` are a loop: another start would end like the ones before. */
  readonly maxCrashes: number;
  readonly withinMs: Millis;
  readonly backoff: { readonly firstMs: Millis; readonly capMs: Millis; readonly random?: () => number };
  /** A server that can be reached has a spare this long after: by then what it does at its start is done. */
  readonly spareAfterMs: Millis;
}

/** The first restart is nearly at once: people are waiting. */
export const DEFAULT_RESTART_POLICY: RestartPolicy = {
  maxCrashes: 5,
  withinMs: 60_000,
  backoff: { firstMs: 100, capMs: 5_000 },
  spareAfterMs: 15_000,
};

export type RestartDecision = { readonly restartInMs: Millis } | { readonly giveUp: string };

/**
 * What follows on a crash.
 * @param crashes times of all so far, this one last
 */
export function decideRestart(crashes: readonly Millis[], policy: RestartPolicy): RestartDecision {
  const now = crashes.at(-1) ?? 0;
  const recent = crashes.filter((at) => now - at < policy.withinMs).length;
  if (recent >= policy.maxCrashes) {
    return { giveUp: `${recent} crashes within ${policy.withinMs / 1000} s: another start would end like these` };
  }
  return { restartInMs: backoffMs(recent - 1, policy.backoff) };
}
