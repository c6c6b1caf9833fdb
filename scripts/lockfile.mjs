import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runEntry } from './setup/entry.mjs';

// node scripts/lockfile.mjs: after `npm install` has changed package-lock.json, completes it for all systems.
runEntry(async () => {
  const { replaceFile } = await import('./setup/files.mjs');
  const { missingOptionals, withMissingOptionals } = await import('./setup/lockfile.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const path = join(ROOT, 'package-lock.json');
  const lockfile = JSON.parse(readFileSync(path, 'utf8'));
  const missing = missingOptionals(lockfile);
  if (missing.length > 0) replaceFile(path, `${JSON.stringify(withMissingOptionals(lockfile), null, 2)}\n`);
  console.log(
    missing.length === 0 ? 'package-lock.json is complete' : `package-lock.json: ${missing.length} entries added`,
  );
  return undefined;
});
