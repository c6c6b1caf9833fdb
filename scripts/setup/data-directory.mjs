import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SetupError } from './setup-error.mjs';

/**
 * Makes the directory for the database, secrets and recordings. Its content is the server's, which also runs the
 * database migrations, each time it starts.
 * @param {string} root of the checkout
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} what was done
 * @throws {SetupError}
 */
export function ensureDataDirectory(root, env) {
  const path = dataDirectory(root, env);
  if (path === undefined) return 'left to the server and its settings file';
  const existed = existsSync(path);
  try {
    // Secrets live here: nobody else may look in.
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new SetupError(
      `the data directory ${path} cannot be used: ${error instanceof Error ? error.message : error}`,
      ['Make it writable for you, or name another: AMPHI_DATA_DIR=/absolute/path'],
      error,
    );
  }
  return existed ? 'there' : `made ${path}`;
}

/**
 * @param {string} root of the checkout
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} absolute; undefined when a settings file may name it, which only the server can read
 */
export function dataDirectory(root, env) {
  if (env.AMPHI_DATA_DIR) return resolve(root, env.AMPHI_DATA_DIR);
  return env.AMPHI_SETTINGS ? undefined : join(root, 'data');
}
