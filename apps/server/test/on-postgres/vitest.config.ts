import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import unitTests from '../../../../vitest.config.ts';

/**
 * What a back end, the dashboard and a webhook's receiver see, once more with a PostgreSQL server in place of the embedded
 * database. Left out is what stores little: doors for media, pages, processes.
 */
const SUITES = [
  'platform/{analytics-events,chat-history,clients,contract,dashboard-api,feedback,peer-stats,polls}.test.ts',
  'platform/{recordings,reference-index,rest,server-sdk,session-events,templates,usage,webhooks}.test.ts',
  'security/{bodies-and-lists,members,object-access}.test.ts',
];

export default defineConfig({
  ...unitTests,
  // The set-up below is read in an environment of its own.
  environments: { __vitest__: { resolve: { conditions: ['source', 'node', 'module', 'default'] } } },
  test: {
    ...unitTests.test,
    root: join(import.meta.dirname, '../../../..'),
    include: SUITES.map((suite) => `apps/server/test/${suite}`),
    globalSetup: join(import.meta.dirname, 'global-setup.ts'),
  },
});
