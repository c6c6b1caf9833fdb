// Read by every Node version that may try: no syntax here, or in what this imports, newer than ECMAScript 2017.

/**
 * @param {string} version such as 20.19.0
 * @param {string} range the form of `engines.node`: alternatives of `>=a.b.c` and `^a.b.c`, joined by ||
 * @returns {boolean}
 */
export function satisfies(version, range) {
  return range.split('||').some((alternative) => {
    const match = /^\s*(>=|\^)?\s*(\d+)\.(\d+)\.(\d+)\s*$/.exec(alternative);
    if (match === null) throw new Error(`cannot read the version range ${JSON.stringify(range)}`);
    const wanted = match.slice(2, 5).map(Number);
    const have = version.split('.').map(Number);
    if (match[1] !== '>=' && have[0] !== wanted[0]) return false;
    const first = [0, 1, 2].find((index) => have[index] !== wanted[index]);
    return first === undefined || Number(have[first]) > Number(wanted[first]);
  });
}

/**
 * @param {string} version of the running Node
 * @param {string} range `engines.node` of package.json
 * @returns {string[] | undefined} what is wrong, then remedies; undefined when all is well
 */
export function nodeVersionProblem(version, range) {
  if (satisfies(version, range)) return undefined;
  return [
    `this is Node ${version}, Amphi needs ${range}.`,
    'Install Node 20 (20.19 or later), for instance from nodejs.org, and make sure that `node --version` shows it.',
    'Node of a version manager: `nvm install 20 && nvm use 20`.',
  ];
}
