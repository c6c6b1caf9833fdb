import { ensureBuilds } from './builds/ensure-builds.mjs';
import { lockCheckout } from './checkout-lock.mjs';
import { ensureDataDirectory } from './data-directory.mjs';
import { ensureDatabaseTemplate } from './database-template.mjs';
import { ensureDependencies } from './npm-dependencies.mjs';
import { cacheDirectory, ROOT } from './paths.mjs';
import { formatSeconds, Reporter } from './reporter.mjs';
import { SetupError } from './setup-error.mjs';
import { ensureTestPackages } from './test-packages.mjs';
import { ensureTestPrograms } from './test-programs.mjs';
import { ensureWorker } from './worker/ensure-worker.mjs';

/**
 * Brings a checkout to where its programs can run. Every step looks first whether there is anything to do; all of them
 * together take well under two seconds when there is not. Safe to be interrupted anywhere and to be run twice at once.
 * @param {object} [options]
 * @param {boolean} [options.forTests] also the programs that only the tests need
 * @param {boolean} [options.testPackages] also the packages that only the tests run, hundreds of megabytes
 * @param {string} [options.root] of the checkout
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {Reporter} [options.reporter]
 * @returns {Promise<void>}
 * @throws {SetupError}
 */
export async function setUp({
  forTests = false,
  testPackages = false,
  root = ROOT,
  env = process.env,
  reporter = new Reporter(),
} = {}) {
  if (process.platform !== 'linux') {
    throw new SetupError(`this is ${process.platform}; Amphi runs on Linux and is proven on Debian 12 (bookworm).`, [
      'Use a Debian 12 machine, virtual machine or container.',
    ]);
  }
  const started = performance.now();
  const cacheDir = cacheDirectory(env);
  const release = await lockCheckout(root);
  try {
    await reporter.step('npm dependencies', (progress) => ensureDependencies(root, progress));
    await reporter.step('mediasoup worker', (progress) => ensureWorker({ root, cacheDir, env, progress }));
    if (forTests) await reporter.step('test programs', (progress) => ensureTestPrograms(env, progress));
    if (testPackages) await reporter.step('test packages', (progress) => ensureTestPackages(root, progress));
    await reporter.step('builds', (progress) => ensureBuilds(root, progress));
    await reporter.step('database template', () => ensureDatabaseTemplate(root));
    await reporter.step('data directory', () => ensureDataDirectory(root, env));
  } finally {
    release();
  }
  console.log(`[set-up] done in ${formatSeconds(performance.now() - started)}`);
}
