import { runEntry } from './setup/entry.mjs';

// npm run fuzz -- NAME [--seconds N]: sets up what is missing, then throws inputs at one border of the system.
runEntry(async () => {
  const { runForeground } = await import('./setup/foreground.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const { setUp } = await import('./setup/set-up.mjs');
  await setUp({ forTests: true });
  const program = ['--conditions=source', '--import', 'tsx', 'packages/testkit/src/fuzz/main.ts'];
  return runForeground(process.execPath, [...program, ...process.argv.slice(2)], { cwd: ROOT });
});
