import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './setup-error.mjs';

/** The checkout this script belongs to. */
export const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/**
 * Where results that outlive a checkout are kept: `AMPHI_CACHE_DIR`, else `amphi` in the XDG cache directory.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [home]
 * @returns {string} absolute
 * @throws {SetupError} when AMPHI_CACHE_DIR is relative: it would mean another folder for every working directory
 */
export function cacheDirectory(env, home = homedir()) {
  const given = env.AMPHI_CACHE_DIR;
  if (given) {
    if (isAbsolute(given)) return given;
    throw new SetupError(`AMPHI_CACHE_DIR is "${given}", which is not an absolute path.`, 'Give it from the root: /…');
  }
  // XDG base directory specification: a relative XDG_CACHE_HOME is invalid and must be ignored.
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, '.cache'), 'amphi');
}
