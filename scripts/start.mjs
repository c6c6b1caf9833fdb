import { runEntry } from './setup/entry.mjs';

// npm start [-- arguments of the server]: sets up what is missing, then runs the server until it is stopped.
runEntry(async () => {
  const [{ existsSync }, { join }] = await Promise.all([import('node:fs'), import('node:path')]);
  const { runForeground } = await import('./setup/foreground.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const { SetupError } = await import('./setup/setup-error.mjs');
  const { setUp } = await import('./setup/set-up.mjs');

  await setUp();
  const server = join(ROOT, 'apps/server/dist/main.js');
  if (!existsSync(server)) {
    throw new SetupError('this checkout has no server: apps/server/src/main.ts is missing.', [
      'Bring it back with git, for instance: git checkout -- apps/server',
    ]);
  }
  return runForeground(process.execPath, ['--enable-source-maps', server, ...process.argv.slice(2)], { cwd: ROOT });
});
