import { IconButton } from '@amphi/ui';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useWords } from '../words/speaking.tsx';
import type { Turn } from './page-turns.ts';
import { PAGER_HEIGHT } from './stage-pages.ts';

/** Turns the pages of the stage, and says on which one is. */
export function Pager({
  page,
  pages,
  onTurn,
}: {
  /** From 0 on. */
  readonly page: number;
  readonly pages: number;
  readonly onTurn: (by: Turn) => void;
}) {
  const { stage } = useWords();
  return (
    <nav
      aria-label={stage.pages}
      className="absolute inset-x-0 bottom-0 z-10 flex items-center justify-center gap-1"
      style={{ height: PAGER_HEIGHT }}
    >
      <TurnButton
        label={stage.pageBack}
        icon={<ChevronLeft className="rtl:-scale-x-100" />}
        isEnd={page === 0}
        onClick={() => onTurn(-1)}
        testId="stage-back"
      />
      <span className="min-w-14 text-center text-sm text-ink-soft tabular-nums" data-testid="stage-page">
        <span aria-hidden="true">{stage.page(page + 1, pages)}</span>
        <span className="sr-only">{stage.pageOf(page + 1, pages)}</span>
      </span>
      <TurnButton
        label={stage.pageOn}
        icon={<ChevronRight className="rtl:-scale-x-100" />}
        isEnd={page === pages - 1}
        onClick={() => onTurn(1)}
        testId="stage-on"
      />
    </nav>
  );
}

/** At the end it stays where the focus is, and does nothing. */
function TurnButton({
  label,
  icon,
  isEnd,
  onClick,
  testId,
}: {
  readonly label: string;
  readonly icon: ReactNode;
  readonly isEnd: boolean;
  readonly onClick: () => void;
  readonly testId: string;
}) {
  return (
    <IconButton
      label={label}
      tooltip={false}
      icon={icon}
      aria-disabled={isEnd}
      onClick={isEnd ? undefined : onClick}
      className="aria-disabled:cursor-default aria-disabled:opacity-45"
      data-testid={testId}
    />
  );
}
