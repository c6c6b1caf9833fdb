import { runEntry } from './setup/entry.mjs';

// node scripts/try-image.mjs [--base FOLDER] [--mirror URL]
// Last gone through whole on 2026-11-30, in 18 min beside other work: both stages were built (the media worker compiled), the
// server was healthy after 10 s, as the account node, and stopped when asked.
runEntry(async () => {
  const { parseArgs } = await import('node:util');
  const { tryImage } = await import('./setup/image/try-image.mjs');
  const { values } = parseArgs({ options: { base: { type: 'string' }, mirror: { type: 'string' } } });
  await tryImage(values);
});
