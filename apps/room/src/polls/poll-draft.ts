import type { NewPoll } from '@amphi/client';

/** A poll as it is being written. */
export interface Draft {
  readonly type: 'poll' | 'quiz';
  readonly title: string;
  readonly isAnonymous: boolean;
  readonly questions: readonly DraftQuestion[];
}

export interface DraftQuestion {
  readonly text: string;
  readonly type: 'single-choice' | 'multiple-choice';
  /** Empty ones are not sent. */
  readonly options: readonly string[];
  /** Places among `options`, from 1 on. */
  readonly correct: readonly number[];
}

export function emptyQuestion(): DraftQuestion {
  return { text: '', type: 'single-choice', options: ['', ''], correct: [] };
}

export function emptyDraft(): Draft {
  return { type: 'poll', title: '', isAnonymous: false, questions: [emptyQuestion()] };
}

/** Every question has a text and two options; in a quiz, one that is right. */
export function canBeAsked(draft: Draft): boolean {
  return (
    draft.title.trim() !== '' &&
    draft.questions.every(({ text, options, correct }) => {
      const isFilled = (place: number): boolean => (options[place - 1]?.trim() ?? '') !== '';
      const filled = options.filter((option) => option.trim() !== '').length;
      return text.trim() !== '' && filled >= 2 && (draft.type === 'poll' || correct.some(isFilled));
    })
  );
}

/** What is asked, without empty options; right ones keep pointing at what they meant. */
export function toNewPoll({ type, title, isAnonymous, questions }: Draft): NewPoll {
  return {
    type,
    title: title.trim(),
    isAnonymous,
    questions: questions.map((question) => {
      const kept = question.options
        .map((option, i) => ({ text: option.trim(), place: i + 1 }))
        .filter((option) => option.text !== '');
      const correct = kept.flatMap(({ place }, i) => (question.correct.includes(place) ? [i + 1] : []));
      return {
        text: question.text.trim(),
        type: question.type,
        options: kept.map(({ text }) => text),
        ...(type === 'quiz' && { correct }),
      };
    }),
  };
}
