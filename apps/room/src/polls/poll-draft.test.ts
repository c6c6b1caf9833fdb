import { expect, it } from 'vitest';
import { canBeAsked, type Draft, emptyDraft, toNewPoll } from './poll-draft.ts';

const quiz: Draft = {
  type: 'quiz',
  title: ' Capitals ',
  isAnonymous: false,
  questions: [{ text: 'Of France?', type: 'single-choice', options: ['Lyon', ' ', 'Paris '], correct: [3] }],
};

it('leaves empty options out, and right ones keep pointing at what they meant', () => {
  expect(toNewPoll(quiz)).toEqual({
    type: 'quiz',
    title: 'Capitals',
    isAnonymous: false,
    questions: [{ text: 'Of France?', type: 'single-choice', options: ['Lyon', 'Paris'], correct: [2] }],
  });
});

it('a poll has no right answers, whatever was ticked before it became one', () => {
  expect(toNewPoll({ ...quiz, type: 'poll' }).questions[0]).not.toHaveProperty('correct');
});

it('can be asked with a title, a question, two options, and in a quiz a right one that is not empty', () => {
  const [question] = quiz.questions;
  expect(canBeAsked(quiz)).toBe(true);
  expect(canBeAsked(emptyDraft())).toBe(false);
  expect(canBeAsked({ ...quiz, title: ' ' })).toBe(false);
  expect(canBeAsked({ ...quiz, questions: [{ ...question!, options: ['Lyon'] }] })).toBe(false);
  expect(canBeAsked({ ...quiz, questions: [{ ...question!, correct: [2] }] })).toBe(false);
  expect(canBeAsked({ ...quiz, type: 'poll', questions: [{ ...question!, correct: [] }] })).toBe(true);
});
