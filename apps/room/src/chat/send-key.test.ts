import { expect, it } from 'vitest';
import { isSendKey } from './send-key.ts';

const enter = { key: 'Enter', shiftKey: false, isComposing: false, keyCode: 13 };

it.each([
  ['Enter', enter, true],
  ['Shift and Enter', { ...enter, shiftKey: true }, false],
  ['another key', { ...enter, key: 'a', keyCode: 65 }, false],
  ['Enter that picks a word', { ...enter, isComposing: true, keyCode: 229 }, false],
  ['Enter that picks a word in Safari', { ...enter, keyCode: 229 }, false],
])('%s', (_, event, sends) => {
  expect(isSendKey(event)).toBe(sends);
});
