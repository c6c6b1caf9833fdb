/** Which licences may be in what is shipped. */

/**
 * @typedef {object} LicenceRules
 * @property {readonly string[]} allowed SPDX ids
 * @property {readonly Named[]} others packages that are judged by hand
 * @property {readonly Named[]} gpl parts that are under the GPL as built, whatever their package says, and can be done without
 *
 * @typedef {object} Named
 * @property {string} package `*` at the end stands for any rest of the name
 * @property {string} licence
 * @property {string} reason
 *
 * @typedef {object} Licensed
 * @property {string} name
 * @property {string} version
 * @property {string | undefined} licence as its package.json says
 */

/**
 * @param {readonly Licensed[]} packages
 * @param {LicenceRules} rules
 * @returns {{ readonly problems: string[], readonly gpl: string[] }} what is not in order, and which parts are under the GPL
 */
export function judgeLicences(packages, { allowed, others, gpl }) {
  const problems = [];
  for (const { name, version, licence } of packages) {
    if (others.some((named) => isNamed(named, name))) continue;
    if (licence === undefined) problems.push(`${name}@${version} names no licence`);
    else if (!isAllowed(licence, new Set(allowed))) problems.push(`${name}@${version} is under ${licence}`);
  }
  for (const named of [...others, ...gpl]) {
    if (packages.some(({ name }) => isNamed(named, name))) continue;
    problems.push(`${named.package} is judged by hand and not shipped any more: remove it from the list`);
  }
  const found = packages.filter(({ name }) => gpl.some((named) => isNamed(named, name)));
  return { problems, gpl: found.map(({ name, version }) => `${name}@${version}`) };
}

/**
 * Of an SPDX expression: one side of OR is enough, AND needs both.
 * @param {string} expression
 * @param {ReadonlySet<string>} allowed
 * @returns {boolean} false also for what is no such expression
 */
export function isAllowed(expression, allowed) {
  const tokens = expression.match(/\(|\)|[^\s()]+/g) ?? [];
  let at = 0;
  /** @returns {boolean} */
  const term = () => {
    const token = tokens[at++];
    if (token === undefined || token === ')' || token === 'AND' || token === 'OR') throw new SyntaxError(expression);
    if (token === '(') {
      const inner = either();
      if (tokens[at++] !== ')') throw new SyntaxError(expression);
      return inner;
    }
    if (tokens[at] !== 'WITH') return allowed.has(token);
    at += 2;
    return allowed.has(`${token} WITH ${tokens[at - 1]}`);
  };
  /** @returns {boolean} */
  const both = () => {
    let isFine = term();
    for (; tokens[at] === 'AND'; ) {
      at++;
      isFine = term() && isFine;
    }
    return isFine;
  };
  /** @returns {boolean} */
  const either = () => {
    let isFine = both();
    for (; tokens[at] === 'OR'; ) {
      at++;
      isFine = both() || isFine;
    }
    return isFine;
  };
  try {
    return either() && at === tokens.length;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/**
 * @param {Named} named
 * @param {string} name
 */
function isNamed({ package: pattern }, name) {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
