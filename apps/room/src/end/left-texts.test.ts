import type { ClientErrorCode, LeaveReason } from '@amphi/client';
import { describe, expect, it } from 'vitest';
import { describeLeaving } from './left-texts.ts';

const failed = (code: ClientErrorCode, message = '', serverCode?: number): LeaveReason => ({
  kind: 'failed',
  code,
  message,
  serverCode,
});

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
    expect(describeLeaving(reason).title).toBe(title);
  });

  it('gives the reason of the server as a sentence', () => {
    expect(describeLeaving(failed('refused', 'room is full', 403)).text).toBe('Room is full.');
    expect(describeLeaving(failed('refused', '', 500)).text).toBe('No reason was given.');
  });

  it('offers no way back that leads nowhere', () => {
    expect(describeLeaving(failed('refused', 'unknown', 404)).rejoin).toBeUndefined();
    expect(describeLeaving({ kind: 'left' }).rejoin).toBe('Rejoin');
  });
});
