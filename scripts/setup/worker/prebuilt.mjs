import { existsSync, writeFileSync } from 'node:fs';
import { arch, platform, release } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.mjs';

/** A firewall that swallows packets must not hold up the set-up. */
const ANSWER_TIMEOUT_MS = 20_000;
const DOWNLOAD_TIMEOUT_MS = 120_000;

/**
 * @typedef {object} MediasoupPackage what of its package.json is of interest here
 * @property {string} version
 * @property {{ readonly url: string }} repository
 */

/**
 * Where mediasoup's authors publish the worker for this machine.
 * @param {MediasoupPackage} mediasoup
 * @param {NodeJS.ProcessEnv} env MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL names another place, as for mediasoup itself
 * @returns {string}
 */
export function prebuiltUrl({ version, repository }, env) {
  const published = `${repository.url.replace(/^git\+/, '').replace(/\.git$/, '')}/releases/download`;
  const base = (env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL || published).replace(/\/+$/, '');
  // On Linux they differ by the kernel's first number: from 6 on they use io_uring.
  const kernel = platform() === 'linux' ? `-kernel${release().split('.')[0]}` : '';
  return `${base}/${version}/mediasoup-worker-${version}-${platform()}-${arch()}${kernel}.tgz`;
}

/**
 * @param {string} url
 * @param {string} workDir an empty directory
 * @returns {Promise<string>} path of the program inside `workDir`, not yet tried
 * @throws {Error} whose message says why there is none
 */
export async function downloadPrebuilt(url, workDir) {
  const response = await answer(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const archive = join(workDir, 'worker.tgz');
  writeFileSync(archive, new Uint8Array(await response.arrayBuffer()));
  const { exitCode } = await runCommand('tar', ['-xzf', archive, '-C', workDir]);
  const program = join(workDir, 'mediasoup-worker');
  if (exitCode !== 0 || !existsSync(program)) throw new Error('the archive is not usable');
  return program;
}

/** @param {string} url */
async function answer(url) {
  const abort = new AbortController();
  const tooSlow = (/** @type {number} */ ms) => setTimeout(() => abort.abort(new Error('timed out')), ms).unref();
  const noAnswer = tooSlow(ANSWER_TIMEOUT_MS);
  tooSlow(DOWNLOAD_TIMEOUT_MS);
  try {
    return await fetch(url, { signal: abort.signal });
  } catch (error) {
    throw new Error(reason(error));
  } finally {
    clearTimeout(noAnswer);
  }
}

/**
 * fetch says no more than "fetch failed"; the reason is its cause.
 * @param {unknown} error
 */
function reason(error) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
