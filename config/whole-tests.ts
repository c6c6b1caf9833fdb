/**
 * What needs the machine for itself, or a browser: run by `e2e/vitest.config.ts`, one file at a time, and left out by
 * `vitest.config.ts`.
 */
export const WHOLE_TESTS = [
  // Judged by real time.
  'apps/egress/test/**/*.test.ts',
  'packages/player/test/player-in-chromium.test.ts',
  'packages/player/test/other-players.test.ts',
  'packages/sfu/test/lips.test.ts',
  'packages/sfu/test/loss.test.ts',
  // Pages in Chromium.
  'apps/dashboard/test/**/*.test.ts',
  'packages/sfu/test/browser.test.ts',
  'e2e/src/**/*.test.ts',
];
