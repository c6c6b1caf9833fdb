import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file so that a reader, or a run after an interruption, sees the old content or the new, never a part.
 * @param {string} path
 * @param {string | Uint8Array} content
 */
export function replaceFile(path, content) {
  const temporary = temporaryBeside(path);
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Copies an executable into place under the same promise as {@link replaceFile}. A running program keeps its old file.
 * @param {string} from
 * @param {string} to
 */
export function installExecutable(from, to) {
  const temporary = temporaryBeside(to);
  try {
    copyFileSync(from, temporary);
    chmodSync(temporary, 0o755);
    renameSync(temporary, to);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Puts a freshly made directory in the place of an old one. Between the two renames the place is empty for a moment;
 * whoever is stopped exactly there finds it missing and makes it anew, never half-made.
 * @param {string} fresh
 * @param {string} place on the same file system
 */
export function replaceDirectory(fresh, place) {
  const old = temporaryBeside(place);
  try {
    renameSync(place, old);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  renameSync(fresh, place);
  rmSync(old, { recursive: true, force: true });
}

/**
 * A name in the same folder that nobody else uses. Its parent exists after the call.
 * @param {string} path
 * @returns {string}
 */
export function temporaryBeside(path) {
  mkdirSync(dirname(path), { recursive: true });
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
}

/**
 * Removes what runs left beside a place that were killed too hard to clean up. Only for whoever holds the lock.
 * @param {string} path as it was given to {@link temporaryBeside}
 */
export function removeLeftovers(path) {
  const prefix = `.${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix) && name.endsWith('.tmp')) {
      rmSync(join(dirname(path), name), { recursive: true, force: true });
    }
  }
}

/**
 * @param {string} path
 * @returns {string | undefined} undefined when there is no such file
 */
export function readIfPresent(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * JSON written by an earlier run. Anything unreadable counts as absent: a stamp is a hint, never the truth.
 * @param {string} path
 * @returns {Record<string, unknown> | undefined}
 */
export function readStamp(path) {
  const text = readIfPresent(path);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {Readonly<Record<string, unknown>>} value
 */
export function writeStamp(path, value) {
  replaceFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * @param {Iterable<string | Uint8Array>} parts each is told apart from its neighbours: ['ab', 'c'] and ['a', 'bc'] differ
 * @returns {string} SHA-256 in hex
 */
export function hashOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${part.length}:`);
    hash.update(part);
  }
  return hash.digest('hex');
}

/**
 * @param {unknown} error
 * @returns {string | undefined} the system's code such as `ENOENT`
 */
export function errorCode(error) {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
