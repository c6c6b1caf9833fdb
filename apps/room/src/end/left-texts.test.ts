import type { ClientErrorCode, LeaveReason } from '@amphi/client';
import { describe, expect, it } from 'vitest';
import { englishWords, loadWords } from '../words/words.ts';
import { describeLeaving } from './left-texts.ts';

const failed = (code: ClientErrorCode, message = '', serverCode?: number): LeaveReason => ({
  kind: 'failed',
  code,
  message,
  serverCode,
});

const english = englishWords([]);

describe('the last screen', () => {
  it.each([
    [{ kind: 'left' } as const, 'You left the room'],
    [{ kind: 'removed', by: 'p', message: '' } as const, 'You were removed from the room'],
    [{ kind: 'ended', by: undefined, message: '' } as const, 'The session has ended'],
    [failed('refused', 'unknown room code', 404), 'There is no such room'],
    [failed('refused', 'room is full', 403), 'You cannot come in'],
    [failed('refused', 'token expired', 401), 'Your invitation is not valid'],
    [failed('refused', 'the peer has left', 410), 'Your place is gone'],
    [failed('refused', 'too many joins; try again in 60 s', 429), 'Too much at once'],
    [failed('endpoint_unreachable'), 'The server cannot be reached'],
    [failed('reconnect_failed'), 'The connection was lost'],
    [failed('negotiation_failed', 'bad SDP'), 'Something went wrong'],
  ])('of %j says "%s"', (reason, title) => {
    expect(describeLeaving(english, reason).title).toBe(title);
  });

  it('gives the reason of the server as a sentence', () => {
    expect(describeLeaving(english, failed('refused', 'room is full', 403)).text).toBe('Room is full.');
    expect(describeLeaving(english, failed('refused', '', 500)).text).toBe('No reason was given.');
  });

  it('WRD6: gives it by its code where the page speaks another language than the server', async () => {
    const german = await loadWords('de', []);
    const full = describeLeaving(german, failed('refused', 'room is full', 403));
    expect(full).toMatchObject({ title: german.end.refused, text: german.refusals[403] });
    expect(describeLeaving(german, failed('negotiation_failed', 'bad SDP')).text).toBe(
      german.errors.negotiation_failed,
    );
    // A code of a newer server: its own words are better than none.
    expect(describeLeaving(german, failed('refused', 'out of tickets', 499)).text).toBe('Out of tickets.');
    // What a person has written is not ours to translate.
    expect(describeLeaving(german, { kind: 'removed', by: 'p', message: 'Please come back on time' }).text).toBe(
      'Please come back on time',
    );
  });

  it('offers no way back that leads nowhere', () => {
    expect(describeLeaving(english, failed('refused', 'unknown', 404)).rejoin).toBeUndefined();
    expect(describeLeaving(english, { kind: 'left' }).rejoin).toBe('Rejoin');
  });
});
