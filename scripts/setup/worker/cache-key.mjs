import { readFileSync } from 'node:fs';
import { hashOf, readIfPresent } from '../files.mjs';
import { COMPILER_FLAGS } from './compile.mjs';

/**
 * @typedef {object} BuildInputs everything that decides what a compilation gives
 * @property {string} version of mediasoup
 * @property {string} platform such as linux-x64
 * @property {string} distribution such as debian-12
 * @property {readonly string[]} flags
 * @property {readonly string[]} recipe contents of the files that say how to compile
 * @property {ReadonlyMap<string, string>} packages installed Debian packages of the build, name to version
 */

/** Joining into units is left out: it changes the time a build takes, never its result. */
const RECIPE_FILES = [
  'compile.mjs',
  'openssl-srtp.mjs',
  'source-lists.mjs',
  'send-batch.mjs',
  'send-batch/UdpSocketHandle.patch',
  'send-batch/handles/UdpSendBatch.hpp',
  'shim/srtp.h',
  'shim/openssl/bio.h',
  'shim/ankerl/unordered_dense.h',
];

/**
 * The name under which a compiled worker is kept. Other libraries, flags or shims give another name.
 * @param {BuildInputs} inputs
 * @returns {string} fit for a folder's name
 */
export function cacheKey({ version, platform, distribution, flags, recipe, packages }) {
  const versions = [...packages].map((pair) => pair.join('=')).sort();
  const digest = hashOf([hashOf(flags), hashOf(recipe), hashOf(versions)]).slice(0, 16);
  return `${version}-${platform}-${distribution}-${digest}`;
}

/**
 * The key for this machine.
 * @param {string} version of mediasoup
 * @param {ReadonlyMap<string, string>} packages
 * @returns {string}
 */
export function currentCacheKey(version, packages) {
  return cacheKey({
    version,
    platform: `${process.platform}-${process.arch}`,
    distribution: distributionOf(readIfPresent('/etc/os-release') ?? ''),
    flags: COMPILER_FLAGS,
    recipe: RECIPE_FILES.map((path) => readFileSync(new URL(path, import.meta.url), 'utf8')),
    packages,
  });
}

/**
 * @param {string} osRelease the text of os-release(5)
 * @returns {string} such as debian-12; testing and unstable have no number
 */
export function distributionOf(osRelease) {
  const value = (/** @type {string} */ name) =>
    new RegExp(`^${name}=["']?([\\w.-]+)`, 'm').exec(osRelease)?.[1]?.toLowerCase();
  return `${value('ID') ?? 'unknown'}-${value('VERSION_ID') ?? value('VERSION_CODENAME') ?? 'rolling'}`;
}
