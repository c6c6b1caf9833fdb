import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { errorCode, hashOf } from '../files.mjs';

/**
 * What a build was made from, in two strengths. Times and sizes are read in milliseconds and answer nearly always; the
 * content is only read when they differ, as after a fresh `git checkout` of the same commit.
 *
 * @typedef {object} InputState
 * @property {string} quick hash of paths, sizes and times of change
 * @property {string} content hash of paths and contents
 */

/** Folders and files below a source folder that never get into a build. */
const IGNORED_FOLDERS = new Set(['node_modules', 'dist', 'test']);
const IGNORED_FILES = /\.test\.tsx?$|\.md$|^\./;

/**
 * The files that a build may read, sorted.
 * @param {string} root of the checkout
 * @param {readonly string[]} places files or folders, relative to the root; missing ones count as empty
 * @returns {string[]} relative to the root
 */
export function listInputs(root, places) {
  return places
    .flatMap((place) => filesBelow(join(root, place)))
    .map((path) => relative(root, path))
    .sort();
}

/**
 * @param {string} root
 * @param {readonly string[]} files relative to the root
 * @returns {string}
 */
export function quickHash(root, files) {
  return hashOf(
    files.flatMap((path) => {
      const { size, mtimeMs } = statSync(join(root, path));
      return [path, `${size} ${mtimeMs}`];
    }),
  );
}

/**
 * @param {string} root
 * @param {readonly string[]} files relative to the root
 * @returns {string}
 */
export function contentHash(root, files) {
  return hashOf(files.flatMap((path) => [path, readFileSync(join(root, path))]));
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(path) {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
      if (entry.isDirectory()) return IGNORED_FOLDERS.has(entry.name) ? [] : filesBelow(join(path, entry.name));
      return entry.isFile() && !IGNORED_FILES.test(entry.name) ? [join(path, entry.name)] : [];
    });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    if (errorCode(error) === 'ENOTDIR') return [path];
    throw error;
  }
}
