import type { Poll } from '@amphi/client';
import { usePolls, useRole } from '@amphi/react';
import { Button } from '@amphi/ui';
import { useId } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { PollLeaders } from './poll-leaders.tsx';
import { PollQuestionView } from './poll-question.tsx';
import { useStartPoll } from './use-start-poll.ts';

/** One poll: what is asked, how it stands, and what those who run it do with it. */
export function PollCard({ poll }: { readonly poll: Poll }) {
  const words = useWords();
  const id = useId();
  const { stop, mayAnswer } = usePolls();
  const start = useStartPoll();
  const { can } = useRole();
  const attempt = useAttempt();
  const { title, type, status, questions, results } = poll;
  return (
    <section
      aria-labelledby={id}
      className="flex flex-col gap-4 rounded-card border border-line bg-card p-4"
      data-testid="poll"
      data-status={status}
    >
      <header className="flex flex-col gap-1">
        <p className="flex items-center gap-2 text-xs font-medium text-ink-faint">
          {type === 'quiz' ? words.polls.quiz : words.polls.poll}
          <span aria-hidden="true">·</span>
          <span className={status === 'started' ? 'text-live' : undefined}>{words.polls.states[status]}</span>
          {results && (
            <span className="ms-auto tabular-nums" data-testid="poll-voters">
              {words.polls.answers(results.voters)}
            </span>
          )}
        </p>
        <h2 id={id} className="text-[0.9375rem] font-semibold">
          <bdi>{title}</bdi>
        </h2>
      </header>
      {questions?.map((question) => (
        <PollQuestionView
          key={question.index}
          poll={poll}
          question={question}
          mayAnswer={status === 'started' && mayAnswer(poll)}
        />
      ))}
      {type === 'quiz' && status === 'stopped' && !poll.isAnonymous && <PollLeaders pollId={poll.id} />}
      {can('pollWrite') && status === 'created' && (
        <Button
          variant="primary"
          onClick={() => attempt(words.failed.startPoll, start(poll.id))}
          data-testid="poll-start"
        >
          {words.polls.start}
        </Button>
      )}
      {can('pollWrite') && status === 'started' && (
        <Button onClick={() => attempt(words.failed.stopPoll, stop(poll.id))} data-testid="poll-stop">
          {words.polls.close}
        </Button>
      )}
    </section>
  );
}
