import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { onProcessEnd } from './exit-guard.mjs';

/**
 * @typedef {object} CommandResult
 * @property {number} exitCode 127 when the program is not there; 128 + signal number when a signal ended it
 * @property {string} stdout
 * @property {string} stderr the error's own text when the program could not be started
 */

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] replaces the whole environment
 * @property {number} [timeoutMs] the program is killed after that; none by default
 * @property {NodeJS.Signals} [stopBy] what it gets when this process ends first; SIGKILL by default, so that nothing it
 *   does goes on beside the next run
 */

/** POSIX: the shell's status for "command not found". */
export const NOT_FOUND = 127;

/**
 * Runs a program to its end without a shell and without input. Never rejects: the caller judges the exit code.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<CommandResult>}
 */
export function runCommand(program, args, { cwd, env, timeoutMs, stopBy = 'SIGKILL' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' }),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, to be stopped as a whole, and by us rather than by the terminal.
      detached: true,
    });
    const takeBack = onProcessEnd(() => {
      if (child.pid !== undefined) process.kill(-child.pid, stopBy);
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.once('error', (error) => {
      takeBack();
      resolve({ exitCode: NOT_FOUND, stdout, stderr: error.message });
    });
    child.once('close', (code, signal) => {
      takeBack();
      resolve({ exitCode: code ?? 128 + signalNumber(signal), stdout, stderr });
    });
  });
}

/**
 * The last lines of a program's complaint, for a message of one screen.
 * @param {string} text
 * @param {number} [count]
 * @returns {string}
 */
export function lastLines(text, count = 5) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** @param {NodeJS.Signals | null} signal */
function signalNumber(signal) {
  return signal === null ? 0 : (constants.signals[signal] ?? 0);
}
