import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isOnPath } from '../debian-packages.mjs';
import { onProcessEnd } from '../exit-guard.mjs';
import { runCommand } from '../run-command.mjs';
import { SetupError } from '../setup-error.mjs';

/** A Debian system in a folder, and what runs in it: chroot, in namespaces that take their mounts with them. */

const RELEASE = 'bookworm';
/** What such a system stands in for. */
export const NODE_IMAGE = new RegExp(`^docker\\.io/library/node:\\d+-${RELEASE}-slim$`);
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** How this machine reaches the network, and whom it trusts there. */
const NETWORK = ['http_proxy', 'https_proxy', 'no_proxy', 'NODE_EXTRA_CA_CERTS'];

/**
 * In the mount namespace: what a container finds there, then the command in place of this shell.
 * `$0` is the root, `$1` the user, `$2` the working directory.
 */
const ENTER = `set -e
root=$0 user=$1 cwd=$2; shift 2
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
[ -e "$root/etc/resolv.conf" ] || : > "$root/etc/resolv.conf"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mount -t tmpfs tmpfs "$root/run"
if [ -n "$NODE_EXTRA_CA_CERTS" ]; then
  cp "$NODE_EXTRA_CA_CERTS" "$root/run/authorities.pem"
  export NODE_EXTRA_CA_CERTS=/run/authorities.pem
fi
exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$cwd" "$@"`;

/**
 * @typedef {object} Place where a command runs
 * @property {string} root
 * @property {string} cwd
 * @property {string} user
 * @property {Readonly<Record<string, string>>} env
 */

/** @throws {SetupError} */
export function requireTools() {
  if (process.getuid?.() !== 0) throw new SetupError('chroot and mounts need root.', 'Run it as root, or by sudo.');
  for (const program of ['debootstrap', 'unshare', 'chroot']) {
    if (!isOnPath(program)) {
      throw new SetupError(`${program} is missing.`, 'Run: apt-get install -y debootstrap util-linux coreutils');
    }
  }
}

/**
 * Debian with Node, npm and the user `node`, as the image of Node has them; Node and npm are those of this machine.
 * @param {string} folder taken as it is when it holds such a system already
 * @param {string | undefined} mirror
 */
export async function makeBase(folder, mirror) {
  const node = join(folder, 'usr/local/bin/node');
  if (existsSync(node)) return;
  await run('debootstrap', ['--variant=minbase', RELEASE, folder, ...(mirror === undefined ? [] : [mirror])]);
  const { stdout } = await runCommand('npm', ['root', '--global']);
  const npm = 'usr/local/lib/node_modules/npm';
  mkdirSync(join(folder, npm), { recursive: true });
  cpSync(join(stdout.trim(), 'npm'), join(folder, npm), { recursive: true });
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(folder, 'usr/local/bin', name));
  }
  await run('chroot', [folder, 'useradd', '--uid', '1000', '--create-home', 'node']);
  // Last: it says that the rest is there.
  cpSync(process.execPath, node, { dereference: true });
}

/**
 * How programs of the set-up find the network in there.
 * @returns {Promise<Record<string, string>>}
 */
export async function networkOfThisMachine() {
  const { stdout } = await runCommand('npm', ['config', 'get', 'registry']);
  const given = NETWORK.flatMap((name) => [name, name.toUpperCase()]).map((name) => [name, process.env[name] ?? '']);
  return { ...Object.fromEntries(given.filter(([, value]) => value !== '')), npm_config_registry: stdout.trim() };
}

/**
 * Runs a command to its end; what it leaves running ends with it.
 * @param {Place} place
 * @param {readonly string[]} command
 */
export async function runInside(place, command) {
  await run('unshare', ['--pid', '--fork', '--kill-child', ...entering(place, command)], environmentOf(place));
}

/**
 * @param {Place} place
 * @param {readonly string[]} command
 * @returns {import('node:child_process').ChildProcess} the command itself: signals reach it
 */
export function spawnInside(place, command) {
  const child = spawn('unshare', entering(place, command), { env: environmentOf(place), stdio: 'inherit' });
  const takeBack = onProcessEnd(() => child.kill('SIGKILL'));
  child.once('exit', takeBack);
  return child;
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function run(program, args, env = process.env) {
  const child = spawn(program, [...args], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const takeBack = onProcessEnd(() => child.kill('SIGKILL'));
  /** @type {string} */
  const end = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(String(code ?? signal)));
  });
  takeBack();
  if (end !== '0') throw new SetupError(`${program} ended with ${end}.`, 'See its output above.');
}

/**
 * @param {Place} place
 * @param {readonly string[]} command
 */
function entering({ root, user, cwd }, command) {
  return ['--mount', 'sh', '-c', ENTER, root, user, cwd, ...command];
}

/** @param {Place} place */
function environmentOf({ user, env }) {
  return { PATH, HOME: user === 'root' ? '/root' : `/home/${user}`, ...env };
}
