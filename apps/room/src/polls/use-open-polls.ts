import { usePolls } from '@amphi/react';

/** Polls that wait for an answer of ours. */
export function useOpenPolls(): number {
  const { polls, mayAnswer } = usePolls();
  return polls.filter(
    (poll) => poll.status === 'started' && mayAnswer(poll) && Object.keys(poll.ownAnswers).length === 0,
  ).length;
}
