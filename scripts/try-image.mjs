import { runEntry } from './setup/entry.mjs';

// node scripts/try-image.mjs [--base FOLDER] [--mirror URL]
runEntry(async () => {
  const { parseArgs } = await import('node:util');
  const { tryImage } = await import('./setup/image/try-image.mjs');
  const { values } = parseArgs({ options: { base: { type: 'string' }, mirror: { type: 'string' } } });
  await tryImage(values);
});
