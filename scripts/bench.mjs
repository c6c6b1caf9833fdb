import { runEntry } from './setup/entry.mjs';

// npm run bench -- NAME [arguments of the benchmark]: sets up what is missing, then runs bench/src/NAME.ts. Its figures go
// to bench/results/NAME.json as well, with the day and the machine.
runEntry(async () => {
  const [{ readdirSync }, { join }] = await Promise.all([import('node:fs'), import('node:path')]);
  const { runForeground } = await import('./setup/foreground.mjs');
  const { cacheDirectory, ROOT } = await import('./setup/paths.mjs');
  const { ensureBenchPrograms } = await import('./setup/bench-programs.mjs');
  const { setUp } = await import('./setup/set-up.mjs');

  const [name, ...args] = process.argv.slice(2);
  const names = readdirSync(join(ROOT, 'bench/src'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test|\.d)\.ts$/.test(entry.name))
    .map((entry) => entry.name.replace(/\.ts$/, ''))
    .sort();
  if (name === undefined || !names.includes(name)) {
    console.error(name === undefined ? 'Which benchmark?' : `There is no benchmark "${name}".`);
    for (const each of names) console.error(`  npm run bench -- ${each}`);
    return 2;
  }
  // Its last line is for programs to read, so nothing may follow it.
  await setUp({ forTests: true });
  const progress = (/** @type {string} */ text) => console.log(`[set-up] ${text}`);
  const told = await ensureBenchPrograms(name, { root: ROOT, cacheDir: cacheDirectory(process.env), progress });
  const program = ['--conditions=source', '--import', 'tsx', join('bench/src', `${name}.ts`), ...args];
  const kept = { BENCH_RESULT_FILE: join(ROOT, 'bench/results', `${name}.json`) };
  return runForeground(process.execPath, program, { cwd: ROOT, env: { ...process.env, ...kept, ...told } });
});
