import type { Poll, PollQuestion } from '@amphi/client';

/** How one option stands. */
export interface OptionShare {
  readonly index: number;
  readonly text: string;
  readonly votes: number;
  /** Of those who answered the question, in percent, rounded; of several options may be chosen, so they need not add to 100. */
  readonly percent: number;
  readonly isChosen: boolean;
  /** Known when a quiz is over. */
  readonly isCorrect: boolean;
}

/** Every option of a question with its votes, in the order they are shown. */
export function optionShares(poll: Poll, question: PollQuestion): readonly OptionShare[] {
  const result = poll.results?.questions.find(({ index }) => index === question.index);
  const answered = (result?.total ?? 0) - (result?.skipped ?? 0);
  const own = poll.ownAnswers[question.index];
  const chosen = own && 'options' in own ? own.options : [];
  return question.options.map(({ index, text }) => {
    const votes = result?.votes[index] ?? 0;
    return {
      index,
      text,
      votes,
      percent: answered > 0 ? Math.round((votes / answered) * 100) : 0,
      isChosen: chosen.includes(index),
      isCorrect: question.correct?.includes(index) ?? false,
    };
  });
}
