import { runEntry } from './setup/entry.mjs';

// npm run build:packages: makes the `dist` of the packages that other applications install.
runEntry(async () => {
  const { buildPublishedPackages } = await import('./setup/builds/published-packages.mjs');
  const { lockCheckout } = await import('./setup/checkout-lock.mjs');
  const { ensureDependencies } = await import('./setup/npm-dependencies.mjs');
  const { ROOT } = await import('./setup/paths.mjs');
  const { Reporter } = await import('./setup/reporter.mjs');

  const reporter = new Reporter();
  const release = await lockCheckout(ROOT);
  try {
    await reporter.step('npm dependencies', (progress) => ensureDependencies(ROOT, progress));
    await reporter.step('packages', (progress) => buildPublishedPackages(ROOT, progress));
  } finally {
    release();
  }
  return 0;
});
