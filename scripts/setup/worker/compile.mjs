import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, endianness } from 'node:os';
import { join } from 'node:path';
import { lastLines, NOT_FOUND, runCommand } from '../run-command.mjs';
import { SetupError } from '../setup-error.mjs';
import { batchSockets } from './send-batch.mjs';
import { readWorkerSources } from './source-lists.mjs';
import { joinIntoUnits, unitText } from './unity-units.mjs';

/** Debian packages that the compilation needs; dpkg-dev unpacks libsrtp's source package. */
export const BUILD_PACKAGES = [
  'g++',
  'make',
  'pkg-config',
  'flatbuffers-compiler',
  'libflatbuffers-dev',
  'libabsl-dev',
  'libuv1-dev',
  'libssl-dev',
  'libsrtp2-dev',
  'dpkg-dev',
  'patch',
];

export const COMPILER_FLAGS = [
  '-std=c++20',
  '-O2',
  '-w',
  '-DNDEBUG',
  endianness() === 'LE' ? '-DMS_LITTLE_ENDIAN' : '-DMS_BIG_ENDIAN',
  '-DMS_EXECUTABLE',
  // Stated here because joined units would otherwise #undef it under one another.
  '-DMS_LOG_DEV_LEVEL=0',
  '-DFLATBUFFERS_LOCALE_INDEPENDENT=1',
];

const ABSEIL_MODULES = [
  'absl_flat_hash_map',
  'absl_flat_hash_set',
  'absl_inlined_vector',
  'absl_btree',
  'absl_strings',
  'absl_optional',
];

/** Linker arguments in place of Debian's libsrtp when no other is given. */
const DEBIAN_SRTP = '-lsrtp2';

/**
 * @typedef {object} Compilation
 * @property {string} workerDir `worker/` of the mediasoup package; only read
 * @property {string} shimDir the headers that stand before the system's
 * @property {string} buildDir an empty directory for everything that is made
 * @property {string | undefined} srtpArchive a static libsrtp to link in place of Debian's
 * @property {(text: string) => void} progress
 */

/** @typedef {{ readonly source: string, readonly object: string, readonly parts: readonly string[] }} Job */

/**
 * Compiles the worker against the system's libraries.
 * @param {Compilation} compilation
 * @returns {Promise<string>} path of the program, inside `buildDir`
 * @throws {SetupError} when a source does not compile or the program does not link
 */
export async function compileWorker({ workerDir, shimDir, buildDir, srtpArchive, progress }) {
  const sources = readWorkerSources(workerDir);
  const generatedDir = join(buildDir, 'generated');
  await generateChannelHeaders(sources.schemas, join(generatedDir, 'FBS'));

  const batched = await batchSockets(workerDir, join(buildDir, 'batched'));
  const own = sources.own.map((path) => batched.replaced.get(path) ?? path);
  const includeDirs = [
    shimDir,
    ...batched.includeDirs,
    join(workerDir, 'include'),
    // Its FBS folder itself must stay off the path: it has a liburing.h, a log.h and a common.h.
    generatedDir,
    join(workerDir, 'deps/libwebrtc'),
    join(workerDir, 'deps/libwebrtc/libwebrtc'),
  ];
  const flags = [...COMPILER_FLAGS, ...includeDirs.map((dir) => `-I${dir}`)];
  const objects = await compileAll(
    [...planJobs('own', own, buildDir), ...planJobs('webrtc', sources.libwebrtc, buildDir)],
    flags,
    progress,
  );

  progress('linking');
  const program = join(buildDir, 'mediasoup-worker');
  const abseil = await required('pkg-config', ['--libs', ...ABSEIL_MODULES], 'abseil is not usable');
  await required(
    'g++',
    [
      ...['-O2', '-s', '-o', program, ...objects],
      ...[srtpArchive ?? DEBIAN_SRTP, '-luv', '-lssl', '-lcrypto'],
      ...['-Wl,--as-needed', ...abseil.trim().split(/\s+/), '-lpthread'],
    ],
    'the mediasoup worker does not link',
  );
  return program;
}

/**
 * The C++ of the messages between Node and the worker.
 * @param {readonly string[]} schemas
 * @param {string} outputDir
 */
async function generateChannelHeaders(schemas, outputDir) {
  mkdirSync(outputDir, { recursive: true });
  const style = [
    '--cpp',
    '--cpp-field-case-style',
    'lower',
    '--reflect-names',
    '--scoped-enums',
    '--filename-suffix',
    '',
  ];
  await required('flatc', [...style, '-o', outputDir, ...schemas], "flatc refuses mediasoup's message schemas");
}

/**
 * @param {string} label
 * @param {readonly string[]} paths
 * @param {string} buildDir
 * @returns {Job[]}
 */
function planJobs(label, paths, buildDir) {
  const units = joinIntoUnits(paths.map((path) => ({ path, text: readFileSync(path, 'utf8') })));
  return units.map((unit, index) => {
    const source = join(buildDir, `${label}-${index}.cpp`);
    writeFileSync(source, unitText(unit));
    return { source, object: `${source}.o`, parts: unit.files.map((file) => file.path) };
  });
}

/**
 * @param {readonly Job[]} jobs
 * @param {readonly string[]} flags
 * @param {(text: string) => void} progress
 * @returns {Promise<string[]>} the objects to link
 */
async function compileAll(jobs, flags, progress) {
  /** @type {Job[]} */
  const queue = [...jobs];
  /** @type {string[]} */
  const objects = [];
  let total = jobs.length;

  /** @param {Job} job */
  const compile = async (job) => {
    const { exitCode, stderr } = await runCommand('g++', [...flags, '-c', job.source, '-o', job.object]);
    if (exitCode === 0) {
      objects.push(job.object);
      progress(`compiled ${objects.length} of ${total} units`);
      return;
    }
    if (exitCode === NOT_FOUND) throw notOnPath('g++');
    if (job.parts.length === 1) throw cannotCompile(job, stderr);
    const singles = job.parts.map((source, index) => ({ source, object: `${job.object}.${index}.o`, parts: [source] }));
    total += singles.length - 1;
    queue.push(...singles);
  };

  /** @type {Set<Promise<void>>} */
  const running = new Set();
  while (queue.length > 0 || running.size > 0) {
    const job = running.size < availableParallelism() ? queue.shift() : undefined;
    if (job === undefined) {
      await Promise.race(running);
      continue;
    }
    const task = compile(job).finally(() => running.delete(task));
    running.add(task);
  }
  return objects;
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} complaint
 * @returns {Promise<string>} what it printed
 */
async function required(program, args, complaint) {
  const { exitCode, stdout, stderr } = await runCommand(program, args);
  if (exitCode === 0) return stdout;
  if (exitCode === NOT_FOUND) throw notOnPath(program);
  throw new SetupError(`${complaint} (${program} ended with ${exitCode}):\n${lastLines(stderr, 12)}`, buildRemedy());
}

/**
 * @param {Job} job
 * @param {string} stderr
 */
function cannotCompile(job, stderr) {
  const errors = stderr.split('\n').filter((line) => line.includes('error:'));
  const excerpt = errors.length > 0 ? errors.slice(0, 5).join('\n') : lastLines(stderr, 8);
  return new SetupError(`${job.source} of the mediasoup worker does not compile:\n${excerpt}`, buildRemedy());
}

/** @param {string} program */
function notOnPath(program) {
  return new SetupError(`${program} is not on the PATH, although its Debian package is installed.`, [
    `Look at what \`command -v ${program}\` and \`echo "$PATH"\` say; /usr/bin belongs on the PATH.`,
    `If the program was deleted: sudo apt-get install --reinstall ${program === 'flatc' ? 'flatbuffers-compiler' : program}`,
  ]);
}

function buildRemedy() {
  return [
    'The recipe is proven on Debian 12; on another system its libraries may be too old or too new.',
    'A worker built elsewhere can be used: set MEDIASOUP_WORKER_BIN to its path.',
  ];
}
