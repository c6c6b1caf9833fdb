import { runEntry } from './setup/entry.mjs';

// npm run doctor [-- --json]: sets up what is missing, then looks at the machine, beside a running server or without one.
// Exit status 1 when something keeps people out. With --json the report is the last line.
runEntry(async () => {
  const { join } = await import('node:path');
  const { runForeground } = await import('./setup/foreground.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const { setUp } = await import('./setup/set-up.mjs');

  await setUp();
  const program = join(ROOT, 'apps/server/dist/main.js');
  const args = ['--enable-source-maps', program, 'doctor', ...process.argv.slice(2)];
  return runForeground(process.execPath, args, { cwd: ROOT });
});
