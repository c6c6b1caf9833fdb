import { type ChatMessage, initialState, type Recipients, type RemotePeer } from '@amphi/client';
import { isolate } from '@amphi/ui';
import { describe, expect, it } from 'vitest';
import { englishWords } from '../words/words.ts';
import { addresseeOf, answerTo, recipientChoices } from './recipients.ts';

const english = englishWords([]);

const peer = (id: string, name: string, roleName: string) => ({ id, name, roleName }) as RemotePeer;

const message = (recipients: Recipients, isSelf: boolean): ChatMessage => ({
  id: '1',
  text: 'hello',
  sentAt: 0,
  sender: { peerId: 'p', userId: 'u', name: 'Bo', roleName: 'guest', isSelf },
  recipients,
  mentions: undefined,
  delivery: 'sent',
  isEarlier: false,
});

describe('recipients', () => {
  it('are everyone in a role that somebody has, and people by name', () => {
    const { room } = initialState('me');
    const choices = recipientChoices({
      room: { ...room, countsByRole: { viewer: 1200, speaker: 0, __internal_recorder: 1 } },
      peers: { a: peer('a', 'Zoe', 'guest'), b: peer('b', 'Ann', 'host'), c: peer('c', '', 'guest') },
    });
    expect(choices.roles.map(({ label }) => label)).toEqual(['guest', 'host', 'viewer']);
    expect(choices.people.map(({ label }) => label)).toEqual(['Ann', 'Zoe']);
    expect(choices.people[0]?.recipients).toEqual({ to: 'peer', peerId: 'b' });
  });

  it.each([
    [{ to: 'everyone' }, false, undefined],
    [{ to: 'roles', roles: ['guest', 'host'] }, false, `to ${isolate('guest')}, ${isolate('host')}`],
    [{ to: 'peer', peerId: 'me' }, false, 'privately to you'],
    [{ to: 'peer', peerId: 'a' }, true, `privately to ${isolate('Ann')}`],
    [{ to: 'peer', peerId: 'gone' }, true, 'privately to somebody who left'],
  ] as const)('%j, own: %s, reads %s, with names isolated (WRD8)', (recipients, isSelf, words) => {
    expect(addresseeOf(english, message(recipients, isSelf), (id) => (id === 'a' ? 'Ann' : undefined))).toBe(words);
  });

  it('an answer goes to the sender alone', () => {
    expect(answerTo(message({ to: 'everyone' }, false))).toEqual({ to: 'peer', peerId: 'p' });
    expect(answerTo(message({ to: 'everyone' }, true))).toBeUndefined();
  });
});
