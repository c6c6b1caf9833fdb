import { expect, it } from 'vitest';
import { WishedComposition, withoutUndefined } from './wished-composition.ts';

it('keeps the last word of the room on each field, until somebody else has it', () => {
  const wished = new WishedComposition();
  wished.add({ layout: 'grid', showNames: true });
  const before = wished.said;
  wished.add({ layout: 'active_speaker' });
  expect(wished.said).toEqual({ layout: 'active_speaker', showNames: true });
  wished.forget(['layout', 'standBy']);
  expect(wished.said).toEqual({ showNames: true });
  expect(before).toEqual({ layout: 'grid', showNames: true });
});

it('takes a field that is given as undefined for one that is missing', () => {
  expect(withoutUndefined({ layout: undefined, showNames: false })).toEqual({ showNames: false });
});
