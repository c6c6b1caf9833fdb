import { subdomain } from '@amphi/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSubdomain, subdomainFromName } from './subdomain-from-name.ts';

describe('subdomainFromName', () => {
  it.each([
    ['Town hall', 'town-hall'],
    ['  Café: Été 2026! ', 'cafe-ete-2026'],
    ['Событие', ''],
  ])('turns "%s" into "%s"', (name, expected) => {
    expect(subdomainFromName(name)).toBe(expected);
  });

  it('is valid whenever it is long enough', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 120 }), (name) => {
        const made = subdomainFromName(name);
        if (made.length >= 3) expect(subdomain.safeParse(made).success).toBe(true);
      }),
    );
  });
});

describe('nextSubdomain', () => {
  it.each([
    ['talks', 'talks-2'],
    ['talks-2', 'talks-3'],
    ['a'.repeat(63), `${'a'.repeat(61)}-2`],
  ])('follows "%s" by "%s"', (taken, expected) => {
    expect(nextSubdomain(taken)).toBe(expected);
  });

  it('stays valid, however often', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/), (taken) => {
        const next = nextSubdomain(taken);
        expect(next).not.toBe(taken);
        expect(subdomain.safeParse(next).success).toBe(true);
      }),
    );
  });
});
