import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../api/rest.ts';
import { isFailure, wordsOf } from './event-words.ts';

const event = (type: string, over: Partial<SessionEvent> = {}): SessionEvent => ({
  ...{ id: 'e', type, timestamp: '2026-01-05T09:00:00Z', peer_id: 'p', user_name: 'Bo', role: 'guest' },
  ...over,
});
const nameOf = (id: string) => ({ a: 'Al', n: '' })[id];
const words = (type: string, over: Partial<SessionEvent> = {}) => wordsOf(event(type, over), nameOf);

describe('an event of a session in words', () => {
  it('says who came, went and changed, and by whom', () => {
    expect(words('peer.join')).toBe('Bo joined as guest');
    expect(words('peer.join', { user_name: '' })).toBe('Somebody without a name joined as guest');
    expect(words('peer.leave', { reason: 'left' })).toBe('Bo left');
    expect(words('peer.leave', { reason: 'removed', requested_by: 'a' })).toBe('Bo was put out by Al');
    expect(words('peer.leave', { reason: 'removed', requested_by: 'n' })).toBe(
      'Bo was put out by somebody without a name',
    );
    expect(words('peer.leave', { reason: 'sessionEnded', requested_by: 'a' })).toBe(
      'Bo left with the end of the session',
    );
    expect(words('peer.role-change', { previous_role: 'viewer' })).toBe('Bo went from viewer to guest');
    expect(words('peer.role-change', { previous_role: 'viewer', requested_by: 'a' })).toBe(
      'Bo went from viewer to guest, changed by Al',
    );
  });

  it('says what became of the stream and of what is kept and sent', () => {
    expect(words('stream.failed', { reason: 'no encoder' })).toBe('The live stream failed: no encoder');
    expect(words('stream.failed')).toBe('The live stream failed');
    expect(words('output.started', { output: 'browser' })).toBe('The recording began');
    expect(words('output.failed', { output: 'rtmp' })).toBe('Sending to other platforms failed');
    expect(words('encoder.gone', { reason: 'lost' })).toBe('The encoder was lost');
  });

  it('says how the session ended', () => {
    expect(words('session.close')).toBe('The session ended');
    expect(words('session.close', { reason: 'late', requested_by: 'a' })).toBe('The session ended, ended by Al: late');
    expect(words('session.close', { reason: 'lost' })).toBe('The session ended: the server was gone');
  });

  it('marks what went wrong, and has the name of a type it does not know', () => {
    const failures = ['client.join.failed', 'stream.failed', 'output.failed', 'peer.role-refused'];
    expect([...failures, 'peer.leave', 'stream.stopped'].filter((type) => isFailure({ type }))).toEqual(failures);
    expect(words('client.disconnected')).toBe('Bo lost the connection');
    expect(words('peer.sang')).toBe('peer.sang');
  });
});
