import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runEntry } from './setup/entry.mjs';

// npm run audit: licences of what is shipped, and what is known against it, where a registry tells.
runEntry(async () => {
  const { judgeAdvisories, problemsOfAccepted, readAudit } = await import('./audit/advisories.mjs');
  const { judgeLicences } = await import('./audit/licences.mjs');
  const { licenceOf, nameOf, productionTree } = await import('./audit/production-tree.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const { runCommand } = await import('./setup/run-command.mjs');

  const read = (/** @type {string} */ path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  const rules = read('config/dependencies.json');
  const { packages } = read('package-lock.json');
  const tree = productionTree(packages);
  // Builds for other systems are not here, and of the same origin as the one that is.
  const installed = tree.filter((path) => existsSync(join(ROOT, path, 'package.json')));
  const licences = judgeLicences(
    installed.map((path) => ({
      name: nameOf(path),
      version: packages[path].version,
      licence: licenceOf(read(join(path, 'package.json'))),
    })),
    rules.licences,
  );
  console.log(
    `[audit] licences of ${installed.length} packages; under the GPL, and optional: ${licences.gpl.join(', ')}`,
  );
  const problems = [...licences.problems, ...problemsOfAccepted(rules.advisories)];

  // Once, and not for long: most of those who run the tests have no network to wait for.
  const patience = ['--fetch-timeout=20000', '--fetch-retries=0'];
  const asked = await runCommand('npm', ['audit', '--omit=dev', '--json', ...patience], {
    cwd: ROOT,
    timeoutMs: 30_000,
  });
  const report = readAudit(asked.stdout, new Set(tree));
  if (report.isKnown) {
    const today = new Date().toISOString().slice(0, 10);
    const { failures, notes } = judgeAdvisories(report.advisories, rules.advisories, today);
    for (const note of notes) console.log(`[audit] ${note}`);
    problems.push(...failures);
    console.log(`[audit] advisories: ${report.advisories.length}`);
  } else {
    console.log(`[audit] advisories are not known here, which is no failure: ${report.why}`);
  }
  for (const problem of problems) console.error(`[audit] ${problem}`);
  return problems.length === 0 ? 0 : 1;
});
