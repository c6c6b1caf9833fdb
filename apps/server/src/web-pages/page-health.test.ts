import { expect, it } from 'vitest';
import { afterGone, DEFAULT_PAGE_POLICY, FIRST_TRY, type PageHealth } from './page-health.ts';

const policy = { ...DEFAULT_PAGE_POLICY, backoff: { firstMs: 500, capMs: 2_000, random: () => 1 } };
const shownAt = (at: number, tries = 1): PageHealth => ({ tries, shownAt: at });

it('WEB5: three tries, then none', () => {
  const second = afterGone(FIRST_TRY, 0, policy);
  expect(second).toMatchObject({ next: { tries: 2 } });
  const third = afterGone({ tries: 2, shownAt: undefined }, 0, policy);
  expect(third).toMatchObject({ next: { tries: 3 } });
  expect(afterGone({ tries: 3, shownAt: undefined }, 0, policy)).toBe('failed');
});

it('WEB4, WEB5: who was shown for long enough has three tries again, who was not has not', () => {
  expect(afterGone(shownAt(0, 3), 30_000, policy)).toMatchObject({ next: { tries: 1, shownAt: undefined } });
  expect(afterGone(shownAt(0, 3), 29_999, policy)).toBe('failed');
});
