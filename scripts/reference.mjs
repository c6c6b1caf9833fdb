import { runEntry } from './setup/entry.mjs';

// npm run reference: makes the pages of `docs/reference` from what the packages of the SDK export.
runEntry(async () => {
  const { mkdirSync, writeFileSync } = await import('node:fs');
  const { dirname } = await import('node:path');
  const { referencePages } = await import('./reference/pages.mjs');
  for (const { path, text } of referencePages().pages) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return 0;
});
