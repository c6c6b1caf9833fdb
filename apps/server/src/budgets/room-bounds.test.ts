import { describe, expect, it } from 'vitest';
import { limitsSchema } from '../settings/limits.ts';
import { largestSize, roomBounds } from './room-bounds.ts';

const defaults = limitsSchema.parse({});

describe('BUD39: the bounds of a room follow its size', () => {
  it.each([
    ['without one', 0, { role: 2_500, room: 3_000 }],
    ['of one that is as any', 300, { role: 2_500, room: 3_000 }],
    ['of the largest that needs no flag', 2_500, { role: 2_500, room: 3_000 }],
    ['of one above it', 2_600, { role: 2_600, room: 3_100 }],
    ['of the largest that REST takes', 20_000, { role: 20_000, room: 20_500 }],
    ['beyond', 50_000, { role: 20_000, room: 20_500 }],
  ])('%s', (_what, size, bounds) => {
    expect(roomBounds(size, defaults)).toEqual(bounds);
  });

  it('what an operator has set is kept to', () => {
    const small = { ...defaults, peersPerLargeRoom: 5_000 };
    expect([largestSize(defaults), largestSize(small)]).toEqual([20_000, 4_500]);
    expect(roomBounds(20_000, small)).toEqual({ role: 4_500, room: 5_000 });
    expect(roomBounds(0, { ...defaults, peersPerRoom: 100 })).toEqual({ role: 2_500, room: 100 });
    expect(largestSize({ ...defaults, peersPerLargeRoom: 10 })).toBe(2_500);
  });
});
