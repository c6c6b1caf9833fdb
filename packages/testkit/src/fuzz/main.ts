import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { findFuzzTargets, loadFuzzTarget } from './find-targets.ts';

/**
 * npm run fuzz -- NAME [--seconds N] [--seed S --path P]: throws inputs at one border until one of them breaks it, or the
 * time is over; without a time, until it is stopped. A failure is made small, printed with what repeats it, and kept.
 */

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const PROGRESS_MS = 5_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } },
});
const targets = findFuzzTargets(ROOT);
const [name = ''] = positionals;
const file = targets.get(name);
if (file === undefined) usage(name === '' ? 'Which target?' : `There is no target "${name}".`);
const seconds = numberOf('seconds', values.seconds);
const seed = numberOf('seed', values.seed) ?? Date.now() % 0x7fffffff;

const target = await loadFuzzTarget(file);
let inputs = 0;
let slowestMs = 0;
const progress = setInterval(tell, PROGRESS_MS);
const details = await fc.check(
  fc.asyncProperty(target.inputs, async (input) => {
    const before = performance.now();
    await target.check(input);
    slowestMs = Math.max(slowestMs, performance.now() - before);
    inputs += 1;
    // Synchronous borders leave no turn for the progress and for Ctrl+C.
    if (inputs % 500 === 0) await new Promise(setImmediate);
  }),
  {
    seed,
    ...(values.path === undefined ? {} : { path: values.path }),
    numRuns: Number.MAX_SAFE_INTEGER,
    ...(seconds === undefined ? {} : { interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false }),
  },
);
clearInterval(progress);
await target.close?.();
tell();
if (details.interrupted && inputs === 0) {
  console.error('The time was over before one input was through: give it more --seconds.');
  process.exitCode = 1;
} else if (details.failed) {
  const folder = join(ROOT, 'test-results/fuzz');
  const kept = join(folder, `${name}-${details.seed}.txt`);
  const report = [
    `seed ${details.seed}, path ${details.counterexamplePath}`,
    `input: ${fc.stringify(details.counterexample?.[0])}`,
    details.errorInstance instanceof Error ? details.errorInstance.stack : String(details.errorInstance),
  ].join('\n');
  mkdirSync(folder, { recursive: true });
  writeFileSync(kept, `${report}\n`);
  console.error(report);
  console.error(`kept in ${kept}`);
  console.error(`again: npm run fuzz -- ${name} --seed ${details.seed} --path ${details.counterexamplePath}`);
  process.exitCode = 1;
}

function tell(): void {
  console.error(`· ${name}: ${inputs.toLocaleString('en')} inputs, slowest ${slowestMs.toFixed(1)} ms, seed ${seed}`);
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) usage(`--${option}: a number, got "${text}"`);
  return value;
}

function usage(problem: string): never {
  console.error(problem);
  for (const each of targets.keys()) console.error(`  npm run fuzz -- ${each} [--seconds N]`);
  process.exit(2);
}
