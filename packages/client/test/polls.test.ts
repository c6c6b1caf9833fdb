import { describe, expect, it } from 'vitest';
import { mayAnswer, pollsInOrder } from '../src/index.ts';
import type { FakeHost } from './fake-host.ts';
import { advance, joined, settled } from './joined.ts';

function info(id: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    poll_id: id,
    title: 'Capitals',
    type: 'quiz',
    state: 'started',
    duration: 0,
    anonymous: false,
    visibility: false,
    locked: false,
    mode: 'userid',
    vote: ['viewer'],
    responses: [],
    created_by: 'p-9',
    started_by: 'p-9',
    stopped_by: '',
    created_at: 1,
    started_at: 2,
    stopped_at: 0,
    questions_count: 1,
    ...changes,
  };
}

const question = (answer?: object) => ({
  question: { index: 1, text: 'Of France?', type: 'single-choice', skippable: true, weight: 10 },
  options: [
    { index: 1, text: 'Lyon' },
    { index: 2, text: 'Paris' },
  ],
  ...(answer && { answer }),
});

const counts = (votes: readonly number[]) => ({
  max_user: 20,
  user_count: votes.reduce((sum, count) => sum + count, 0),
  total_response: votes.reduce((sum, count) => sum + count, 0),
  questions: [{ question: 1, type: 'single-choice', options: votes, correct: votes[1] ?? 0, skipped: 0, total: 3 }],
});

/** A server that runs one quiz. */
function serveQuiz(host: FakeHost): void {
  host.answers['poll-list'] = () => ({ result: { polls: [info('q')] } });
  host.answers['poll-questions-get'] = () => ({ result: { questions: [question()], last: true } });
  host.answers['poll-responses'] = () => ({ result: { responses: [], last: true } });
  host.answers['poll-result'] = () => ({ result: counts([1, 0]) });
}

describe('polls', () => {
  it('makes a quiz whose right answers stay hidden, and shows it to its maker as not begun', async () => {
    const { host, session } = await joined();
    host.answers['poll-info-set'] = () => ({ result: { poll_id: 'q' } });
    const id = await session.polls.create({
      title: 'Capitals',
      type: 'quiz',
      questions: [
        { text: 'Of France?', options: ['Lyon', 'Paris'], correct: [2], points: 10 },
        { text: 'Of two?', type: 'multiple-choice', options: ['a', 'b', 'c'], correct: [1, 3], isSkippable: false },
      ],
    });
    expect(id).toBe('q');
    expect(host.socket.requests('poll-info-set')[0]?.params).toMatchObject({
      title: 'Capitals',
      type: 'quiz',
      duration: 0,
    });
    expect(host.socket.requests('poll-questions-set')[0]?.params).toMatchObject({
      poll_id: 'q',
      questions: [
        { question: { index: 1, weight: 10, type: 'single-choice' }, answer: { hidden: true, option: 2 } },
        { question: { index: 2, skippable: false }, answer: { hidden: true, options: [1, 3] } },
      ],
    });
    expect(session.state.polls.q).toMatchObject({
      status: 'created',
      questions: [{ correct: [2] }, { correct: [1, 3] }],
    });
    await session.polls.start(id);
    await session.polls.stop(id);
    expect(host.socket.frames.slice(-2).map(({ method }) => method)).toEqual(['poll-start', 'poll-stop']);
  });

  it('asks nothing of the server that the role may not do', async () => {
    const { host, session } = await joined('viewer');
    await expect(session.polls.create({ title: 'x', questions: [] })).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(session.polls.start('q')).rejects.toMatchObject({ code: 'not_allowed' });
    expect(host.socket.frames.filter(({ method }) => method?.startsWith('poll-'))).toEqual([]);
  });

  it('learns of a poll by its start, with questions, counts and own answers of before', async () => {
    const { host, session } = await joined('viewer');
    serveQuiz(host);
    host.answers['poll-responses'] = () => ({
      result: { responses: [{ response: { response_id: 'r', question: 1, type: 'single-choice', option: 2 } }] },
    });
    host.socket.notify('on-poll-start', { polls: [info('q')] });
    await settled();
    expect(session.state.polls.q).toMatchObject({
      title: 'Capitals',
      status: 'started',
      questions: [{ text: 'Of France?', points: 10, correct: undefined }],
      results: { voters: 1, readers: 20, questions: [{ votes: { 1: 1, 2: 0 } }] },
      ownAnswers: { 1: { options: [2] } },
    });
    expect(host.socket.requests('poll-responses')[0]?.params).toMatchObject({ self: true });
  });

  it('answers by the kind of question; the first answer of a quiz stays', async () => {
    const { host, session } = await joined('viewer');
    serveQuiz(host);
    await session.polls.load();
    const poll = session.state.polls.q;
    expect(poll && mayAnswer(session.state, poll)).toBe(true);
    await session.polls.answer('q', 1, { options: [2] }, { durationMs: 1_500 });
    await session.polls.answer('q', 1, { options: [1] });
    expect(host.socket.requests('poll-response')[0]?.params).toEqual({
      poll_id: 'q',
      responses: [{ question: 1, type: 'single-choice', duration: 1_500, option: 2 }],
    });
    expect(session.state.polls.q?.ownAnswers).toEqual({ 1: { options: [2] } });
    await expect(session.polls.answer('q', 7, { isSkipped: true })).rejects.toMatchObject({ code: 'wrong_state' });
  });

  it('follows the counts, and after the end shows what was right', async () => {
    const { host, session } = await joined('viewer');
    serveQuiz(host);
    await session.polls.load();
    host.socket.notify('on-poll-stats', {
      polls: [
        { poll_id: 'q', ...counts([1, 4]) },
        { poll_id: 'unknown', ...counts([]) },
      ],
    });
    expect(session.state.polls.q?.results?.questions[0]?.votes).toEqual({ 1: 1, 2: 4 });
    expect(Object.keys(session.state.polls)).toEqual(['q']);
    host.answers['poll-questions-get'] = () => ({ result: { questions: [question({ hidden: true, option: 2 })] } });
    host.socket.notify('on-poll-stop', { polls: [{ poll_id: 'q', stopped_at: 9, stopped_by: 'p-9' }] });
    await settled();
    expect(session.state.polls.q).toMatchObject({ status: 'stopped', stoppedAt: 9, questions: [{ correct: [2] }] });
  });

  it('loads again after a reconnect what it had loaded', async () => {
    const { host, clock, session } = await joined('viewer');
    serveQuiz(host);
    await session.polls.load();
    host.socket.drop();
    host.answers['poll-list'] = () => ({ result: { polls: [info('later', { started_at: 5 }), info('q')] } });
    await advance(clock, 5_000);
    expect(pollsInOrder(session.state.polls).map(({ id }) => id)).toEqual(['later', 'q']);
  });

  it('tells who did best', async () => {
    const { host, session } = await joined('viewer');
    host.answers['poll-leaderboard'] = () => ({
      result: {
        avg_score: 5,
        avg_time: 900,
        voted_users: 2,
        total_users: 20,
        correct_users: 1,
        questions: [
          {
            position: 1,
            score: 10,
            total_responses: 1,
            correct_responses: 1,
            duration: 900,
            peer: { peerid: 'p', username: 'Ada' },
          },
        ],
        last: false,
      },
    });
    expect(await session.polls.leaderboard('q', { count: 1 })).toEqual({
      averageScore: 5,
      averageMs: 900,
      voters: 2,
      readers: 20,
      entries: [{ position: 1, peerId: 'p', name: 'Ada', score: 10, answered: 1, correct: 1, durationMs: 900 }],
      isMore: true,
    });
    host.answers['poll-leaderboard'] = () => ({ result: { questions: 'none' } });
    await expect(session.polls.leaderboard('q')).rejects.toMatchObject({ code: 'malformed_answer' });
  });
});
