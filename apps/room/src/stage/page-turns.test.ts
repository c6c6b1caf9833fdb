import { describe, expect, it } from 'vitest';
import { type TurnKey, turnOfKey, turnOfSwipe } from './page-turns.ts';

const key = (name: string, part: Partial<TurnKey> = {}): TurnKey => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...part,
});
const picture = { closest: () => null };
const field = { closest: () => ({}) as Element };

describe('turning pages of the stage', () => {
  it.each([
    ['PageDown', false, 'ltr', 1],
    ['PageUp', false, 'rtl', -1],
    ['ArrowRight', true, 'ltr', 1],
    ['ArrowLeft', true, 'ltr', -1],
    ['ArrowRight', true, 'rtl', -1],
    ['ArrowLeft', true, 'rtl', 1],
    ['ArrowRight', false, 'ltr', undefined],
    ['Enter', true, 'ltr', undefined],
  ] as const)('STG3: %s, on the stage: %s, %s: %s', (name, isOnStage, direction, turn) => {
    expect(turnOfKey(key(name), { focused: picture, isOnStage, direction })).toBe(turn);
  });

  it('STG3: keys belong to whoever writes, and to the browser with others held', () => {
    expect(turnOfKey(key('PageDown'), { focused: field, isOnStage: false, direction: 'ltr' })).toBeUndefined();
    for (const held of ['ctrlKey', 'metaKey', 'altKey', 'shiftKey'] as const) {
      const pressed = key('PageDown', { [held]: true });
      expect(turnOfKey(pressed, { focused: null, isOnStage: true, direction: 'ltr' })).toBeUndefined();
    }
  });

  it.each([
    [{ x: -80, y: 10 }, 'ltr', 1],
    [{ x: 80, y: -10 }, 'ltr', -1],
    [{ x: 80, y: 0 }, 'rtl', 1],
    [{ x: -80, y: 0 }, 'rtl', -1],
    [{ x: -40, y: 0 }, 'ltr', undefined],
    [{ x: -80, y: 60 }, 'ltr', undefined],
  ] as const)('STG3: a finger that moved by %j, %s: %s', (moved, direction, turn) => {
    expect(turnOfSwipe(moved, direction)).toBe(turn);
  });
});
