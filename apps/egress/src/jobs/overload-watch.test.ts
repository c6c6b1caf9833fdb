import { expect, it } from 'vitest';
import { OverloadWatch } from './overload-watch.ts';

it('EG12: an overload is told once, and again only when it was over in between', () => {
  const watch = new OverloadWatch();
  const told = [
    { ticks: 150, skipped: 15 },
    { ticks: 300, skipped: 31 },
    { ticks: 450, skipped: 100 },
    { ticks: 600, skipped: 115 },
    { ticks: 750, skipped: 265 },
  ].map((counts) => watch.onCounts(counts)?.skipped);
  expect(told).toEqual([undefined, 16, undefined, undefined, 150]);
});
