import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies } from './npm-dependencies.mjs';

/** What only tests run, and not with our versions of its dependencies: a tree of its own, beside node_modules. */
const FOLDER = 'e2e/genuine-prebuilt';

/**
 * Makes sure that the packages are there that only the tests run.
 * @param {string} root of the checkout
 * @param {(text: string) => void} progress
 * @returns {Promise<string>} what was done
 * @throws {import('./setup-error.mjs').SetupError}
 */
export async function ensureTestPackages(root, progress) {
  const folder = join(root, FOLDER);
  return existsSync(folder) ? ensureDependencies(folder, progress) : 'none in this checkout';
}
