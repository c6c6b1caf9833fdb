import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { WHOLE_TESTS } from '../config/whole-tests.ts';

/**
 * Browser tests of the whole path (a server, an egress and several pages each), pages by themselves, and the egress process,
 * the player and the stage judged by what they show in real time. One file at a time.
 */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: {
    resolve: {
      conditions: ['source', 'node', 'import', 'module', 'default'],
      externalConditions: ['source', 'node', 'import'],
    },
  },
  test: {
    root: join(import.meta.dirname, '..'),
    include: WHOLE_TESTS,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    setupFiles: ['skip-after-failure.ts', 'servers-after-failure.ts'].map((file) => join(import.meta.dirname, file)),
  },
});
