import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages, installedVersions } from '../debian-packages.mjs';
import { onProcessEnd } from '../exit-guard.mjs';
import { installExecutable, readStamp, writeStamp } from '../files.mjs';
import { takeLock } from '../lock-file.mjs';
import { SetupError } from '../setup-error.mjs';
import { currentCacheKey } from './cache-key.mjs';
import { BUILD_PACKAGES, compileWorker } from './compile.mjs';
import { buildOpensslSrtp } from './openssl-srtp.mjs';
import { downloadPrebuilt, prebuiltUrl } from './prebuilt.mjs';
import { mediaProblem, starts } from './verify.mjs';

const SHIM_DIR = fileURLToPath(new URL('shim', import.meta.url));
const PROGRAM = 'mediasoup-worker';

/**
 * @typedef {object} WorkerPlace
 * @property {string} root of the checkout
 * @property {string} cacheDir outlives the checkout; holds compiled and downloaded workers
 * @property {NodeJS.ProcessEnv} env
 * @property {(text: string) => void} progress
 */

/**
 * Puts a working mediasoup worker where mediasoup looks for it. The first of these that works: the one given by
 * MEDIASOUP_WORKER_BIN, the one in place, one kept from before, the authors' prebuilt, one compiled here.
 * @param {WorkerPlace} place
 * @returns {Promise<string>} what was done
 * @throws {SetupError}
 */
export async function ensureWorker({ root, cacheDir, env, progress }) {
  const given = env.MEDIASOUP_WORKER_BIN;
  if (given) return await acceptGiven(given, root);

  const packageDir = join(root, 'node_modules/mediasoup');
  /** @type {import('./prebuilt.mjs').MediasoupPackage} */
  const mediasoup = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  const workerDir = join(packageDir, 'worker');
  const inPlace = join(workerDir, 'out/Release', PROGRAM);
  const keptDir = join(cacheDir, PROGRAM);
  const prebuiltKey = `${mediasoup.version}-${process.platform}-${process.arch}-prebuilt`;

  // Undefined while packages of the build are missing: a compiled worker cannot be told from a stale one then.
  const compiledKey = await keyFromInstalled(mediasoup.version);
  const acceptable = [compiledKey, prebuiltKey].filter((key) => key !== undefined);
  if (await isUnchanged(inPlace, mediasoup.version, compiledKey === undefined ? undefined : acceptable)) {
    return 'unchanged';
  }

  const release = await takeLock(join(keptDir, 'lock'), (holder) =>
    progress(`waiting for ${holder}, which makes the worker`),
  );
  try {
    for (const key of acceptable) {
      const kept = join(keptDir, key, PROGRAM);
      if ((await starts(kept)) && (await mediaProblem(kept)) === undefined) {
        putInPlace(kept, inPlace, mediasoup.version, key);
        return 'taken from the cache';
      }
    }
    const workDir = mkdtempSync(join(tmpdir(), 'amphi-worker-'));
    const removeWorkDir = () => rmSync(workDir, { recursive: true, force: true });
    const takeBack = onProcessEnd(removeWorkDir);
    try {
      const made =
        (await fetchPrebuilt(mediasoup, env, workDir, progress)) ??
        (await compile(mediasoup.version, workerDir, workDir, progress));
      const key = made.compiledWith === undefined ? prebuiltKey : currentCacheKey(mediasoup.version, made.compiledWith);
      installExecutable(made.program, join(keptDir, key, PROGRAM));
      putInPlace(made.program, inPlace, mediasoup.version, key);
      return made.outcome;
    } finally {
      takeBack();
      removeWorkDir();
    }
  } finally {
    release();
  }
}

/**
 * @typedef {object} MadeWorker
 * @property {string} program
 * @property {string} outcome
 * @property {ReadonlyMap<string, string> | undefined} compiledWith undefined for the prebuilt
 */

/**
 * @param {import('./prebuilt.mjs').MediasoupPackage} mediasoup
 * @param {NodeJS.ProcessEnv} env
 * @param {string} workDir
 * @param {(text: string) => void} progress
 * @returns {Promise<MadeWorker | undefined>}
 */
async function fetchPrebuilt(mediasoup, env, workDir, progress) {
  if (env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD) return undefined;
  progress('looking for a prebuilt worker');
  try {
    const program = await downloadPrebuilt(prebuiltUrl(mediasoup, env), workDir);
    if (!(await starts(program))) throw new Error('it does not start on this machine');
    const problem = await mediaProblem(program);
    if (problem !== undefined) throw new Error(problem);
    return { program, outcome: 'downloaded', compiledWith: undefined };
  } catch (error) {
    progress(
      `no prebuilt worker (${error instanceof Error ? error.message : error}), so it is compiled here: a few minutes`,
    );
    return undefined;
  }
}

/**
 * @param {string} version
 * @param {string} workerDir
 * @param {string} workDir
 * @param {(text: string) => void} progress
 * @returns {Promise<MadeWorker>}
 */
async function compile(version, workerDir, workDir, progress) {
  const packages = await ensurePackages(BUILD_PACKAGES, 'to compile the mediasoup worker', progress);
  const srtpDir = join(workDir, 'srtp');
  const buildDir = join(workDir, 'build');
  for (const dir of [srtpDir, buildDir]) mkdirSync(dir);
  const srtpArchive = await buildOpensslSrtp(srtpDir, packages.get('libsrtp2-dev') ?? '', progress);
  const program = await compileWorker({ workerDir, shimDir: SHIM_DIR, buildDir, srtpArchive, progress });
  progress('testing DTLS and SRTP');
  const problem = (await starts(program)) ? await mediaProblem(program) : 'it does not start';
  if (problem !== undefined) {
    throw new SetupError(`the mediasoup worker ${version} compiled here does not work: ${problem}`, [
      'The recipe is proven on Debian 12 (bookworm) on x64.',
      'A worker built elsewhere can be used: set MEDIASOUP_WORKER_BIN to its path.',
    ]);
  }
  return {
    program,
    outcome: `compiled, libsrtp ${srtpArchive ? 'with OpenSSL' : 'of Debian'}`,
    compiledWith: packages,
  };
}

/**
 * @param {string} version
 * @returns {Promise<string | undefined>}
 */
async function keyFromInstalled(version) {
  const packages = await installedVersions(BUILD_PACKAGES);
  const complete = packages !== undefined && BUILD_PACKAGES.every((name) => packages.has(name));
  return complete ? currentCacheKey(version, packages) : undefined;
}

/**
 * Whether the worker in place is one that was tested here, from the same inputs, and still starts.
 * @param {string} program
 * @param {string} version
 * @param {readonly string[] | undefined} acceptable keys; undefined accepts any of this version
 */
async function isUnchanged(program, version, acceptable) {
  const stamp = readStamp(stampOf(program));
  if (stamp === undefined || stamp.version !== version || stamp.file !== fingerprint(program)) return false;
  if (acceptable !== undefined && !acceptable.includes(String(stamp.key))) return false;
  return await starts(program);
}

/**
 * The stamp comes last: a run that is stopped in between finds a worker without one and starts over.
 * @param {string} from
 * @param {string} inPlace
 * @param {string} version
 * @param {string} key
 */
function putInPlace(from, inPlace, version, key) {
  rmSync(stampOf(inPlace), { force: true });
  installExecutable(from, inPlace);
  writeStamp(stampOf(inPlace), { version, key, file: fingerprint(inPlace) });
}

/**
 * @param {string} given
 * @param {string} root
 */
async function acceptGiven(given, root) {
  const stampPath = join(root, 'node_modules/.amphi-given-worker.json');
  const remedy = ['Correct MEDIASOUP_WORKER_BIN, or unset it and let the set-up find or make a worker.'];
  if (!(await starts(given))) {
    throw new SetupError(`MEDIASOUP_WORKER_BIN is "${given}", which is no mediasoup worker that starts here.`, remedy);
  }
  const stamp = { path: given, file: fingerprint(given) };
  const tested = readStamp(stampPath);
  if (tested?.path !== stamp.path || tested.file !== stamp.file) {
    const problem = await mediaProblem(given);
    if (problem !== undefined)
      throw new SetupError(`the worker of MEDIASOUP_WORKER_BIN does not work: ${problem}`, remedy);
    writeStamp(stampPath, stamp);
  }
  return `given by MEDIASOUP_WORKER_BIN: ${given}`;
}

/** @param {string} program */
function stampOf(program) {
  return `${program}.stamp.json`;
}

/**
 * Cheap, and enough to see that a file is not the one that was tested.
 * @param {string} path
 * @returns {string | undefined} undefined when it is not there
 */
function fingerprint(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.size} bytes of ${stat.mtimeMs}`;
}
