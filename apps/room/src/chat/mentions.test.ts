import type { Recipients } from '@amphi/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MENTIONS_OFFERED,
  mentionedIn,
  mentionsOffered,
  namesUs,
  openMention,
  placesOf,
  withMention,
} from './mentions.ts';

const people = ['Ann Lee', 'Hannah', 'Lee Ann', 'Bo', ''].map((name, index) => ({
  id: `p${index}`,
  name,
  roleName: index === 0 ? 'host' : 'viewer',
}));
const EVERYONE: Recipients = { to: 'everyone' };

describe('a mention that is being typed', () => {
  it.each([
    ['@', ''],
    ['hi @an', 'an'],
    ['(@Ann L', 'Ann L'],
    ['hi @ann ', undefined],
    ['@ ann', undefined],
    ['me@example', undefined],
    ['@ann\nb', undefined],
    [`@${'a'.repeat(41)}`, undefined],
    ['no', undefined],
  ])('STG11: %j', (text, query) => {
    expect(openMention(text, text.length)?.query).toBe(query);
  });

  it('STG11: is none before its "@"', () => {
    expect(openMention('@ann', 0)).toBeUndefined();
    expect(openMention('@ann', 1)).toEqual({ start: 0, end: 1, query: '' });
  });

  it('STG11: is replaced by the name, and one writes on behind it', () => {
    const text = 'hi @an, come';
    const open = openMention(text, 6)!;
    expect(withMention(text, open, 'Ann Lee')).toEqual({ text: 'hi @Ann Lee , come', caret: 12 });
    expect(withMention('hi @an come', open, 'Ann Lee')).toEqual({ text: 'hi @Ann Lee come', caret: 12 });
  });

  it('STG11: offers those who get the message, whose name begins so first, eight at most', () => {
    const named = (query: string, recipients: Recipients = EVERYONE) =>
      mentionsOffered(people, query, recipients).map(({ name }) => name);
    expect(named('ann')).toEqual(['Ann Lee', 'Lee Ann']);
    expect(named('')).toEqual(['Ann Lee', 'Bo', 'Hannah', 'Lee Ann']);
    expect(named('ann', { to: 'roles', roles: ['viewer'] })).toEqual(['Lee Ann']);
    expect(named('', { to: 'peer', peerId: 'p3' })).toEqual(['Bo']);
    const many = Array.from({ length: 2_000 }, (_, index) => ({
      id: `${index}`,
      name: `Guest ${index}`,
      roleName: '',
    }));
    expect(mentionsOffered([...many, ...many], 'guest', EVERYONE)).toHaveLength(MENTIONS_OFFERED);
  });
});

describe('a message with names', () => {
  const from = (text: string, mentions?: readonly string[], isSelf = false) => ({
    text,
    mentions,
    sender: { peerId: 'x', userId: '', name: 'X', roleName: '', isSelf },
  });

  it('STG11: names those who were chosen and are still in it', () => {
    expect(mentionedIn('@Ann Lee and @Bobby', [people[0]!, people[3]!, people[0]!])).toEqual(['p0']);
  });

  it('STG11: is for whom its sender has chosen, else for whoever is called so', () => {
    const bo = { peerId: 'p3', name: 'Bo' };
    expect(namesUs(from('@Bo', ['p3']), bo)).toBe(true);
    expect(namesUs(from('@Bo', ['another']), bo)).toBe(false);
    expect(namesUs(from('well, @bo!'), bo)).toBe(true);
    expect(namesUs(from('@Bobby, mail a@bo'), bo)).toBe(false);
    expect(namesUs(from('@Bo', ['p3'], true), bo)).toBe(false);
  });

  it('finds a name of any signs', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (name, rest) => {
        const places = placesOf(`@${name.trim()} ${rest}`, name);
        expect(name.trim() === '' || places[0]?.start === 0).toBe(true);
      }),
    );
  });
});
