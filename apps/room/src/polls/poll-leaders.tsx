import type { Leaderboard } from '@amphi/client';
import { usePolls } from '@amphi/react';
import { Button } from '@amphi/ui';
import { Trophy } from 'lucide-react';
import { useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** Who did best in a quiz that is over; asked for when somebody wants to see it. */
export function PollLeaders({ pollId }: { readonly pollId: string }) {
  const words = useWords();
  const { leaderboard } = usePolls();
  const attempt = useAttempt();
  const [board, setBoard] = useState<Leaderboard>();
  if (!board) {
    return (
      <Button
        size="sm"
        icon={<Trophy aria-hidden="true" />}
        onClick={() => attempt(words.failed.leaderboard, leaderboard(pollId).then(setBoard))}
        data-testid="poll-leaders"
      >
        {words.polls.leaderboard}
      </Button>
    );
  }
  return (
    <div data-testid="leaderboard">
      <h3 className="pb-1 text-sm font-medium">{words.polls.leaderboard}</h3>
      {board.entries.length === 0 && <p className="text-sm text-ink-soft">{words.polls.nobodyAnswered}</p>}
      <ol className="flex flex-col">
        {board.entries.map((entry) => (
          <li key={entry.position} className="flex min-h-9 items-center gap-3 text-sm">
            <span className="w-6 shrink-0 text-end text-ink-faint tabular-nums">
              {words.format.count(entry.position)}
            </span>
            <span className="min-w-0 flex-1 truncate font-medium">
              <bdi>{entry.name || words.somebody}</bdi>
            </span>
            <span className="shrink-0 text-ink-soft tabular-nums">
              {words.polls.score(entry.score, entry.durationMs / 1000)}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
