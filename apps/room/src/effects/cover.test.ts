import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coveringPart } from './cover.ts';

const side = fc.integer({ min: 1, max: 4_000 });
const size = fc.record({ width: side, height: side });

it('EFF2: a picture of one’s own fills the background from its middle, unstretched', () => {
  expect(coveringPart({ width: 400, height: 400 }, { width: 160, height: 90 })).toEqual({
    x: 0,
    y: 87.5,
    width: 400,
    height: 225,
  });
  fc.assert(
    fc.property(size, size, (picture, shape) => {
      const part = coveringPart(picture, shape);
      expect(part.width / part.height).toBeCloseTo(shape.width / shape.height, 6);
      expect(part.x).toBeGreaterThanOrEqual(-1e-9);
      expect(part.y).toBeGreaterThanOrEqual(-1e-9);
      expect(part.x * 2 + part.width).toBeCloseTo(picture.width, 6);
      expect(part.y * 2 + part.height).toBeCloseTo(picture.height, 6);
      // Along one side, all of it.
      expect(Math.min(part.x, part.y)).toBeCloseTo(0, 6);
    }),
  );
});
