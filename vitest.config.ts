import { defineConfig } from 'vitest/config';
import { WHOLE_TESTS } from './config/whole-tests.ts';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: {
    resolve: {
      conditions: ['source', 'node', 'module', 'default'],
      externalConditions: ['source', 'node'],
    },
  },
  test: {
    include: ['packages/**/*.test.{ts,tsx}', 'apps/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...WHOLE_TESTS],
    // Patience, not a measure: a busy machine is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // One module registry per worker: importing everything anew for each of the files took longer than most of their
    // tests. A file that leaves something behind (a stub, a timer, a listener) is thereby found by the next.
    isolate: false,
  },
});
