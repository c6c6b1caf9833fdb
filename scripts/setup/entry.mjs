// Read by every Node version that may try: no syntax here, or in what this imports, newer than ECMAScript 2017.
import { readFileSync } from 'node:fs';
import { nodeVersionProblem } from './node-version.mjs';

/**
 * What every command of the project begins with: the version of Node is judged before a module is loaded that an old
 * one could not even read. A failure is told in words and ends the process with status 1.
 * @param {() => Promise<number | undefined>} main loads and runs the command; its result is the exit status, 0 if none
 */
export function runEntry(main) {
  const packageJson = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const problem = nodeVersionProblem(process.versions.node, packageJson.engines.node);
  if (problem !== undefined) {
    console.error([`Set-up stopped: ${problem[0]}`].concat(problem.slice(1).map((line) => `  → ${line}`)).join('\n'));
    process.exitCode = 1;
    return;
  }
  main().then(
    (status) => {
      process.exitCode = status === undefined ? 0 : status;
    },
    async (error) => {
      const { describeFailure } = await import('./setup-error.mjs');
      console.error(describeFailure(error));
      process.exitCode = 1;
    },
  );
}
