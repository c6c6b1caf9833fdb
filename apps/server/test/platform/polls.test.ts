import type { PollBody, RoomObject } from '@amphi/protocol';
import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';
import { restClient } from './rest-client.ts';

/** Polls by REST v2 (server API, 2.11), in the sessions of their rooms. */

type PollObject = PollBody & { readonly id: string };

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;

beforeAll(async () => {
  platform = await startPlatform();
  baseUrl = await platform.listen();
});
afterAll(() => platform.close());
beforeEach(async () => {
  studio = await makeStudio(platform);
});

const rest = restClient(
  {
    get web() {
      return platform.web;
    },
  },
  () => studio.managementToken,
);

const choice = (index: number, right: number[] = []) => ({
  index,
  text: `Question ${index}`,
  answer: { options: right },
  options: [
    { index: 1, text: 'A' },
    { index: 2, text: 'B' },
  ],
});

const make = async (body: object): Promise<PollObject> => (await rest.post<PollObject>('/polls', body)).body;

describe('polls', () => {
  it('have the defaults of the public API, are read and written over', async () => {
    const poll = await make({ title: 'Which song next?', questions: [choice(1)] });
    expect(poll).toMatchObject({
      title: 'Which song next?',
      ...{ duration: 0, anonymous: false, mode: 'userid', type: 'poll', start: 'auto' },
      questions: [
        {
          ...{ index: 1, format: 'text', type: 'single-choice', attachment: [], skippable: true, duration: 0 },
          ...{ once: false, weight: 1, answer_min_len: 1, answer_max_len: 1024 },
          answer: { hidden: false, options: [], text: '', case: false, trim: true },
          options: [
            { index: 1, text: 'A', weight: 1 },
            { index: 2, text: 'B', weight: 1 },
          ],
        },
      ],
    });
    expect((await rest.get(`/polls/${poll.id}`)).body).toEqual(poll);
    const after = await rest.post<PollObject>(`/polls/${poll.id}`, { title: 'Other', start: 'manual' });
    expect(after.body).toMatchObject({ id: poll.id, title: 'Other', start: 'manual', questions: [] });
  });

  it('POLL1: questions and options are written one by one, and those behind a removed one move down', async () => {
    const { id } = await make({ questions: [choice(1), choice(2), choice(3)] });
    const at = `/polls/${id}/questions`;
    expect((await rest.post(`${at}/2`, { text: 'Why?', type: 'short-answer' })).body).toMatchObject({
      ...{ index: 2, text: 'Why?', options: [] },
    });
    expect((await rest.post(`${at}/3/options/3`, { text: 'C' })).body).toEqual({ index: 3, text: 'C', weight: 1 });
    expect((await rest.delete(`${at}/3/options/1`)).status).toBe(204);
    expect((await rest.delete(`${at}/1`)).status).toBe(204);
    const { questions } = (await rest.get<PollObject>(`/polls/${id}`)).body;
    expect(questions.map(({ index, text }) => [index, text])).toEqual([
      [1, 'Why?'],
      [2, 'Question 3'],
    ]);
    expect(questions[1]?.options.map(({ index, text }) => [index, text])).toEqual([
      [1, 'B'],
      [2, 'C'],
    ]);
    expect((await rest.delete(`${at}/7`)).body.message).toBe('question not found: 7');
    expect((await rest.post(`${at}/1/options/0`, { text: 'x' })).status).toBe(400);
    const twice = await rest.post('/polls', { questions: [choice(1), choice(1)] });
    expect(twice.body.message).toMatch(/questions\.1\.index: an index that no other has/);
  });

  it('of other workspaces do not exist, for rooms either', async () => {
    const { id } = await make({ title: 'mine' });
    studio = await makeStudio(platform);
    const paths = ['', '/sessions', '/responses', '/results', '/responses/x'].map((tail) => `/polls/${id}${tail}`);
    for (const path of paths) expect((await rest.get(path)).status).toBe(404);
    expect((await rest.post(`/polls/${id}`, { title: 'theirs' })).status).toBe(404);
    const room = await rest.post('/rooms', { name: 'with-poll', polls: [id] });
    expect([room.status, room.body.message]).toEqual([
      400,
      expect.stringContaining(`polls: ids of polls, got "${id}"`),
    ]);
  });

  it('POLL2, POLL3: of a room are in its next session, and what was answered is read when they are over', async () => {
    const quiz = await make({ title: 'Quiz', type: 'quiz', questions: [choice(1, [2]), choice(2, [1])] });
    const later = await make({ title: 'Later', start: 'manual', questions: [choice(1)] });
    const room = await rest.post<RoomObject>(`/rooms/${studio.roomId}`, { polls: [quiz.id, later.id] });
    expect(room.body.polls).toEqual([quiz.id, later.id]);
    const host = await enter('broadcaster', 'Ann');
    const viewer = await enter('hls-viewer', 'Vera');
    const listed = await viewer.request('poll-list', { count: 50 });
    expect(listed).toMatchObject({ result: { polls: [{ poll_id: quiz.id, state: 'started', title: 'Quiz' }] } });
    const answers = [
      { question: 1, type: 'single-choice', option: 2, duration: 1_500 },
      { question: 2, type: 'single-choice', option: 2 },
    ];
    expect(await viewer.request('poll-response', { poll_id: quiz.id, responses: answers })).toMatchObject({
      result: {},
    });
    await host.request('poll-start', { poll_id: later.id });
    await host.request('end-room', { lock: false, reason: '' });
    type Runs = { responses: { session_id: string; total_responses: number }[]; last: string };
    const runs = await waitFor('the quiz is over', async () => {
      const { body } = await rest.get<Runs>(`/polls/${quiz.id}/sessions`);
      return body.responses.length > 0 ? body.responses : undefined;
    });
    expect(runs).toMatchObject([{ poll_id: quiz.id, total_responses: 2, unique_participants: 1 }]);
    const sessionId = runs[0]!.session_id;
    expect((await rest.get<Runs>(`/polls/${quiz.id}/sessions/${sessionId}`)).body.responses).toEqual(runs);
    expect((await rest.get<Runs>(`/polls/${later.id}/sessions`)).body.responses).toMatchObject([
      { total_responses: 0 },
    ]);
    const of = (question: number) => rest.get(`/polls/${quiz.id}/results?question=${question}`);
    expect((await of(1)).body).toMatchObject({
      results: [{ session_id: sessionId, question: 1, score: 1, user_id: 'user-Vera', duration: 1_500 }],
    });
    expect((await of(2)).body).toMatchObject({ results: [{ question: 2, score: 0 }], last: '', limit: 10 });
    type Responses = { responses: { id: string; option: number }[]; last: string };
    const first = await rest.get<Responses>(`/polls/${quiz.id}/responses?limit=1`);
    expect(first.body.responses).toMatchObject([{ question: 2, option: 2, peer_id: viewer.peerId, skipped: false }]);
    const second = await rest.get<Responses>(`/polls/${quiz.id}/responses?limit=1&start=${first.body.last}`);
    expect(second.body.responses).toMatchObject([{ question: 1, option: 2 }]);
    const { id } = second.body.responses[0]!;
    expect((await rest.get(`/polls/${quiz.id}/responses/${id}`)).body).toEqual(second.body.responses[0]);
    expect((await rest.get(`/polls/${quiz.id}/results/${id}`)).body).toMatchObject({ id, score: 1 });
    host.close();
    viewer.close();
  });
});

async function enter(role: string, name: string): Promise<WireClient> {
  const payload = JSON.stringify({ code: studio.codes[role], user_id: `user-${name}` });
  const answer = await platform.web.inject({ method: 'POST', url: '/v2/token', payload });
  const { token } = JSON.parse(answer.body) as { token: string };
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token }).opened();
  expect(await client.request('join', { name, data: '' })).toMatchObject({ result: {} });
  return client;
}
