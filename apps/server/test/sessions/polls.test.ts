import { VirtualClock } from '@amphi/testkit';
import { afterEach, expect, it } from 'vitest';
import { startTestHost, type TestHost } from './test-host.ts';

let host: TestHost;

afterEach(() => host.close());

it('ROOM100, ROOM101: a poll from question to result; counts go out once a second, however many vote', async () => {
  const clock = new VirtualClock();
  host = await startTestHost({ clock });
  const room = host.rooms.rooms.get('room-1')!;
  const allow = (name: string, more: object) => {
    const role = room.template.roles[name]!;
    return { [name]: { ...role, permissions: { ...role.permissions, pollRead: true, ...more } } };
  };
  const roles = { ...room.template.roles, ...allow('broadcaster', { pollWrite: true }), ...allow('hls-viewer', {}) };
  host.rooms.rooms.set('room-1', { ...room, template: { ...room.template, roles } });
  const ann = await host.join('broadcaster');
  const viewers = await Promise.all(Array.from({ length: 4 }, (_, i) => host.join('hls-viewer', { name: `v${i}` })));
  const first = viewers[0]!;
  const made = await ann.request('poll-info-set', { title: 'Lunch?', type: 'poll', mode: 'peerid' });
  const { poll_id: pollId } = made.result as { poll_id: string };
  const question = { index: 1, text: 'What?', type: 'single-choice' };
  const options = [
    { index: 1, text: 'soup' },
    { index: 2, text: 'salad' },
  ];
  expect(
    (await ann.request('poll-questions-set', { poll_id: pollId, questions: [{ question, options }] })).result,
  ).toEqual({
    poll_id: pollId,
    total_questions: 1,
  });
  expect((await first.request('poll-start', { poll_id: pollId })).error?.code).toBe(403);
  await ann.request('poll-start', { poll_id: pollId });
  for (const client of [ann, ...viewers]) {
    expect((await client.next('on-poll-start')).polls).toMatchObject([{ poll_id: pollId, state: 'started' }]);
  }
  expect((await first.request('poll-list', { state: 'started' })).result).toMatchObject({
    polls: [{ poll_id: pollId }],
  });
  const vote = (option: number) => ({
    poll_id: pollId,
    responses: [{ question: 1, type: 'single-choice', option, duration: 5 }],
  });
  const votes = await Promise.all(viewers.map((viewer, i) => viewer.request('poll-response', vote(i === 0 ? 1 : 2))));
  expect(votes.every(({ result }) => result)).toBe(true);
  await ann.settled();
  expect(ann.all('on-poll-stats')).toEqual([]);
  clock.advance(1_000);
  expect((await ann.next('on-poll-stats')).polls).toMatchObject([
    { poll_id: pollId, user_count: 4, max_user: 5, questions: [{ options: [1, 3], total: 4 }] },
  ]);
  clock.advance(5_000);
  await ann.settled();
  expect(ann.all('on-poll-stats')).toHaveLength(1);
  await ann.request('poll-stop', { poll_id: pollId });
  await first.next('on-poll-stop');
  expect((await first.request('poll-response', vote(2))).error?.code).toBe(400);
  expect((await first.request('poll-result', { poll_id: pollId })).result).toMatchObject({ total_response: 4 });
  expect((await first.request('poll-responses', { poll_id: pollId, self: true })).result).toMatchObject({
    responses: [{ response: { option: 1 }, peer: { username: 'v0' } }],
  });
  expect((await ann.request('poll-leaderboard', { poll_id: 'x' })).error?.code).toBe(404);
});
