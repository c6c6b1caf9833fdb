import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureCluster, letOthersRead } from './database-template.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amphi-template-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('can be read by every account, as the one that runs the server is seldom the one that set up', async () => {
  const template = join(folder, 'template');
  await mkdir(join(template, 'base'), { recursive: true, mode: 0o700 });
  await writeFile(join(template, 'base', '1'), '', { mode: 0o600 });
  await writeFile(join(template, 'PG_VERSION'), '', { mode: 0o644 });
  await letOthersRead(template);
  const modes = ['base', 'base/1', 'PG_VERSION'].map(async (name) => (await stat(join(template, name))).mode & 0o777);
  expect(await Promise.all(modes)).toEqual([0o755, 0o644, 0o644]);
});

// Makes a cluster, which takes seconds of CPU time.
it('spares a start some time, and ends none when it cannot be copied', { timeout: 180_000 }, async () => {
  const damaged = join(folder, 'damaged');
  await mkdir(damaged);
  await writeFile(join(damaged, 'PG_VERSION'), '17');
  // What cannot be copied, whoever asks.
  expect(spawnSync('mkfifo', [join(damaged, 'pipe')]).status).toBe(0);
  const database = join(folder, 'database');
  await ensureCluster(database, damaged);
  const made = await readdir(database);
  expect(made).toEqual(expect.arrayContaining(['PG_VERSION', 'base']));
  expect(made).not.toContain('pipe');
});
