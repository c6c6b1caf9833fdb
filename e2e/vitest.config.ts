import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * What needs the machine for itself, one file at a time: browser tests of the whole path (a server, an egress and several
 * pages each), and the egress process, the player and the stage judged by what they show in real time.
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
    include: [
      'apps/egress/test/**/*.test.ts',
      'packages/player/test/player-in-chromium.test.ts',
      'packages/sfu/test/lips.test.ts',
      'e2e/src/**/*.test.ts',
    ],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    setupFiles: ['skip-after-failure.ts', 'servers-after-failure.ts'].map((file) => join(import.meta.dirname, file)),
  },
});
