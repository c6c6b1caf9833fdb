import { expect, it } from 'vitest';
import { newObjectId } from './object-id.ts';

it('makes ids of 24 hex characters that sort by their creation', () => {
  const ids = Array.from({ length: 2000 }, () => newObjectId(1_767_604_200_000));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{24}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]?.slice(0, 8)).toBe((1_767_604_200).toString(16));
});
