import type { Fact } from '@amphi/rooms';
import { describe, expect, it } from 'vitest';
import { lostSessionEvent, sessionEventsOf } from './session-events.ts';

const PEER = { peerId: 'p', userId: 'u', role: 'host', name: 'Ann', data: '{"secret":1}', joinedAt: 1_000 };
const OF = { sessionId: 's', roomId: 'r', startedAt: 1_000, at: 5_000 };

const told = (fact: Fact, opening = false) =>
  sessionEventsOf({ ...OF, fact }, opening).map(({ type, peerId, at, data }) => [type, peerId, at.getTime(), data]);

describe('EVT5: what a session tells of itself', () => {
  const ann = { user_name: 'Ann', role: 'host' };

  it.each<[Fact, unknown]>([
    [{ type: 'peerJoined', ...PEER }, ['peer.join', 'p', 5_000, ann]],
    [{ type: 'peerLeft', why: 'lost', ...PEER }, ['peer.leave', 'p', 5_000, { ...ann, reason: 'lost' }]],
    [
      { type: 'peerLeft', why: 'removed', by: 'q', message: 'out', ...PEER },
      ['peer.leave', 'p', 5_000, { ...ann, reason: 'removed', requested_by: 'q' }],
    ],
    [
      { type: 'roleChanged', from: 'guest', by: '', agreed: false, ...PEER },
      ['peer.role-change', 'p', 5_000, { ...ann, previous_role: 'guest' }],
    ],
    [{ type: 'roleRefused', by: 'q', ...PEER }, ['peer.role-refused', 'p', 5_000, { ...ann, requested_by: 'q' }]],
    [
      { type: 'streamChanged', phase: 'failed', streamId: 'x', why: 'no encoder' },
      ['stream.failed', '', 5_000, { reason: 'no encoder' }],
    ],
    [
      { type: 'outputChanged', kind: 'browser', phase: 'started', jobId: 'x' },
      ['output.started', '', 5_000, { output: 'browser' }],
    ],
    [{ type: 'recordingFinished', kind: 'beam', jobId: 'x' }, ['recording.ready', '', 5_000, {}]],
    [{ type: 'ingestStarted', ingestId: 'i', streamId: '' }, ['encoder.connected', '', 5_000, {}]],
    [
      { type: 'ingestEnded', ingestId: 'i', streamId: '', startedAt: 1, why: 'lost' },
      ['encoder.gone', '', 5_000, { reason: 'lost' }],
    ],
    [{ type: 'pollStarted', pollId: 'x', by: 'p' }, ['poll.started', '', 5_000, { requested_by: 'p' }]],
    [{ type: 'roomLocked', by: '' }, ['room.locked', '', 5_000, {}]],
    [
      { type: 'sessionEnded', ending: { by: 'p', reason: 'late', lock: false } },
      ['session.close', '', 5_000, { reason: 'late', requested_by: 'p' }],
    ],
  ])('of %o', (fact, expected) => {
    expect(told(fact)).toEqual([expected]);
  });

  it('begins with its own begin', () => {
    expect(told({ type: 'peerJoined', ...PEER }, true).map(([type, , at]) => [type, at])).toEqual([
      ['session.open', 1_000],
      ['peer.join', 5_000],
    ]);
  });

  it('has no address of a platform, and nothing that is told elsewhere', () => {
    const why = 'rtmp://live.example/app/KEY refused';
    expect(told({ type: 'outputChanged', kind: 'rtmp', phase: 'failed', jobId: 'x', why })).toEqual([
      ['output.failed', '', 5_000, { output: 'rtmp' }],
    ]);
    expect(told({ type: 'joinRefused', ...PEER })).toEqual([]);
    expect(told({ type: 'messageSent', messageId: 'm', peerId: 'p', recipients: { to: 'everyone' } })).toEqual([]);
  });

  it('EVT6: ends as lost when its server was killed', () => {
    const session = { id: 's', roomId: 'r', startedAt: new Date(1_000), endedAt: new Date(9_000) };
    expect(lostSessionEvent(session)).toMatchObject({
      ...{ sessionId: 's', roomId: 'r', type: 'session.close', at: new Date(9_000), data: { reason: 'lost' } },
    });
  });
});
