import { useConnection, useHand } from '@amphi/react';
import { classNames, IconButton } from '@amphi/ui';
import { Hand } from 'lucide-react';
import { useShows } from '../page/page-options.ts';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** Raises our hand and takes it down; who runs the room sees it among the people. */
export function HandButton() {
  const words = useWords();
  const { isRaised, set } = useHand();
  const { status } = useConnection();
  const attempt = useAttempt();
  const shows = useShows();
  if (!shows('hand')) return null;
  return (
    <IconButton
      label={words.room.raiseHand}
      pressed={isRaised}
      icon={<Hand />}
      disabled={status !== 'joined'}
      onClick={() => attempt(words.failed.hand, set(!isRaised))}
      data-testid="hand-toggle"
      className={classNames(isRaised && 'bg-accent-fill! text-on-accent!')}
    />
  );
}
