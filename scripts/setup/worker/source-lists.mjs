import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readIfPresent } from '../files.mjs';
import { SetupError } from '../setup-error.mjs';

/**
 * @typedef {object} WorkerSources
 * @property {readonly string[]} own the worker's C++ files, absolute
 * @property {readonly string[]} libwebrtc the congestion control it carries along, absolute
 * @property {readonly string[]} schemas flatbuffers schemas of the channel to Node, absolute
 */

/**
 * Reads the package's own build description, so that a new version of mediasoup brings its own lists.
 * @param {string} workerDir `worker/` of the mediasoup package
 * @returns {WorkerSources}
 * @throws {SetupError} when a list is missing or names a file that is not there
 */
export function readWorkerSources(workerDir) {
  const read = (/** @type {string} */ path) => {
    const text = readIfPresent(join(workerDir, path));
    if (text === undefined) throw unexpectedPackage(`worker/${path} is missing`);
    return text;
  };
  const webrtcDir = 'deps/libwebrtc';
  const own = mesonList(read('meson.build'), 'common_sources');
  const sources = {
    // meson names the program's main file apart from the list it shares with the library.
    own: [...own, 'src/main.cpp'].map((path) => join(workerDir, path)),
    libwebrtc: mesonList(read(`${webrtcDir}/meson.build`), 'libwebrtc_sources').map((path) =>
      join(workerDir, webrtcDir, path),
    ),
    schemas: mesonList(read('fbs/meson.build'), 'flatbuffers_schemas').map((path) => join(workerDir, 'fbs', path)),
  };
  for (const path of [...sources.own, ...sources.libwebrtc, ...sources.schemas]) {
    if (!existsSync(path)) throw unexpectedPackage(`${path} is listed but missing`);
  }
  return sources;
}

/**
 * The strings of `name = [ 'a', 'b' ]` in a meson file, and of every `name += [ … ]`: what upstream adds under a
 * condition belongs to its default build. Comments inside are skipped.
 * @param {string} text
 * @param {string} name
 * @returns {string[]} never empty
 * @throws {SetupError} when there is no such list, or only empty ones
 */
export function mesonList(text, name) {
  const entries = [];
  for (const start of text.matchAll(new RegExp(`^\\s*${name}\\s*\\+?=\\s*\\[`, 'gm'))) {
    const from = start.index + start[0].length;
    const end = text.indexOf(']', from);
    if (end < 0) throw unexpectedPackage(`its list "${name}" does not end`);
    const body = text.slice(from, end).replace(/#.*$/gm, '');
    entries.push(...[...body.matchAll(/'([^']*)'/g)].map((match) => String(match[1])));
  }
  if (entries.length === 0) throw unexpectedPackage(`its build description has no list "${name}", or an empty one`);
  return entries;
}

/** @param {string} what */
function unexpectedPackage(what) {
  return new SetupError(
    `the source of mediasoup in node_modules is not what the set-up knows how to compile: ${what}.`,
    [
      'Delete node_modules and run the command again, in case the package was damaged.',
      'If you changed the version of mediasoup: build its worker yourself and set MEDIASOUP_WORKER_BIN to its path.',
    ],
  );
}
