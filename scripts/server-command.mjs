import { runEntry } from './setup/entry.mjs';

// npm run backup -- FILE, npm run restore -- FILE: sets up what is missing, then runs that command of the server's program.
runEntry(async () => {
  const { join, resolve } = await import('node:path');
  const { runForeground } = await import('./setup/foreground.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const { setUp } = await import('./setup/set-up.mjs');
  await setUp();
  const server = join(ROOT, 'apps/server/dist/main.js');
  const [command = '', file] = process.argv.slice(2);
  // npm runs scripts in the checkout; the file is meant from where npm was called.
  const args = file === undefined ? [command] : [command, resolve(process.env.INIT_CWD ?? '.', file)];
  return runForeground(process.execPath, ['--enable-source-maps', server, ...args], { cwd: ROOT });
});
