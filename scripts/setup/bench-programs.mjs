import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages } from './debian-packages.mjs';
import { lastLines, runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Programs of our own in C, made when a benchmark runs: what plays hundreds of peers must cost far less than what is
 * measured.
 * @type {Readonly<Record<string, { readonly sources: readonly string[], readonly libraries: readonly string[] }>>}
 */
const PROGRAMS = {
  peers: {
    sources: ['peers.c', 'peer.c', 'stream.c', 'rtp.c', 'rtcp.c', 'secure.c', 'stun.c', 'tally.c'],
    libraries: ['-lsrtp2', '-lssl', '-lcrypto'],
  },
  sendto: { sources: ['sendto.c'], libraries: [] },
};
const COMPILER_PACKAGES = ['gcc', 'libc6-dev', 'libssl-dev', 'libsrtp2-dev'];
/** `taskset` keeps what is measured on a core of its own. */
const CORES_PACKAGE = 'util-linux';

/**
 * What a benchmark needs beyond the programs of the tests.
 * @type {Readonly<Record<string, { readonly programs: readonly string[], readonly packages: readonly string[] }>>}
 */
const NEEDS = {
  chat: { programs: [], packages: ['redis-server'] },
  sfu: { programs: ['peers', 'sendto'], packages: ['janus'] },
  join: { programs: ['peers'], packages: [] },
  origin: { programs: [], packages: ['nginx-light', 'wrk'] },
};

const FLAGS = ['-std=gnu17', '-O2', '-Wall', '-Wextra'];

/**
 * Makes sure that they are there.
 * @param {string} benchmark
 * @param {object} options
 * @param {string} options.root of the checkout
 * @param {string} options.cacheDir
 * @param {(text: string) => void} options.progress
 * @returns {Promise<NodeJS.ProcessEnv>} what the benchmark is told by its environment
 * @throws {SetupError}
 */
export async function ensureBenchPrograms(benchmark, { root, cacheDir, progress }) {
  const needs = NEEDS[benchmark];
  if (needs === undefined) return {};
  const compiler = needs.programs.length > 0 ? COMPILER_PACKAGES : [];
  await ensurePackages([CORES_PACKAGE, ...compiler, ...needs.packages], `for the benchmark ${benchmark}`, progress);
  if (needs.programs.length === 0) return {};
  const sourceDir = join(root, 'bench/native');
  const folder = join(cacheDir, 'bench', digestOf(sourceDir));
  mkdirSync(folder, { recursive: true });
  for (const name of needs.programs) {
    if (!existsSync(join(folder, name))) await compile(name, sourceDir, folder, progress);
  }
  return { BENCH_PROGRAMS: folder };
}

/** @param {string} sourceDir */
function digestOf(sourceDir) {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  const sources = readdirSync(sourceDir).filter((name) => /\.[ch]$/.test(name));
  for (const name of sources.sort()) hash.update(name).update(readFileSync(join(sourceDir, name)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {string} name
 * @param {string} sourceDir
 * @param {string} folder
 * @param {(text: string) => void} progress
 */
async function compile(name, sourceDir, folder, progress) {
  const { sources, libraries } = PROGRAMS[name] ?? { sources: [], libraries: [] };
  progress(`compiling ${name}`);
  const scratch = mkdtempSync(join(folder, 'making-'));
  try {
    const output = join(scratch, name);
    const paths = sources.map((source) => join(sourceDir, source));
    const { exitCode, stderr } = await runCommand('gcc', [...FLAGS, '-o', output, ...paths, ...libraries]);
    if (exitCode !== 0) {
      throw new SetupError(`bench/native does not compile (${name}):\n${lastLines(stderr, 10)}`, [
        'It is written for gcc and the libraries of Debian 12.',
      ]);
    }
    renameSync(output, join(folder, name));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
