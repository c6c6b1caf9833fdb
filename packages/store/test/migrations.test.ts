import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

it('has a migration for everything in the schema', () => {
  const folder = mkdtempSync(join(tmpdir(), 'amphi-migrations-'));
  try {
    cpSync(join(packageFolder, 'migrations'), folder, { recursive: true });
    const before = readdirSync(folder);
    execFileSync(
      process.execPath,
      [join(packageFolder, 'scripts/generate-migration.mjs'), '--out', folder, '--name', 'drift'],
      { stdio: 'pipe' },
    );
    expect(readdirSync(folder)).toEqual(before);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
