import { expect, it } from 'vitest';
import { withTrouble } from './stream-troubles.ts';

const at = (ms: number): string => new Date(ms).toISOString();

it('EG44: a trouble of a known kind is counted, one of another is added, and kinds are bounded', () => {
  const one = withTrouble([], 'source_undecodable', 1_000);
  const two = withTrouble(one, 'overload', 2_000);
  expect(withTrouble(two, 'source_undecodable', 3_000)).toEqual([
    { code: 'source_undecodable', count: 2, at: at(3_000) },
    { code: 'overload', count: 1, at: at(2_000) },
  ]);
  const full = Array.from({ length: 20 }, (_, kind) => ({ code: `kind-${kind}`, count: 1, at: at(0) }));
  expect(withTrouble(full, 'another', 1)).toBe(full);
  expect(withTrouble(full, 'kind-7', 1)[7]).toEqual({ code: 'kind-7', count: 2, at: at(1) });
});
