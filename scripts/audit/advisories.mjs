/** What `npm audit` says of what is shipped. */

/**
 * @typedef {object} Advisory
 * @property {string} id GHSA-…
 * @property {string} package
 * @property {string} severity
 * @property {string} title
 *
 * @typedef {object} Accepted
 * @property {string} id
 * @property {string} reason
 * @property {string} until YYYY-MM-DD, the last day on which it is accepted
 *
 * @typedef {{ readonly isKnown: true, readonly advisories: Advisory[] } | { readonly isKnown: false, readonly why: string }} Report
 */

const GRAVE = new Set(['high', 'critical']);

/**
 * @param {string} text what `npm audit --json` has printed (its report of version 2, or an error)
 * @param {ReadonlySet<string>} shipped paths of packages; what else it tells of is left out
 * @returns {Report} not known when the registry was not reached, or does not answer this
 */
export function readAudit(text, shipped) {
  /** @type {any} */
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return { isKnown: false, why: 'npm audit gave no answer' };
  }
  if (report?.auditReportVersion !== 2 || typeof report.vulnerabilities !== 'object') {
    return { isKnown: false, why: String(report?.error?.summary || report?.message || 'npm audit gave no report') };
  }
  /** @type {Map<string, Advisory>} */
  const found = new Map();
  for (const { name, nodes, via } of Object.values(report.vulnerabilities)) {
    if (!nodes.some((/** @type {string} */ path) => shipped.has(path))) continue;
    for (const cause of via) {
      // A name stands for another entry of the report.
      if (typeof cause === 'string') continue;
      const id = /GHSA-[\w-]+$/.exec(cause.url ?? '')?.[0] ?? String(cause.source);
      found.set(`${id} ${name}`, { id, package: name, severity: cause.severity, title: cause.title });
    }
  }
  return { isKnown: true, advisories: [...found.values()] };
}

/**
 * @param {readonly Advisory[]} advisories
 * @param {readonly Accepted[]} accepted
 * @param {string} today YYYY-MM-DD
 * @returns {{ readonly failures: string[], readonly notes: string[] }}
 */
export function judgeAdvisories(advisories, accepted, today) {
  const failures = [];
  const notes = [];
  for (const { id, package: name, severity, title } of advisories) {
    const line = `${severity}: ${name}, ${title} (${id})`;
    const known = accepted.find((one) => one.id === id);
    if (!GRAVE.has(severity)) notes.push(line);
    else if (known === undefined) failures.push(line);
    else if (known.until < today) failures.push(`${line}, accepted until ${known.until}`);
    else notes.push(`${line}, accepted until ${known.until}: ${known.reason}`);
  }
  for (const { id } of accepted) {
    if (!advisories.some((one) => one.id === id)) notes.push(`${id} is accepted and not told of any more: remove it`);
  }
  return { failures, notes };
}

/**
 * @param {readonly Accepted[]} accepted as it stands in the file
 * @returns {string[]} what is wrong with it, whatever a registry says
 */
export function problemsOfAccepted(accepted) {
  return accepted.flatMap(({ id, reason, until }) => {
    const problems = [];
    if (!/^GHSA(-[23456789cfghjmpqrvwx]{4}){3}$/.test(id)) problems.push(`${id} is no id of an advisory`);
    if (typeof reason !== 'string' || reason.trim() === '') problems.push(`${id}: why it is accepted is missing`);
    if (!/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(Date.parse(until))) {
      problems.push(`${id}: until when is no day, such as 2027-01-31`);
    }
    return problems;
  });
}
