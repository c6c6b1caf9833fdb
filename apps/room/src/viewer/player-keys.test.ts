import { describe, expect, it } from 'vitest';
import { type PlayerKey, playerCommandOf } from './player-keys.ts';

const key = (name: string, part: Partial<PlayerKey> = {}): PlayerKey => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  ...part,
});
const picture = { closest: () => null };
const field = { closest: () => ({}) as Element };

describe('keys of the player', () => {
  it.each([
    [' ', 'pause'],
    ['k', 'pause'],
    ['m', 'mute'],
    ['M', 'mute'],
    ['f', 'fullscreen'],
    ['c', 'captions'],
    ['l', 'live'],
    ['ArrowUp', 'louder'],
    ['ArrowDown', 'quieter'],
    ['ArrowLeft', 'back'],
    ['ArrowRight', 'forward'],
    ['x', undefined],
    ['toString', undefined],
  ])('%s: %s', (name, command) => {
    expect(playerCommandOf(key(name), picture)).toBe(command);
    expect(playerCommandOf(key(name), null)).toBe(command);
  });

  it('belong to whoever writes, and to the browser with others held', () => {
    expect(playerCommandOf(key('m'), field)).toBeUndefined();
    for (const held of ['ctrlKey', 'metaKey', 'altKey', 'shiftKey'] as const) {
      expect(playerCommandOf(key('m', { [held]: true }), picture)).toBeUndefined();
    }
    expect(playerCommandOf(key(']', { ctrlKey: true }), field)).toBe('stats');
  });

  it('DVR6: the space bar belongs to the button that has the focus, K does not', () => {
    const button = { closest: (selectors: string) => (selectors.includes('button') ? ({} as Element) : null) };
    expect(playerCommandOf(key(' '), button)).toBeUndefined();
    expect(playerCommandOf(key('k'), button)).toBe('pause');
    expect(playerCommandOf(key(' ', { repeat: true }), picture)).toBeUndefined();
  });

  it('count once however long they are held, but for those that go by steps', () => {
    expect(playerCommandOf(key('m', { repeat: true }), picture)).toBeUndefined();
    expect(playerCommandOf(key('ArrowUp', { repeat: true }), picture)).toBe('louder');
    expect(playerCommandOf(key('ArrowLeft', { repeat: true }), picture)).toBe('back');
  });
});
