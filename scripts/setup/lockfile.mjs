/**
 * Packages with native parts list one optional package per system, all of which belong in the lockfile: `npm ci` demands
 * it even for systems that are not this one. `npm install` leaves out those that its registry does not hold, as a mirror
 * may not, and from then on `npm ci` fails. An entry needs nothing from the registry, so it can be written by rule.
 */

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {Record<string, string>} [optionalDependencies]
 *
 * @typedef {{ packages: Record<string, LockEntry> }} Lockfile
 * @typedef {{ readonly name: string, readonly version: string, readonly wantedBy: string }} MissingEntry
 */

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/**
 * Optional dependencies, wanted in one exact version, that the lockfile does not have.
 * @param {Lockfile} lockfile
 * @returns {MissingEntry[]}
 */
export function missingOptionals({ packages }) {
  return Object.entries(packages).flatMap(([wantedBy, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      // A range cannot be turned into an entry without asking the registry; platform packages are always exact.
      .filter(([, version]) => /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .filter(([name, version]) => lookUp(packages, wantedBy, name)?.version !== version)
      .map(([name, version]) => ({ name, version, wantedBy })),
  );
}

/**
 * @param {Lockfile} lockfile
 * @returns {Lockfile} with an entry for each that was missing, in npm's order
 */
export function withMissingOptionals(lockfile) {
  const packages = { ...lockfile.packages };
  for (const { name, version, wantedBy } of missingOptionals(lockfile)) {
    const shared = `node_modules/${name}`;
    const path = packages[shared] === undefined ? shared : `${wantedBy}/node_modules/${name}`;
    packages[path] = platformEntry(name, version, packages[wantedBy]?.dev === true);
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lockfile, packages: Object.fromEntries(sorted) };
}

/**
 * The system stands in the name by custom: `-linux-x64-musl`, `-win32-arm64-msvc`. It only keeps npm from fetching what
 * cannot run here.
 * @param {string} name
 * @param {string} version
 * @param {boolean} dev
 * @returns {LockEntry}
 */
function platformEntry(name, version, dev) {
  const words = name.split(/[-/]/);
  const cpu = words.find((word) => PROCESSORS.includes(word));
  const os = words.find((word) => SYSTEMS.includes(word));
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(dev ? { dev } : {}),
    ...(libc === undefined || os !== 'linux' ? {} : { libc: [libc] }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}

/**
 * Finds a dependency the way Node does: beside the package, then further up.
 * @param {Record<string, LockEntry>} packages
 * @param {string} from a key of the lockfile; empty for the root
 * @param {string} name
 * @returns {LockEntry | undefined}
 */
function lookUp(packages, from, name) {
  for (let folder = from; folder !== ''; folder = folder.split('/').slice(0, -1).join('/')) {
    const entry = packages[`${folder}/node_modules/${name}`];
    if (entry !== undefined) return entry;
  }
  return packages[`node_modules/${name}`];
}
