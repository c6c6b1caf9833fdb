import { fileURLToPath } from 'node:url';
import { lastLines, runCommand } from '../run-command.mjs';

/** What the worker says to whoever starts it without being mediasoup. */
const NOT_MY_PARENT = 41;
const START_TIMEOUT_MS = 10_000;
const SELF_TEST_TIMEOUT_MS = 60_000;

/**
 * Whether a worker loads on this machine: all its libraries are there and the processor knows its instructions.
 * @param {string} program
 * @returns {Promise<boolean>}
 */
export async function starts(program) {
  const { exitCode } = await runCommand(program, [], { env: {}, timeoutMs: START_TIMEOUT_MS });
  return exitCode === NOT_MY_PARENT;
}

/**
 * Whether it carries media (see self-test.mjs). Takes about half a second.
 * @param {string} program
 * @returns {Promise<string | undefined>} what failed; undefined when it works
 */
export async function mediaProblem(program) {
  const script = fileURLToPath(new URL('self-test.mjs', import.meta.url));
  const { exitCode, stdout, stderr } = await runCommand(process.execPath, [script], {
    env: { ...process.env, MEDIASOUP_WORKER_BIN: program },
    timeoutMs: SELF_TEST_TIMEOUT_MS,
  });
  if (exitCode === 0) return undefined;
  return lastLines(stdout.trim() || stderr.trim(), 3) || `the self-test ended with ${exitCode}`;
}
