import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runCommand } from './run-command.mjs';

/**
 * Has the server make the empty embedded database that each new data directory is copied from: seconds of processor
 * time that the first start is spared.
 * @param {string} root of the checkout, with the server built
 * @returns {Promise<string>} what was done
 */
export async function ensureDatabaseTemplate(root) {
  const server = join(root, 'apps/server/dist/main.js');
  if (!existsSync(server)) return 'no server yet';
  const cache = join(root, 'node_modules/.cache/amphi');
  if (existsSync(cache) && readdirSync(cache).some((name) => name.startsWith('pglite-'))) return 'there';
  const { exitCode, stderr } = await runCommand(process.execPath, [server, 'prepare'], { cwd: root });
  // Nothing is lost but time: the first start makes what it needs.
  return exitCode === 0 ? 'made' : `left to the first start (${lastLines(stderr, 1)})`;
}
