import { runEntry } from './setup/entry.mjs';

// node scripts/setup.mjs [--for-tests]
runEntry(async () => {
  const { SetupError } = await import('./setup/setup-error.mjs');
  const { setUp } = await import('./setup/set-up.mjs');
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== '--for-tests');
  if (unknown !== undefined) {
    throw new SetupError(`unknown argument "${unknown}".`, 'Usage: node scripts/setup.mjs [--for-tests]');
  }
  const forTests = args.includes('--for-tests');
  await setUp({ forTests, testPackages: forTests });
});
