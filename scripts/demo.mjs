import { runEntry } from './setup/entry.mjs';

// npm run demo [-- arguments of the demo]: a stream without a camera.
runEntry(async () => {
  const { runForeground } = await import('./setup/foreground.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const { setUp } = await import('./setup/set-up.mjs');

  await setUp({ forTests: true });
  const program = ['--conditions=source', '--import', 'tsx', 'examples/demo/src/main.ts', ...process.argv.slice(2)];
  return runForeground(process.execPath, program, { cwd: ROOT });
});
