import type { MethodParams, PollQuestion } from '@amphi/protocol';
import { methods } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { enter, factsOf, makeRole, makeSession, outline, ROLES, sent } from '../test/session-fixture.ts';
import {
  expirePolls,
  getPollQuestions,
  getValue,
  keptRecords,
  leavePeer,
  listPolls,
  MAX_ANSWER_BYTES,
  MAX_POLLS,
  nextPollEndAt,
  pollLeaderboard,
  pollResponses,
  pollResult,
  pollStats,
  respondToPoll,
  restoreKept,
  type Session,
  setPollInfo,
  setPollQuestions,
  setValue,
  startPoll,
  stopPoll,
} from './index.ts';

const room = (): Session => {
  const session = makeSession({
    roles: {
      ...ROLES,
      teacher: makeRole('teacher', { permissions: { pollRead: true, pollWrite: true } }),
      pupil: makeRole('pupil', { permissions: { pollRead: true } }),
    },
  });
  enter(session, 't', 'teacher');
  for (const id of ['p', 'q', 'r']) enter(session, id, 'pupil');
  enter(session, 'v', 'viewer');
  return session;
};

type Json = Record<string, unknown>;
const params = <
  Name extends 'poll-info-set' | 'poll-questions-set' | 'poll-response' | 'poll-list' | 'poll-leaderboard',
>(
  name: Name,
  json: Json,
) => methods[name].parse(json) as MethodParams<Name>;

const COLOURS = {
  question: { index: 1, text: 'Which colour?', type: 'single-choice', weight: 5 },
  options: [
    { index: 1, text: 'red' },
    { index: 2, text: 'blue' },
  ],
  answer: { hidden: true, option: 2 },
};
const CAPITAL = {
  question: { index: 2, text: 'Capital of France?', type: 'short-answer', skippable: false },
  answer: { hidden: true, text: 'Paris' },
};

function make(session: Session, info: Json = {}, questions: readonly Json[] = [COLOURS, CAPITAL]): string {
  const { poll_id: id } = setPollInfo(session, 't', params('poll-info-set', { title: 'T', type: 'poll', ...info }), 1);
  setPollQuestions(session, 't', params('poll-questions-set', { poll_id: id, questions }));
  return id;
}

const answer = (session: Session, id: string, by: string, ...responses: readonly Json[]) =>
  respondToPoll(session, by, params('poll-response', { poll_id: id, responses }), 1_000);
const choose = (option: number, duration = 100) => ({ question: 1, type: 'single-choice', option, duration });
const write = (text: string) => ({ question: 2, type: 'short-answer', text, duration: 10 });

describe('polls', () => {
  it('ROOM109: one with a duration closes when that is over, as if nobody had stopped it', () => {
    const session = room();
    const endless = make(session);
    const id = make(session, { duration: 30 });
    expect(nextPollEndAt(session)).toBeUndefined();
    startPoll(session, 't', endless, 1_000);
    startPoll(session, 't', id, 5_000);
    expect(nextPollEndAt(session)).toBe(35_000);
    expect(expirePolls(session, 34_999)).toEqual([]);
    const over = expirePolls(session, 35_200);
    expect(outline(over)).toEqual(['p,q,r,t <- on-poll-stop']);
    expect(sent(over, 'on-poll-stop')).toEqual({ polls: [{ poll_id: id, stopped_at: 35_000, stopped_by: '' }] });
    expect(factsOf(over)).toMatchObject([{ type: 'pollStopped', pollId: id, by: '', voters: 0, answers: [] }]);
    expect(nextPollEndAt(session)).toBeUndefined();
    expect(() => answer(session, id, 'p', choose(1), write('Paris'))).toThrow(/stopped/);
  });

  it('RST7: kept records make the same polls and values of a new session, and only what changed has another version', () => {
    const session = room();
    const id = make(session, { duration: 30 });
    startPoll(session, 't', id, 5_000);
    answer(session, id, 'p', choose(1), write('Paris'));
    answer(session, id, 'q', choose(2));
    setValue(session, 't', { key: 'pinned', data: ['x'] }, 7);
    const before = new Map([...keptRecords(session)].map(({ key, version }) => [key, version]));
    answer(session, id, 'p', choose(2));
    const after = [...keptRecords(session)];
    expect(after.filter(({ key, version }) => before.get(key) !== version).map(({ key }) => key)).toEqual([
      JSON.stringify(['answers', id, 'u user-p']),
    ]);
    const copy = room();
    restoreKept(copy, JSON.parse(JSON.stringify(after.map((record) => record.content()))));
    expect(pollResult(copy, 't', id)).toEqual(pollResult(session, 't', id));
    expect(listPolls(copy, 't', params('poll-list', { count: 10 }))).toEqual(
      listPolls(session, 't', params('poll-list', { count: 10 })),
    );
    expect({ ...copy.store, values: [...copy.store.values] }).toEqual({
      ...session.store,
      values: [...session.store.values],
    });
    expect(copy.polls.get(id)?.bytes).toBe(session.polls.get(id)?.bytes);
    expect(nextPollEndAt(copy)).toBe(35_000);
    expect(getValue(copy, 't', 'pinned')).toEqual(getValue(session, 't', 'pinned'));
  });

  it('ROOM100: begin and end for all who may read polls, who did it included', () => {
    const session = room();
    const id = make(session);
    const begun = startPoll(session, 't', id, 5);
    expect(outline(begun)).toEqual(['p,q,r,t <- on-poll-start']);
    expect(sent(begun, 'on-poll-start')).toMatchObject({
      polls: [{ poll_id: id, state: 'started', started_by: 't', started_at: 5, questions_count: 2 }],
    });
    const over = stopPoll(session, 't', id, 9);
    expect(outline(over)).toEqual(['p,q,r,t <- on-poll-stop']);
    expect(sent(over, 'on-poll-stop')).toEqual({ polls: [{ poll_id: id, stopped_at: 9, stopped_by: 't' }] });
    expect([...factsOf(begun), ...factsOf(over)]).toEqual([
      { type: 'pollStarted', pollId: id, by: 't' },
      expect.objectContaining({ type: 'pollStopped', pollId: id, by: 't', voters: 0 }),
    ]);
  });

  it('ROOM101: votes are counted; each says only that the counts are others', () => {
    const session = room();
    const id = make(session);
    startPoll(session, 't', id, 5);
    expect(answer(session, id, 'p', choose(1), write('paris ')).effects).toEqual([{ type: 'pollChanged', pollId: id }]);
    answer(session, id, 'q', choose(2));
    expect(pollResult(session, 'r', id)).toEqual({
      max_user: 4,
      user_count: 2,
      total_response: 3,
      questions: [
        { question: 1, type: 'single-choice', options: [1, 1], correct: 1, skipped: 0, total: 2 },
        { question: 2, type: 'short-answer', correct: 1, skipped: 0, total: 1 },
      ],
    });
    const told = pollStats(session, id);
    expect(outline(told)).toEqual(['p,q,r,t <- on-poll-stats']);
    expect(sent(told, 'on-poll-stats')).toMatchObject({ polls: [{ poll_id: id, user_count: 2 }] });
  });

  it('ROOM102: in a poll the last answer of a voter counts, in a quiz the first; votes outlive their givers', () => {
    const session = room();
    const [poll, quiz] = [make(session), make(session, { type: 'quiz' })];
    for (const id of [poll, quiz]) {
      startPoll(session, 't', id, 5);
      answer(session, id, 'p', choose(1));
      answer(session, id, 'p', choose(2));
    }
    expect(pollResult(session, 't', poll).questions[0]).toMatchObject({ options: [0, 1], total: 1, correct: 1 });
    expect(pollResult(session, 't', quiz).questions[0]).toMatchObject({ options: [1, 0], total: 1, correct: 0 });
    leavePeer(session, 'p', { why: 'left' });
    // The same person, by user id, does not vote again as another peer.
    enter(session, 'p', 'pupil');
    answer(session, poll, 'p', choose(1));
    expect(pollResult(session, 't', poll)).toMatchObject({ user_count: 1, questions: [{ options: [1, 0] }, {}] });
  });

  it('ROOM103: what is no answer changes nothing', () => {
    const session = room();
    const id = make(session);
    const refused = (message: string, ...responses: Json[]) =>
      expect(() => answer(session, id, 'p', ...responses)).toThrow(message);
    refused('this poll is created, not started', choose(1));
    startPoll(session, 't', id, 5);
    refused('question 3 is not one', choose(1), { ...choose(1), question: 3 });
    refused('no option 7', choose(7));
    refused('question 2 has to be answered', { question: 2, type: 'short-answer', skipped: true });
    expect(pollResult(session, 't', id)).toMatchObject({ user_count: 0, total_response: 0 });
    answer(session, id, 'p', { ...choose(-1), skipped: true });
    expect(pollResult(session, 't', id).questions[0]).toMatchObject({ skipped: 1, total: 1, options: [0, 0] });
  });

  it('ROOM104: needs pollWrite to make, start and stop, pollRead for the rest, and a role that may vote', () => {
    const session = room();
    const id = make(session, { vote: ['teacher'] });
    expect(() => setPollInfo(session, 'p', params('poll-info-set', { title: 'x', type: 'poll' }), 1)).toThrow(
      'pollWrite',
    );
    expect(() => startPoll(session, 'p', id, 1)).toThrow('pollWrite');
    expect(() => listPolls(session, 'v', { count: 10 })).toThrow('pollRead');
    startPoll(session, 't', id, 5);
    expect(() => answer(session, id, 'p', choose(1))).toThrow('role pupil may not answer');
    expect(() => startPoll(session, 't', id, 5)).toThrow('this poll is started, not created');
    expect(() => setPollQuestions(session, 't', { poll_id: id, questions: [] })).toThrow('not created');
    expect(() => pollResult(session, 't', 'other')).toThrow('no poll other');
    expect(() =>
      setPollInfo(session, 't', params('poll-info-set', { title: 'x', type: 'poll', vote: ['king'] }), 1),
    ).toThrow('"king"');
  });

  it('ROOM105: what is right is hidden from who answers until it is over; drafts from all but those who make them', () => {
    const session = room();
    const id = make(session, { type: 'quiz' });
    const answersFor = (peerId: string) =>
      getPollQuestions(session, peerId, { poll_id: id, index: 0, count: 50 }).questions.map(
        (question: PollQuestion) => question.answer !== undefined,
      );
    expect(listPolls(session, 'p', { count: 10 }).polls).toEqual([]);
    expect(listPolls(session, 't', { count: 10, state: 'created' }).polls).toHaveLength(1);
    expect(answersFor('t')).toEqual([true, true]);
    const draft = { poll_id: id, index: 0, count: 50 };
    for (const look of [
      () => getPollQuestions(session, 'p', draft),
      () => pollResult(session, 'p', id),
      () => pollResponses(session, 'p', { ...draft, self: true }),
    ]) {
      expect(look).toThrow(`no poll ${id} in this session`);
    }
    startPoll(session, 't', id, 5);
    expect(answersFor('p')).toEqual([false, false]);
    expect(answersFor('t')).toEqual([true, true]);
    stopPoll(session, 't', id, 6);
    expect(answersFor('p')).toEqual([true, true]);
    expect(getPollQuestions(session, 'p', { poll_id: id, index: 2, count: 1 })).toMatchObject({
      questions: [{ question: { index: 2 } }],
      last: true,
    });
  });

  it('ROOM106: who answered what is for oneself and the roles named, and nobody’s name in an anonymous poll', () => {
    const session = room();
    const page = { index: 0, count: 1, self: false };
    const id = make(session, { responses: ['teacher'] });
    startPoll(session, 't', id, 5);
    answer(session, id, 'p', choose(1), write('x'));
    answer(session, id, 'q', choose(2));
    expect(() => pollResponses(session, 'r', { poll_id: id, ...page })).toThrow('may not see');
    expect(pollResponses(session, 'q', { poll_id: id, ...page, self: true })).toMatchObject({
      responses: [{ response: { question: 1, option: 2 }, peer: { peerid: 'q' } }],
      last: true,
    });
    expect(pollResponses(session, 't', { poll_id: id, ...page })).toMatchObject({
      responses: [{ peer: { peerid: 'p', userid: 'user-p', username: 'P' } }],
      last: false,
    });
    const hidden = make(session, { responses: ['teacher'], anonymous: true });
    startPoll(session, 't', hidden, 5);
    answer(session, hidden, 'p', choose(1));
    expect(pollResponses(session, 't', { poll_id: hidden, ...page }).responses[0]?.peer).toEqual({
      hash: '',
      peerid: '',
      userid: '',
      username: '',
    });
  });

  it('ROOM107: a quiz that is over has a leaderboard: points, then time', () => {
    const session = room();
    const id = make(session, { type: 'quiz' });
    startPoll(session, 't', id, 5);
    answer(session, id, 'p', choose(2, 900), write('Paris'));
    answer(session, id, 'q', choose(2, 300), write('PARIS'));
    answer(session, id, 'r', choose(1, 100), write('Lyon'));
    const board = (offset: number) => pollLeaderboard(session, 'p', { poll_id: id, count: 2, offset });
    expect(() => board(0)).toThrow('not stopped');
    stopPoll(session, 't', id, 6);
    expect(board(0)).toMatchObject({
      avg_score: 4,
      avg_time: (910 + 310 + 110) / 3,
      voted_users: 3,
      total_users: 4,
      correct_users: 2,
      questions: [
        { position: 1, score: 6, correct_responses: 2, duration: 310, peer: { peerid: 'q' } },
        { position: 2, score: 6, duration: 910, peer: { peerid: 'p' } },
      ],
      last: false,
    });
    expect(board(2)).toMatchObject({ questions: [{ position: 3, score: 0, total_responses: 2 }], last: true });
    const whole = params('poll-leaderboard', { poll_id: id, count: 200 });
    expect(pollLeaderboard(session, 'p', whole).questions).toHaveLength(3);
    expect(() => params('poll-leaderboard', { poll_id: id, count: 201 })).toThrow('200');
  });

  it('ROOM108: polls, questions and answers are bounded', () => {
    const session = room();
    const first = make(session);
    startPoll(session, 't', first, 5);
    for (let i = 1; i < MAX_POLLS; i++) make(session, {}, []);
    expect(() => make(session)).toThrow('at most 50 polls');
    const last = [...session.polls.keys()].at(-1)!;
    const many = Array.from({ length: 30 }, (_, i) => ({
      question: { index: i + 1, text: '?', type: 'short-answer' },
    }));
    const more = many.map((_, i) => ({ question: { index: i + 31, text: '?', type: 'short-answer' } }));
    const set = (questions: readonly Json[]) =>
      setPollQuestions(session, 't', params('poll-questions-set', { poll_id: last, questions }));
    set(many);
    expect(() => set(more)).toThrow('at most 50 in a poll');
    session.polls.get(first)!.bytes = MAX_ANSWER_BYTES - 100;
    expect(() => answer(session, first, 'p', choose(1))).toThrow('bytes already');
    expect(pollResult(session, 't', first).user_count).toBe(0);
  });
});
