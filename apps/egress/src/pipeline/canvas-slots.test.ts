import { expect, it } from 'vitest';
import { CanvasSlots } from './canvas-slots.ts';

it('EG11: four canvases wait at most, the last of them a picture at the edge of a part; a read one is free again', () => {
  const readers = new Int32Array(new SharedArrayBuffer(16));
  const slots = new CanvasSlots(readers);
  const drawn = (isEdge: boolean): number | undefined => {
    const slot = slots.find(isEdge);
    if (slot !== undefined) slots.lend(slot, 2);
    return slot;
  };
  expect([drawn(false), drawn(false), drawn(false)]).toEqual([0, 1, 2]);
  expect(drawn(false)).toBeUndefined();
  expect(drawn(true)).toBe(3);
  expect(drawn(true)).toBeUndefined();
  // The slower of two encoders still reads it.
  Atomics.sub(readers, 1, 1);
  expect(drawn(true)).toBeUndefined();
  Atomics.sub(readers, 1, 1);
  expect(drawn(false)).toBeUndefined();
  expect(drawn(true)).toBe(1);
});
