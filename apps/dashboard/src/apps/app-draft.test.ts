import { createAppBody } from '@amphi/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDraft, requestFor } from './app-draft.ts';

const fine = { name: 'Town hall', subdomain: 'town-hall' };

describe('checkDraft', () => {
  it('finds nothing wrong with what the server takes', () => {
    expect(checkDraft(fine)).toEqual({});
    expect(checkDraft({ name: 'A', subdomain: 'a1b' })).toEqual({});
  });

  it('names each thing that is wrong with a name', () => {
    expect(checkDraft({ ...fine, name: '  ' }).name).toBe('Give the app a name.');
    expect(checkDraft({ ...fine, name: 'a'.repeat(101) }).name).toContain('at most 100');
    expect(checkDraft({ ...fine, name: 'Sommer/fest' }).name).toContain('only');
  });

  it('names each thing that is wrong with a subdomain', () => {
    expect(checkDraft({ ...fine, subdomain: '' }).subdomain).toBe('Choose a subdomain.');
    expect(checkDraft({ ...fine, subdomain: 'ab' }).subdomain).toContain('at least 3');
    expect(checkDraft({ ...fine, subdomain: 'a'.repeat(64) }).subdomain).toContain('at most 63');
    expect(checkDraft({ ...fine, subdomain: '-abc' }).subdomain).toContain('begins and ends');
    expect(checkDraft({ ...fine, subdomain: 'a_b_c' }).subdomain).toContain('small letters');
  });

  it('agrees with the schema of the request on any input', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 110 }),
        fc.string({ maxLength: 70, unit: fc.constantFrom('a', 'Z', '0', '-', '_') }),
        (name, subdomain) => {
          const accepted = createAppBody.safeParse({ kit: 'custom', name, subdomain, region: 'eu' }).success;
          expect(Object.keys(checkDraft({ name, subdomain })).length === 0).toBe(accepted);
        },
      ),
    );
  });
});

describe('requestFor', () => {
  const draft = { name: ' Lab ', subdomain: 'lab', region: 'eu', webinarAudience: true, guestsOnStage: true } as const;

  it('trims the name and passes the options of the Live Streaming kit on', () => {
    expect(requestFor('live_streaming', draft)).toEqual({
      kit: 'live_streaming',
      name: 'Lab',
      subdomain: 'lab',
      region: 'eu',
      options: { webinarAudience: true, guestsOnStage: true },
    });
  });

  it('asks for no options of a custom app', () => {
    expect(requestFor('custom', draft).options).toEqual({ webinarAudience: false, guestsOnStage: false });
  });
});
