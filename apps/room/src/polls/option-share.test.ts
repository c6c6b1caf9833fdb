import type { Poll, PollQuestion } from '@amphi/client';
import { expect, it } from 'vitest';
import { optionShares } from './option-share.ts';

const question: PollQuestion = {
  index: 1,
  text: 'Which?',
  type: 'multiple-choice',
  isSkippable: true,
  points: 1,
  options: [
    { index: 1, text: 'a' },
    { index: 2, text: 'b' },
  ],
  correct: [2],
};

const poll: Poll = {
  id: 'q',
  title: '',
  type: 'quiz',
  status: 'stopped',
  isAnonymous: false,
  voters: [],
  durationS: 0,
  createdBy: '',
  startedAt: 0,
  stoppedAt: 0,
  questions: [question],
  results: {
    voters: 4,
    readers: 9,
    questions: [{ index: 1, votes: { 1: 1, 2: 3 }, total: 4, correct: 2, skipped: 1 }],
  },
  ownAnswers: { 1: { options: [2] } },
};

it('shares are of those who answered, not of those who skipped', () => {
  expect(optionShares(poll, question)).toEqual([
    { index: 1, text: 'a', votes: 1, percent: 33, isChosen: false, isCorrect: false },
    { index: 2, text: 'b', votes: 3, percent: 100, isChosen: true, isCorrect: true },
  ]);
});

it('nobody has answered: no share is a number that is none', () => {
  const shares = optionShares({ ...poll, results: undefined, ownAnswers: {} }, question);
  expect(shares.map(({ percent, isChosen }) => [percent, isChosen])).toEqual([
    [0, false],
    [0, false],
  ]);
});
