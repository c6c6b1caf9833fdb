import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerMessage,
  commandMessage,
  EMBED_VERSION,
  eventMessage,
  type RoomCommand,
  type RoomEvent,
  readAnswer,
  readCommand,
  readEvent,
} from './messages.ts';

const joined: RoomEvent = { name: 'joined', detail: { peerId: 'p', name: 'Ada', role: 'host', level: 'stage' } };
const mute: RoomCommand = { name: 'set-microphone', params: { isOn: false } };

describe('EMB5: messages', () => {
  it('are read as they were written', () => {
    expect(readEvent(eventMessage(joined))).toEqual(joined);
    expect(readCommand(commandMessage(7, mute))).toEqual({ id: 7, command: mute });
    for (const answer of [
      { id: 7, isDone: true },
      { id: 8, isDone: false, code: 'refused', message: 'no' },
    ] as const) {
      expect(readAnswer(answerMessage(answer))).toEqual(answer);
    }
  });

  it.each<[string, object]>([
    ['of another protocol', { protocol: 'other' }],
    ['of another version', { version: EMBED_VERSION + 1 }],
    ['of another type', { type: 'command' }],
    ['of an unknown name', { name: 'exploded' }],
    ['named like a member of every object', { name: 'toString' }],
    ['without what it tells', { detail: undefined }],
    ['with a number for a text', { detail: { ...joined.detail, name: 7 } }],
    ['with too long a text', { detail: { ...joined.detail, name: 'a'.repeat(4097) } }],
  ])('%s are none', (_what, change) => {
    expect(readEvent({ ...eventMessage(joined), ...change })).toBeUndefined();
  });

  it('give of what they carry only what is known', () => {
    const more = { ...eventMessage(joined), detail: { ...joined.detail, later: 1 } };
    expect(readEvent(more)).toEqual(joined);
  });

  it('that are commands we cannot carry out are refused under their number', () => {
    const command = commandMessage(3, mute);
    expect(readCommand({ ...command, version: 2 })).toMatchObject({ id: 3, code: 'unsupported_version' });
    expect(readCommand({ ...command, name: 'explode' })).toMatchObject({ id: 3, code: 'unknown_command' });
    expect(readCommand({ ...command, params: { isOn: 'yes' } })).toMatchObject({ id: 3, code: 'unknown_command' });
    for (const id of [0, -1, 1.5, '3', undefined]) expect(readCommand({ ...command, id })).toBeUndefined();
  });

  it('that anybody makes up never throw', () => {
    fc.assert(
      fc.property(fc.anything(), fc.object(), (anything, object) => {
        for (const data of [anything, { ...object, protocol: 'amphi-room', version: 1 }]) {
          expect([readEvent(data), readAnswer(data), readCommand(data)]).toHaveLength(3);
        }
      }),
    );
  });
});
