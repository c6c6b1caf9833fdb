import type { NetworkHealth } from '@amphi/protocol';

/** How good a connection is: 1 (hardly any) to 5 (carries all that a stage can have). */
export type NetworkScore = 1 | 2 | 3 | 4 | 5;

/**
 * The score of what a download brought. As with public clients the last range that fits counts.
 * @param kbps kbit/s
 * @returns undefined when no range fits
 */
export function networkScore(scoreMap: NetworkHealth['scoreMap'], kbps: number): NetworkScore | undefined {
  const fitting = Object.entries(scoreMap).filter(
    ([, { low, high }]) => kbps >= low && (high === undefined || kbps < high),
  );
  const score = Number(fitting.at(-1)?.[0]);
  return isScore(score) ? score : undefined;
}

function isScore(score: number): score is NetworkScore {
  return Number.isInteger(score) && score >= 1 && score <= 5;
}
