import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lastLines, NOT_FOUND, runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

/** Package lists older than this may name versions that the mirrors no longer have. */
const LISTS_FRESH_MS = 24 * 60 * 60 * 1000;
const LISTS_DIR = '/var/lib/apt/lists';

/** How apt-get may be called here. */
/** @typedef {'as root' | 'by sudo' | 'not at all'} InstallRight */

/**
 * @typedef {{ readonly kind: 'run', readonly commands: readonly (readonly string[])[] }
 *   | { readonly kind: 'ask', readonly command: string }} InstallPlan
 */

/**
 * The installed versions of Debian packages.
 * @param {readonly string[]} names
 * @returns {Promise<Map<string, string> | undefined>} only those installed; undefined on a system without dpkg
 */
export async function installedVersions(names) {
  const format = `${['db:Status-Status', 'Package', 'Version'].map((field) => `\${${field}}`).join('\\t')}\\n`;
  const { exitCode, stdout } = await runCommand('dpkg-query', ['-W', '-f', format, ...names]);
  // Status 1 says that some are unknown; the others are listed all the same.
  return exitCode === NOT_FOUND ? undefined : parseInstalled(stdout);
}

/**
 * @param {string} text lines of status, name and version, separated by tabs
 * @returns {Map<string, string>}
 */
export function parseInstalled(text) {
  const rows = text.split('\n').map((line) => line.split('\t'));
  return new Map(
    rows.flatMap(([status, name, version]) => (status === 'installed' && name && version ? [[name, version]] : [])),
  );
}

/**
 * Makes sure that Debian packages are installed: by itself where it may, else it says which command to run.
 * @param {readonly string[]} names
 * @param {string} purpose what they are for, to follow "needed"
 * @param {(text: string) => void} progress
 * @returns {Promise<Map<string, string>>} name to version of each
 * @throws {SetupError} when they are missing and cannot be installed from here
 */
export async function ensurePackages(names, purpose, progress) {
  const installed = await installedVersions(names);
  if (installed === undefined) {
    throw new SetupError(
      `this system has no dpkg, and these Debian packages are needed ${purpose}: ${names.join(', ')}.`,
      [
        'Use Debian 12 (bookworm), the system that Amphi is made on; a container of it is enough.',
        'See docs/setup.md, "Other systems", for what can be provided by hand.',
      ],
    );
  }
  const missing = names.filter((name) => !installed.has(name));
  if (missing.length === 0) return installed;

  const right = await installRight();
  const plan = planInstallation(missing, right, listsAreFresh(newestList(), Date.now()));
  if (plan.kind === 'ask') {
    throw new SetupError(`Debian packages are missing, needed ${purpose}: ${missing.join(', ')}.`, [
      `Run: ${plan.command}`,
      'Then run the same command again. As root, or with passwordless sudo, this is done for you.',
    ]);
  }
  progress(`installing ${missing.join(', ')}`);
  for (const [program = '', ...args] of plan.commands) {
    // Killed halfway, dpkg would have to be repaired by hand.
    const { exitCode, stdout, stderr } = await runCommand(program, args, { stopBy: 'SIGINT' });
    if (exitCode !== 0) throw installationFailed(`${stdout}\n${stderr}`, exitCode, missing);
  }

  const after = await installedVersions(names);
  const still = names.filter((name) => !after?.has(name));
  if (after === undefined || still.length > 0) {
    throw new SetupError(
      `apt-get ended well, yet these are not installed: ${still.join(', ')}.`,
      'Look at: dpkg --audit',
    );
  }
  return after;
}

/**
 * What to run, or what to ask for.
 * @param {readonly string[]} missing
 * @param {InstallRight} right
 * @param {boolean} fresh whether the package lists are there and recent
 * @returns {InstallPlan}
 */
export function planInstallation(missing, right, fresh) {
  if (right === 'not at all') {
    return {
      kind: 'ask',
      command: `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`,
    };
  }
  // sudo drops the environment, so the setting goes through env(1) in both cases.
  const prefix = [...(right === 'by sudo' ? ['sudo', '-n'] : []), 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=2'];
  const update = [...prefix, ...options, 'update'];
  const install = [...prefix, ...options, 'install', '-y', '--no-install-recommends', ...missing];
  return { kind: 'run', commands: fresh ? [install] : [update, install] };
}

/**
 * @param {number | undefined} newestMs when the newest package list was fetched
 * @param {number} nowMs
 * @returns {boolean}
 */
export function listsAreFresh(newestMs, nowMs) {
  return newestMs !== undefined && nowMs - newestMs < LISTS_FRESH_MS;
}

/**
 * Whether a program can be found without running anything.
 * @param {string} name
 * @param {string} [path] in the form of PATH
 * @returns {boolean}
 */
export function isOnPath(name, path = process.env.PATH ?? '') {
  return path.split(delimiter).some((dir) => dir !== '' && isExecutable(join(dir, name)));
}

/**
 * @param {string} path
 * @returns {boolean}
 */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} output
 * @param {number} exitCode
 * @param {readonly string[]} missing
 */
function installationFailed(output, exitCode, missing) {
  const complaints = output.split('\n').filter((line) => /^[EW]: /.test(line));
  const excerpt = complaints.length > 0 ? complaints.slice(-4).join('\n') : lastLines(output, 4);
  const remedy = /Could not resolve|Could not connect|Temporary failure|Unable to connect|timed out/i.test(output)
    ? ["Debian's package servers are out of reach: check the network, or the proxy in /etc/apt/apt.conf.d."]
    : [
        'Repair what apt-get complains about; `sudo apt-get update` and `sudo dpkg --configure -a` are good first tries.',
      ];
  return new SetupError(`apt-get could not install ${missing.join(', ')} (status ${exitCode}):\n${excerpt}`, [
    ...remedy,
    'Then run the same command again.',
  ]);
}

/** @returns {Promise<InstallRight>} */
async function installRight() {
  if (process.getuid?.() === 0) return 'as root';
  const { exitCode } = await runCommand('sudo', ['-n', 'true'], { timeoutMs: 10_000 });
  return exitCode === 0 ? 'by sudo' : 'not at all';
}

/** @returns {number | undefined} */
function newestList() {
  try {
    const times = readdirSync(LISTS_DIR)
      .filter((name) => /(_InRelease|_Release)$/.test(name))
      .map((name) => statSync(join(LISTS_DIR, name)));
    return times.length === 0 ? undefined : Math.max(...times.map((stat) => stat.ctimeMs));
  } catch {
    return undefined;
  }
}
