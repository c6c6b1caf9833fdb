import { describe, expect, it } from 'vitest';
import { englishWords } from '../words/words.ts';
import { behindAt, behindLiveWords, soughtByKey } from './seek.ts';

describe('keys on the seek bar', () => {
  it.each([
    ['ArrowLeft', 40],
    ['ArrowDown', 40],
    ['ArrowRight', 20],
    ['ArrowUp', 20],
    ['PageDown', 90],
    ['PageUp', 0],
    ['Home', 120],
    ['End', 0],
    ['Enter', undefined],
  ])('%s from 30 s behind live leads to %s', (key, sought) => {
    expect(soughtByKey(key, 30, 120)).toBe(sought);
  });

  it('lead neither before what is kept nor beyond live', () => {
    expect(soughtByKey('ArrowLeft', 30, 35)).toBe(35);
    expect(soughtByKey('PageDown', 30, 35)).toBe(35);
    expect(soughtByKey('ArrowRight', 4, 35)).toBe(0);
  });
});

it.each([
  [0, 120],
  [0.25, 90],
  [0.999, 0],
  [1, 0],
  [-0.1, 120],
  [1.2, 0],
])('a pointer at %d of the seek bar is %d s behind live', (share, behind) => {
  expect(behindAt(share, 120)).toBe(behind);
});

describe('the time behind live in words', () => {
  it.each([
    [0, 'Live'],
    [1, '1 second behind live'],
    [60, '1 minute behind live'],
    [125, '2 minutes 5 seconds behind live'],
    [3_661, '1 hour 1 minute 1 second behind live'],
    [7_200, '2 hours behind live'],
  ])('of %d s', (behind, words) => {
    expect(behindLiveWords(englishWords([]), behind)).toBe(words);
  });
});
