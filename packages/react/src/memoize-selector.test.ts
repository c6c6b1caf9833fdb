import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { memoizeSelector, shallowEqual } from './memoize-selector.ts';

describe('a memoized selector', () => {
  it('gives the same array until a member changes', () => {
    let state = { items: { a: 1, b: 2 } as Record<string, number>, other: 0 };
    const read = memoizeSelector(
      () => state,
      (s) => Object.values(s.items),
      shallowEqual,
    );
    const first = read();
    state = { ...state, other: 1 };
    expect(read()).toBe(first);
    state = { ...state, items: { ...state.items, c: 3 } };
    expect(read()).toEqual([1, 2, 3]);
  });

  it('selects once per state', () => {
    const state = { a: 1 };
    const select = vi.fn((s: { a: number }) => s.a);
    const read = memoizeSelector(() => state, select, Object.is);
    read();
    read();
    expect(select).toHaveBeenCalledOnce();
  });
});

describe('shallow equality', () => {
  it.each([
    [[1, 2], [1, 2], true],
    [[1], [1, 2], false],
    [{ a: 1 }, { a: 1 }, true],
    [{ a: undefined }, { b: undefined }, false],
    [[], {}, false],
    [{ a: {} }, { a: {} }, false],
    [null, {}, false],
    [Number.NaN, Number.NaN, true],
  ])('of %j and %j is %s', (a, b, equal) => {
    expect(shallowEqual<unknown>(a, b)).toBe(equal);
  });

  it('is symmetric', () => {
    fc.assert(fc.property(fc.anything(), fc.anything(), (a, b) => shallowEqual(a, b) === shallowEqual(b, a)));
  });
});
