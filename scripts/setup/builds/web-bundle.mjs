import { join } from 'node:path';
import { lastLines, runCommand } from '../run-command.mjs';

/**
 * Builds a web app by its own vite.config.ts, in a process of its own: vite changes global state.
 * @param {object} options
 * @param {string} options.root of the checkout
 * @param {string} options.appDir
 * @param {string} options.outDir
 * @returns {Promise<void>}
 */
export async function bundleForWeb({ root, appDir, outDir }) {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'];
  const { exitCode, stdout, stderr } = await runCommand(process.execPath, args, {
    cwd: appDir,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (exitCode !== 0) throw new Error(`vite ended with ${exitCode}:\n${lastLines(`${stdout}\n${stderr}`, 20)}`);
}
