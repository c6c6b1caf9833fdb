import { expect, it } from 'vitest';
import { afterStep, NOTHING_DONE, redo, undo } from './history.ts';

const step = (id: string, before: unknown, after: unknown) => ({ changes: [{ id, before, after }] });

it('takes back what was done, the last first, and does it again', () => {
  const both = afterStep(afterStep(NOTHING_DONE, step('a', undefined, 1)), step('a', 1, 2));
  const [one, first] = undo(both);
  expect(first).toEqual([{ id: 'a', data: 1 }]);
  const [none, second] = undo(one);
  expect(second).toEqual([{ id: 'a', data: undefined }]);
  expect(undo(none)).toEqual([none, []]);
  const [again, third] = redo(none);
  expect(third).toEqual([{ id: 'a', data: 1 }]);
  expect(redo(again)[0]).toEqual(both);
});

it('after something else nothing is done again', () => {
  const [history] = undo(afterStep(NOTHING_DONE, step('a', undefined, 1)));
  const after = afterStep(history, step('b', undefined, 1));
  expect(redo(after)).toEqual([after, []]);
});

it('keeps a hundred steps', () => {
  let history = NOTHING_DONE;
  for (let i = 0; i < 150; i++) history = afterStep(history, step(`e${i}`, undefined, i));
  expect(history.done).toHaveLength(100);
  expect(undo(history)[1]).toEqual([{ id: 'e149', data: undefined }]);
});
