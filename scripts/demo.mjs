import { runEntry } from './setup/entry.mjs';

// npm run demo [-- arguments of the demo]: a stream without a camera.
runEntry(async () => {
  const [{ existsSync }, { join }] = await Promise.all([import('node:fs'), import('node:path')]);
  const { runForeground } = await import('./setup/foreground.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const { SetupError } = await import('./setup/setup-error.mjs');
  const { setUp } = await import('./setup/set-up.mjs');

  await setUp({ forTests: true });
  const main = 'examples/demo/src/main.ts';
  if (!existsSync(join(ROOT, main))) {
    throw new SetupError(`this checkout has no demo: ${main} is missing.`, `Bring it back: git checkout -- ${main}`);
  }
  const program = ['--conditions=source', '--import', 'tsx', main, ...process.argv.slice(2)];
  return runForeground(process.execPath, program, { cwd: ROOT });
});
