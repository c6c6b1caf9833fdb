import { runEntry } from './setup/entry.mjs';

// npm test: sets up what is missing, then runs every check and test, and stops at the first that fails.
runEntry(async () => {
  const [{ existsSync }, { join }] = await Promise.all([import('node:fs'), import('node:path')]);
  const { runForeground } = await import('./setup/foreground.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const { formatSeconds } = await import('./setup/reporter.mjs');
  const { setUp } = await import('./setup/set-up.mjs');

  /** @type {{ title: string, tool: string, args: string[] }[]} */
  const checks = [
    { title: 'format and lint', tool: 'biome', args: ['check', '--error-on-warnings', '.'] },
    {
      title: 'who imports whom',
      tool: 'depcruise',
      args: ['--config', 'config/dependency-cruiser.mjs', 'packages', 'apps', 'e2e', 'bench'],
    },
    { title: 'what nobody uses', tool: 'knip', args: ['--config', 'config/knip.json', '--no-config-hints'] },
    { title: 'types of what runs in Node', tool: 'tsc', args: ['-p', 'tsconfig.node.json'] },
    { title: 'types of what runs in browsers', tool: 'tsc', args: ['-p', 'tsconfig.web.json'] },
    { title: 'types of the scripts', tool: 'tsc', args: ['-p', 'tsconfig.scripts.json'] },
    // Without a registry that tells of advisories, it says so and passes.
    { title: 'licences and advisories', tool: 'node', args: ['scripts/audit.mjs'] },
    { title: 'unit tests', tool: 'vitest', args: ['run', '--config', 'vitest.config.ts'] },
    {
      title: 'the server on PostgreSQL',
      tool: 'vitest',
      args: ['run', '--config', 'apps/server/test/on-postgres/vitest.config.ts'],
    },
  ];
  if (existsSync(join(ROOT, 'e2e/vitest.config.ts'))) {
    checks.push({ title: 'tests of the whole', tool: 'vitest', args: ['run', '--config', 'e2e/vitest.config.ts'] });
  }

  const started = performance.now();
  await setUp({ forTests: true, testPackages: true });
  for (const [index, { title, tool, args }] of checks.entries()) {
    console.log(`\n[test] ${index + 1} of ${checks.length}: ${title}`);
    const before = performance.now();
    const program = tool === 'node' ? process.execPath : join(ROOT, 'node_modules/.bin', tool);
    const status = await runForeground(program, args, { cwd: ROOT });
    const took = formatSeconds(performance.now() - before);
    if (status !== 0) {
      console.error(`[test] failed: ${title}, status ${status} (${took}). By itself: npx ${tool} ${args.join(' ')}`);
      return status;
    }
    console.log(`[test] passed: ${title} (${took})`);
  }
  console.log(`[test] all passed in ${formatSeconds(performance.now() - started)}`);
  return 0;
});
