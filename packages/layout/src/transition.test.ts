import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrange, between, eased, PICTURE_ALIGNMENT, type StageItem } from './index.ts';

const canvas = { width: 1280, height: 720 };
const options = { tileAspectRatio: '16:9', gap: 8, align: PICTURE_ALIGNMENT } as const;
const people = (count: number): StageItem[] =>
  Array.from({ length: count }, (_, i) => ({ id: `p${i}`, kind: 'person' }));

it('LY8: tiles on their way stay aligned and inside, and arrive where they are to be', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (before, after, share) => {
        const from = arrange(people(before), canvas, { ...options, layout: 'grid' });
        for (const [index, to] of arrange(people(after), canvas, { ...options, layout: 'active_speaker' }).entries()) {
          const rect = between(from[index], to, share, canvas, PICTURE_ALIGNMENT);
          expect(rect.width % 16).toBe(0);
          for (const value of [rect.x, rect.y, rect.height]) expect(value % 2).toBe(0);
          expect(Math.min(rect.x, rect.y)).toBeGreaterThanOrEqual(0);
          expect(Math.min(rect.width, rect.height)).toBeGreaterThan(0);
          expect(rect.x + rect.width).toBeLessThanOrEqual(canvas.width);
          expect(rect.y + rect.height).toBeLessThanOrEqual(canvas.height);
          expect(between(from[index], to, 1, canvas, PICTURE_ALIGNMENT)).toEqual(to);
        }
      },
    ),
  );
});

it('LY8: a newcomer grows in its place', () => {
  const to = { x: 320, y: 180, width: 640, height: 360 };
  expect(between(undefined, to, 0, canvas, PICTURE_ALIGNMENT)).toEqual({ x: 448, y: 252, width: 384, height: 216 });
});

it('eases in and out, and knows its ends', () => {
  expect([-1, 0, 0.5, 1, 2].map(eased)).toEqual([0, 0, 0.5, 1, 1]);
});
