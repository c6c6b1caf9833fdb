import type { RoomLook } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { isSame, problemsOf, roleOfProblem, THEMES, warningOf, withField } from './look-draft.ts';

const EMPTY: RoomLook = { roles: {} };
const defaults = { title: 'Get Started', chat: true };

describe('the draft of a look', () => {
  it('says what differs from the default, and nothing else', () => {
    const said = withField(EMPTY, defaults, ['host', 'chat'], false);
    expect(said.roles).toEqual({ host: { chat: false } });
    expect(withField(said, defaults, ['host', 'title'], 'Welcome').roles.host).toEqual({
      chat: false,
      title: 'Welcome',
    });
    expect(withField(said, defaults, ['host', 'chat'], true)).toEqual(EMPTY);
  });

  it('names what is wrong at its field, and whose it is', () => {
    const look: RoomLook = {
      font: 'a;b',
      theme: { ...THEMES.dark, background: '#ffffff' },
      roles: { guest: { title: 'x'.repeat(81) } },
    };
    const problems = problemsOf(look);
    expect([...problems.keys()].sort()).toEqual(['font', 'roles.guest.title', 'theme.background']);
    expect(problems.get('theme.background')).toBe('too light to read on it');
    expect(problems.get('roles.guest.title')).toBe('at most 80 characters');
    expect(roleOfProblem(problems, ['host', 'guest'])).toBe('guest');
    expect(problemsOf({ theme: THEMES.light, roles: {} }).size).toBe(0);
  });

  it('warns of buttons that are not seen', () => {
    expect([warningOf(THEMES.dark), warningOf(THEMES.light)]).toEqual([undefined, undefined]);
    expect(warningOf({ mode: 'dark', accent: '#111122', background: '#101020' })).toMatch(/hardly/);
  });

  it('is the same in whichever order it was said', () => {
    const a: RoomLook = { roles: { host: { chat: false, hand: true } } };
    expect(isSame(a, { roles: { host: { hand: true, chat: false } } })).toBe(true);
    expect(isSame(a, EMPTY)).toBe(false);
  });
});
