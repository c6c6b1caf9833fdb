import { defineConfig } from 'vitest/config';

/** Browser tests of the whole path: one file at a time, as each runs a server, an egress and several pages. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: {
    resolve: {
      conditions: ['source', 'node', 'import', 'module', 'default'],
      externalConditions: ['source', 'node', 'import'],
    },
  },
  test: {
    root: import.meta.dirname,
    include: ['src/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    // The steps of a file build on each other.
    bail: 1,
  },
});
