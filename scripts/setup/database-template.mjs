import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runCommand } from './run-command.mjs';

/**
 * Has the server make the embedded database without rows that each new data directory is copied from: seconds of
 * processor time that the first start is spared.
 * @param {string} root of the checkout, with the server built
 * @returns {Promise<string>} what was done
 */
export async function ensureDatabaseTemplate(root) {
  const server = join(root, 'apps/server/dist/main.js');
  if (!existsSync(server)) return 'no server yet';
  if (isFresh(join(root, 'node_modules/.cache/amphi'), join(root, 'packages/store/migrations'))) return 'there';
  const { exitCode, stderr } = await runCommand(process.execPath, [server, 'prepare'], { cwd: root });
  // Nothing is lost but time: the first start makes what it needs.
  return exitCode === 0 ? 'made' : `left to the first start (${lastLines(stderr, 1)})`;
}

/**
 * Whether a template was made after the last change of what it is made by. The server looks more closely, which takes longer.
 * @param {string} cache
 * @param {string} migrations
 */
function isFresh(cache, migrations) {
  const timeOf = (/** @type {string} */ path) => statSync(path).mtimeMs;
  const templates = (existsSync(cache) ? readdirSync(cache) : []).filter((name) => name.startsWith('pglite-'));
  const changed = [migrations, ...readdirSync(migrations).map((name) => join(migrations, name))].map(timeOf);
  return templates.some((name) => timeOf(join(cache, name)) > Math.max(...changed));
}
