import { loadavg } from 'node:os';
import { keepRun } from './results/result-file.ts';
import { checkedOutCommit, type Figures, thisMachine } from './results/run.ts';

/** Before the benchmark itself made any load, or kept itself to one core. */
const [loadBefore = 0] = loadavg();
const machine = thisMachine();

/**
 * Prints the figures as one JSON object on the last line, rounded to three digits after the point, and keeps them in the
 * file that `BENCH_RESULT_FILE` names (`npm run bench` does).
 */
export function printResult(figures: Figures): void {
  const rounded = Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, round(value)]));
  const path = process.env.BENCH_RESULT_FILE;
  if (path) {
    keepRun(path, {
      at: new Date().toISOString(),
      commit: checkedOutCommit(),
      machine,
      loadBefore: round(loadBefore),
      arguments: process.argv.slice(2).join(' '),
      figures: rounded,
    });
  }
  console.log(JSON.stringify(rounded));
}

function round<T>(value: T): T {
  return typeof value === 'number' ? ((Math.round(value * 1000) / 1000) as T) : value;
}

/** Progress goes to standard error, so that standard output ends with the result. */
export function progress(text: string): void {
  console.error(`· ${text}`);
}
