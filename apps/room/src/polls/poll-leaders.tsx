import type { Leaderboard } from '@amphi/client';
import { usePolls } from '@amphi/react';
import { Button } from '@amphi/ui';
import { Trophy } from 'lucide-react';
import { useState } from 'react';
import { useAttempt } from '../page/use-attempt.ts';

/** Who did best in a quiz that is over; asked for when somebody wants to see it. */
export function PollLeaders({ pollId }: { readonly pollId: string }) {
  const { leaderboard } = usePolls();
  const attempt = useAttempt();
  const [board, setBoard] = useState<Leaderboard>();
  if (!board) {
    return (
      <Button
        size="sm"
        icon={<Trophy aria-hidden="true" />}
        onClick={() => attempt('The leaderboard could not be had', leaderboard(pollId).then(setBoard))}
        data-testid="poll-leaders"
      >
        Leaderboard
      </Button>
    );
  }
  return (
    <div data-testid="leaderboard">
      <h3 className="pb-1 text-sm font-medium">Leaderboard</h3>
      {board.entries.length === 0 && <p className="text-sm text-ink-soft">Nobody has answered.</p>}
      <ol className="flex flex-col">
        {board.entries.map((entry) => (
          <li key={entry.position} className="flex min-h-9 items-center gap-3 text-sm">
            <span className="w-6 shrink-0 text-right text-ink-faint tabular-nums">{entry.position}</span>
            <bdi className="min-w-0 flex-1 truncate font-medium">{entry.name || 'Somebody'}</bdi>
            <span className="shrink-0 text-ink-soft tabular-nums">
              {entry.score} {entry.score === 1 ? 'point' : 'points'} · {(entry.durationMs / 1000).toFixed(1)} s
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
