/** For so many questions files are waited for: about ten minutes. */
const MOST_QUESTIONS = 24;
const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;

/**
 * How long to wait before a question about the recording, so that an audience whose stream has ended does not ask in one
 * moment, nor for ever.
 * @param asked how often it was asked before
 * @param chance from 0 to 1
 * @returns milliseconds; undefined: no more
 */
export function waitBeforeAsking(asked: number, chance: number): number | undefined {
  if (asked >= MOST_QUESTIONS) return undefined;
  if (asked === 0) return chance * FIRST_MS;
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (asked - 1)) * (0.75 + chance / 2);
}
