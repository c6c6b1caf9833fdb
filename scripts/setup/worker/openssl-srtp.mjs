import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfPresent } from '../files.mjs';
import { lastLines, runCommand } from '../run-command.mjs';

/** Fetching and configuring are each cut off here: the result is a gain in speed, not a need. */
const STEP_TIMEOUT_MS = 120_000;

/**
 * Debian's libsrtp encrypts with NSS; built with OpenSSL the same version is two to five times as fast per packet. Its
 * source package comes from the machine's own package source and carries Debian's patches. Needs a few CPU seconds.
 * @param {string} workDir an empty directory
 * @param {string} version of the installed libsrtp2-dev, whose headers the worker is compiled with
 * @param {(text: string) => void} progress
 * @returns {Promise<string | undefined>} the static library inside `workDir`; undefined when it cannot be had
 */
export async function buildOpensslSrtp(workDir, version, progress) {
  progress('libsrtp with OpenSSL');
  try {
    return await build(workDir, version);
  } catch (error) {
    progress(`libsrtp with OpenSSL is not to be had, taking Debian's (slower): ${firstLine(error)}`);
    return undefined;
  }
}

/**
 * @param {string} workDir
 * @param {string} version
 */
async function build(workDir, version) {
  const partsDir = join(workDir, 'sources.d');
  const listsDir = join(workDir, 'lists');
  const sourceDir = join(workDir, 'source');
  for (const dir of [partsDir, join(listsDir, 'partial'), sourceDir]) mkdirSync(dir, { recursive: true });

  const codename = /^VERSION_CODENAME=(\w+)/m.exec(readIfPresent('/etc/os-release') ?? '')?.[1];
  if (codename === undefined) throw new Error('the release has no code name');
  let written = 0;
  for (const { name, text } of readSourceLists()) {
    const sources = name.endsWith('.sources') ? sourceStanzas(text, codename) : sourceLines(text, codename);
    if (sources === '') continue;
    writeFileSync(join(partsDir, `${written}${name.endsWith('.sources') ? '.sources' : '.list'}`), sources);
    written += 1;
  }
  if (written === 0) throw new Error(`no package source for ${codename}`);

  // A configuration of its own: the machine's lists and settings stay as they are.
  const settings = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': partsDir,
    'Dir::State::lists': listsDir,
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
    // The unprivileged download user may not enter our directory.
    'APT::Sandbox::User': 'root',
  };
  const apt = ['-qq', ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])];
  await step(sourceDir, 'apt-get', [...apt, 'update']);
  await step(sourceDir, 'apt-get', [...apt, 'source', `libsrtp2=${version}`]);
  const unpacked = readdirSync(sourceDir)
    .map((name) => join(sourceDir, name))
    .find((path) => statSync(path).isDirectory());
  if (unpacked === undefined) throw new Error('the source package did not unpack');
  await step(unpacked, './configure', ['--enable-openssl', 'CFLAGS=-O2 -fPIC -w']);
  await step(unpacked, 'make', ['libsrtp2.a']);
  return join(unpacked, 'libsrtp2.a');
}

/**
 * @param {string} cwd
 * @param {string} program
 * @param {readonly string[]} args
 */
async function step(cwd, program, args) {
  const { exitCode, stderr } = await runCommand(program, args, { cwd, timeoutMs: STEP_TIMEOUT_MS });
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}: ${lastLines(stderr, 1)}`);
}

function readSourceLists() {
  const dir = '/etc/apt/sources.list.d';
  /** @type {string[]} */
  let names = [];
  try {
    names = readdirSync(dir).filter((name) => name.endsWith('.list') || name.endsWith('.sources'));
  } catch {
    // Debian before 12 and hand-made systems: everything is in sources.list.
  }
  return [...names.map((name) => join(dir, name)), '/etc/apt/sources.list'].flatMap((path) => {
    const text = readIfPresent(path);
    return text === undefined ? [] : [{ name: path, text }];
  });
}

/**
 * The entries of a deb822 file that serve this release, turned into entries for its source packages.
 * @param {string} text
 * @param {string} codename
 * @returns {string} empty when there are none
 */
export function sourceStanzas(text, codename) {
  return text
    .split(/\n[ \t]*\n/)
    .map((stanza) => stanza.replace(/^[ \t]*#.*\n?/gm, '').trim())
    .filter((stanza) => /^Types:.*\bdeb\b/m.test(stanza) && !/^Enabled:[ \t]*no\b/im.test(stanza))
    .filter((stanza) => {
      const suites = /^Suites:[ \t]*(.*)$/m.exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
      return suites.length > 0 && suites.every((suite) => servesRelease(suite, codename));
    })
    .map((stanza) => stanza.replace(/^Types:.*$/m, 'Types: deb-src').replace(/^Architectures:.*\n?/m, ''))
    .map((stanza) => `${stanza.trimEnd()}\n`)
    .join('\n');
}

/**
 * The same for the one-line format.
 * @param {string} text
 * @param {string} codename
 * @returns {string} empty when there are none
 */
export function sourceLines(text, codename) {
  return text
    .split('\n')
    .map((line) => /^deb[ \t]+((?:\[[^\]]*\][ \t]+)?\S+[ \t]+)(\S+)([ \t].*)$/.exec(line.trim()))
    .filter((match) => match !== null && servesRelease(String(match[2]), codename))
    .map((match) => `deb-src ${match?.[1]}${match?.[2]}${match?.[3]}\n`)
    .join('');
}

/**
 * Debian's own suites are the code name and its -updates and -security; other vendors' names contain or ignore it.
 * @param {string} suite
 * @param {string} codename
 */
function servesRelease(suite, codename) {
  return [codename, `${codename}-updates`, `${codename}-security`].includes(suite);
}

/** @param {unknown} error */
function firstLine(error) {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
