import { expect, it } from 'vitest';
import { HeldCandidates } from './held-candidates.ts';

const named = (index: number): RTCIceCandidateInit => ({ candidate: `candidate:${index}` });

it('holds candidates in order until they can be taken, then passes them on at once', () => {
  const delivered: string[] = [];
  const held = new HeldCandidates(({ candidate = '' }) => delivered.push(candidate));
  held.push(named(1));
  held.push(named(2));
  expect(delivered).toEqual([]);
  held.release();
  held.push(named(3));
  held.release();
  expect(delivered).toEqual(['candidate:1', 'candidate:2', 'candidate:3']);
});

it('holds the latest of more than anybody has', () => {
  const delivered: string[] = [];
  const held = new HeldCandidates(({ candidate = '' }) => delivered.push(candidate));
  for (let index = 0; index < 1000; index++) held.push(named(index));
  held.release();
  expect(delivered).toHaveLength(128);
  expect(delivered.at(-1)).toBe('candidate:999');
});
