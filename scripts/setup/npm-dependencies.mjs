import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, readIfPresent, readStamp, writeStamp } from './files.mjs';
import { lastLines, NOT_FOUND, runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

/** Says for which lockfile node_modules was installed. `npm ci` removes it with everything else. */
const STAMP = 'node_modules/.amphi-dependencies.json';

const NETWORK_TROUBLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/;

/**
 * Makes node_modules agree with package-lock.json.
 * @param {string} root of the checkout
 * @param {(text: string) => void} progress
 * @returns {Promise<string>} what was done
 * @throws {SetupError}
 */
export async function ensureDependencies(root, progress) {
  const lockfile = readIfPresent(join(root, 'package-lock.json'));
  if (lockfile === undefined) {
    throw new SetupError('package-lock.json is missing.', 'Restore it: git checkout -- package-lock.json');
  }
  const stamp = { lockfile: hashOf([lockfile, process.platform, process.arch]) };
  if (readStamp(join(root, STAMP))?.lockfile === stamp.lockfile) return 'unchanged';

  const difference = firstDifference(root, lockfile);
  if (difference === undefined) {
    writeStamp(join(root, STAMP), stamp);
    return 'already installed';
  }
  progress(`npm ci, because ${difference}`);
  await install(root);
  const left = firstDifference(root, lockfile);
  if (left !== undefined) {
    throw new SetupError(`npm ci ended well, yet ${left}.`, 'Delete node_modules, then run the same command again.');
  }
  writeStamp(join(root, STAMP), stamp);
  return 'installed';
}

/**
 * Compares the lockfile with the list that npm keeps of what it installed, and that list with the folders.
 * @param {string} root
 * @param {string} lockfile its text
 * @returns {string | undefined} undefined when they agree
 */
export function firstDifference(root, lockfile) {
  const installedText = readIfPresent(join(root, 'node_modules/.package-lock.json'));
  if (installedText === undefined) return 'nothing is installed';
  const wanted = packagesOf(lockfile);
  const installed = packagesOf(installedText);
  for (const [path, entry] of Object.entries(wanted)) {
    // The root and the workspaces themselves: npm lists only the links to them.
    if (!path.includes('node_modules/')) continue;
    const present = installed[path];
    if (present === undefined) {
      // Builds for other systems.
      if (entry.optional === true || entry.devOptional === true) continue;
      return `${path} is not installed`;
    }
    if (present.version !== entry.version || present.integrity !== entry.integrity)
      return `${path} has another version`;
    if (!existsSync(join(root, path, 'package.json'))) return `${path} is damaged`;
  }
  return undefined;
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockEntry
 * @param {string} text
 * @returns {Record<string, LockEntry>}
 */
function packagesOf(text) {
  try {
    return JSON.parse(text).packages ?? {};
  } catch {
    return {};
  }
}

/** @param {string} root */
async function install(root) {
  // Retries end within seconds: whoever is offline shall hear it now.
  const retries = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  const { exitCode, stdout, stderr } = await runCommand(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...retries],
    { cwd: root },
  );
  if (exitCode !== 0) throw installationFailed(exitCode, `${stdout}\n${stderr}`);
}

/**
 * @param {number} exitCode
 * @param {string} output
 * @returns {SetupError}
 */
export function installationFailed(exitCode, output) {
  if (exitCode === NOT_FOUND) {
    return new SetupError('npm is not on the PATH.', [
      'It comes with Node from nodejs.org; Debian packages it apart: sudo apt-get install npm',
    ]);
  }
  const complaint = output.replace(/^npm (error|ERR!) A complete log .*$/gm, '').trim();
  const lines = complaint.split('\n').filter((line) => NETWORK_TROUBLE.test(line));
  const network = lines.find((line) => line.includes('reason:')) ?? lines[0];
  if (network !== undefined) {
    return new SetupError(`the npm registry is out of reach:\n${network}`, [
      'Check the network. `npm ping` shows whether the registry answers, `npm config get registry` which one is asked.',
      'Behind a proxy: npm config set proxy http://…, npm config set https-proxy http://…',
    ]);
  }
  const excerpt = lastLines(complaint, 6);
  if (/\bENOSPC\b/.test(output)) {
    return new SetupError('the disk is full.', 'Free about 1 GB, then run the same command again.');
  }
  if (/\b(EACCES|EPERM|EROFS)\b/.test(output)) {
    return new SetupError(`npm may not write here:\n${excerpt}`, [
      'The checkout must belong to you: sudo chown -R "$(id -un)" . (in the checkout), then run the same command again.',
    ]);
  }
  if (/can only install packages when your package\.json and package-lock\.json|EUSAGE/.test(output)) {
    return new SetupError(
      `package.json and package-lock.json do not agree:\n${excerpt}`,
      'Bring the lockfile up to date: npm install && npm run lockfile',
    );
  }
  return new SetupError(
    `npm ci ended with ${exitCode}:\n${excerpt}`,
    'Repair what npm complains about, then run the same command again.',
  );
}
