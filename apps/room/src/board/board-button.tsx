import type { SessionState } from '@amphi/client';
import { useBoard, useConnection } from '@amphi/react';
import { classNames, IconButton } from '@amphi/ui';
import { Presentation } from 'lucide-react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** Opens the whiteboard for everyone, and closes it; for those who may. */
export function BoardButton() {
  const words = useWords();
  const { status: connection } = useConnection();
  const { status, canOpen, open, close } = useBoard();
  const attempt = useAttempt();
  if (!canOpen) return null;
  const isOpen = status !== 'closed';
  const toggle = (): void =>
    isOpen ? attempt(words.failed.closeBoard, close()) : attempt(words.failed.openBoard, open());
  return (
    <IconButton
      label={words.board.whiteboard}
      pressed={isOpen}
      icon={<Presentation />}
      disabled={connection !== 'joined'}
      onClick={toggle}
      data-testid="board-toggle"
      className={classNames(isOpen && 'bg-accent-wash text-accent')}
    />
  );
}

/** Whether there is a whiteboard to be seen. */
export function hasBoard({ board }: SessionState): boolean {
  return board.status !== 'closed';
}
