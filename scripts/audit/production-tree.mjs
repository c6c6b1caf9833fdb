/**
 * What is shipped: the workspaces that people run or import, with everything that those need to run. Tests, benchmarks and
 * examples need more, which npm calls production as well, as it stands among their `dependencies`.
 */

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {boolean} [link]
 * @property {string} [resolved] of a link: the workspace's folder
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 *
 * @typedef {Readonly<Record<string, LockEntry>>} LockPackages by path
 */

/** Folders of workspaces that are not shipped. */
const NOT_SHIPPED = /^(e2e|bench|examples\/.*|packages\/testkit)$/;

/**
 * @param {LockPackages} packages of package-lock.json
 * @returns {string[]} paths of the packages of others that are shipped, sorted
 */
export function productionTree(packages) {
  const waiting = Object.keys(packages).filter((path) => isWorkspace(path) && !NOT_SHIPPED.test(path));
  const seen = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const entry = packages[path] ?? {};
    const needed = { ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies };
    for (const name of Object.keys(needed)) {
      const found = resolve(packages, path, name);
      // A peer, or a build for another system, that nobody has installed.
      if (found === undefined || seen.has(found)) continue;
      seen.add(found);
      waiting.push(found);
    }
  }
  return [...seen].filter((path) => !isWorkspace(path)).sort();
}

/** @param {string} path */
export function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** @param {string} path */
function isWorkspace(path) {
  return path !== '' && !path.includes('node_modules/');
}

/**
 * As Node looks it up: in the package's own folder, then in each above it.
 * @param {LockPackages} packages
 * @param {string} from
 * @param {string} name
 * @returns {string | undefined} a link is followed
 */
function resolve(packages, from, name) {
  for (let folder = from; ; folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '') {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    const entry = packages[path];
    if (entry) return entry.link ? entry.resolved : path;
    if (folder === '') return undefined;
  }
}

/**
 * @typedef {string | { readonly type?: string }} NamedLicence
 * @param {{ readonly license?: NamedLicence, readonly licenses?: NamedLicence | NamedLicence[] }} packageJson old ones have an
 *   object, or a list of them
 * @returns {string | undefined} an SPDX expression, if it is one
 */
export function licenceOf({ license, licenses }) {
  const all = [license ?? licenses ?? []].flat().map((one) => (typeof one === 'string' ? one : one.type));
  return all.length > 0 && all.every((one) => one !== undefined) ? all.join(' OR ') : undefined;
}
