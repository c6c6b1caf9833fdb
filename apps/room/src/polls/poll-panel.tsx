import type { Poll } from '@amphi/client';
import { usePolls, useRole } from '@amphi/react';
import { Button, EmptyState } from '@amphi/ui';
import { ChartColumn, Plus } from 'lucide-react';
import { useState } from 'react';
import { useWords } from '../words/speaking.tsx';
import { PollCard } from './poll-card.tsx';
import { PollForm } from './poll-form.tsx';

/** Polls and quizzes: made by those who may, answered by the others, with counts as they come. */
export function PollPanel() {
  const words = useWords();
  const { polls, error, reload } = usePolls();
  const { can } = useRole();
  const [isMaking, setIsMaking] = useState(false);
  if (isMaking) return <PollForm onDone={() => setIsMaking(false)} />;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto overscroll-contain p-3">
      {can('pollWrite') && (
        <Button icon={<Plus aria-hidden="true" />} onClick={() => setIsMaking(true)} data-testid="poll-new">
          {words.polls.newPollOrQuiz}
        </Button>
      )}
      {error && (
        <div
          role="alert"
          className="flex items-center gap-3 rounded-card bg-sunken p-3 text-sm"
          data-testid="polls-error"
        >
          <p className="min-w-0 flex-1">{words.polls.notLoaded}</p>
          <Button size="sm" onClick={reload}>
            {words.page.tryAgain}
          </Button>
        </div>
      )}
      {polls.length === 0 && !error && (
        <EmptyState
          icon={<ChartColumn />}
          title={words.polls.empty}
          description={can('pollWrite') ? words.polls.emptyMaker : words.polls.emptyHelp}
          className="m-auto"
        />
      )}
      {polls.map((poll: Poll) => (
        <PollCard key={poll.id} poll={poll} />
      ))}
    </div>
  );
}
