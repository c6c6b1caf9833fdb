import { VirtualClock } from '@amphi/testkit';
import { expect, it } from 'vitest';
import type { RecordedFact } from '../../src/sessions/ports/records.ts';
import { startTestHost } from './test-host.ts';

it('FACT2: a session hands what happens in it to the recorder, in order, with time and room', async () => {
  const recorded: RecordedFact[] = [];
  const clock = new VirtualClock(1_000_000);
  const host = await startTestHost({ clock, facts: { record: (happened) => recorded.push(happened) } });
  const ann = await host.join('broadcaster');
  clock.advance(5_000);
  const viewer = await host.join('hls-viewer', { name: 'Vera' });
  await ann.request('broadcast', { info: { message: 'hello' } });
  await ann.request('role-change-request', { requested_for: viewer.peerId, role: 'viewer-realtime', force: true });
  clock.advance(1_000);
  viewer.notify('leave', {});
  await ann.next('on-peer-leave');
  await ann.request('end-room', { lock: false });
  await host.close();
  expect(recorded.map(({ at, fact }) => [at - 1_000_000, fact.type])).toEqual([
    [0, 'peerJoined'],
    [5_000, 'peerJoined'],
    [5_000, 'messageSent'],
    [5_000, 'roleChanged'],
    [6_000, 'peerLeft'],
    [6_000, 'peerLeft'],
    [6_000, 'sessionEnded'],
  ]);
  expect(recorded[4]?.fact).toMatchObject({ peerId: viewer.peerId, joinedAt: 1_005_000, why: 'left' });
  expect(new Set(recorded.map(({ roomId }) => roomId))).toEqual(new Set(['room-1']));
  expect(new Set(recorded.map(({ sessionId }) => sessionId)).size).toBe(1);
});
