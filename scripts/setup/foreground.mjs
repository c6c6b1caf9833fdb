import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { NOT_FOUND } from './run-command.mjs';

/**
 * One press of Ctrl-C reaches us more than once: from the terminal and, under `npm start`, from npm. Only a signal that
 * comes later than this is a second wish.
 */
const SAME_WISH_MS = 500;

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs a program in our place: it has our terminal, is asked to end when we are, and is killed when we are asked again.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {number} [options.sameWishMs]
 * @returns {Promise<number>} its exit status as a shell counts it: 128 + signal number when a signal ended it
 */
export function runForeground(program, args, { cwd, env = process.env, sameWishMs = SAME_WISH_MS }) {
  return new Promise((resolve) => {
    // A process group of its own, so that Ctrl-C reaches it through us alone, and once.
    const child = spawn(program, [...args], { cwd, env, stdio: 'inherit', detached: true });
    /** @type {number | undefined} */
    let askedAt;
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      const now = performance.now();
      if (askedAt === undefined) {
        askedAt = now;
        child.kill(signal);
      } else if (now - askedAt > sameWishMs) {
        killGroup(child.pid);
      }
    };
    /** @param {number} status */
    const end = (status) => {
      for (const signal of SIGNALS) process.off(signal, passOn);
      resolve(status);
    };
    for (const signal of SIGNALS) process.on(signal, passOn);
    child.once('error', (error) => {
      console.error(`${program} cannot be started: ${error.message}`);
      end(NOT_FOUND);
    });
    child.once('exit', (code, signal) => end(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
}

/** @param {number | undefined} pid leader of the group; what it has started goes with it */
function killGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in this moment.
  }
}
