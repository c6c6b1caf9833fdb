import { useConnection, useHand } from '@amphi/react';
import { classNames, IconButton } from '@amphi/ui';
import { Hand } from 'lucide-react';
import { useShows } from '../page/page-options.ts';
import { useAttempt } from '../page/use-attempt.ts';

/** Raises our hand and takes it down; who runs the room sees it among the people. */
export function HandButton() {
  const { isRaised, set } = useHand();
  const { status } = useConnection();
  const attempt = useAttempt();
  const shows = useShows();
  if (!shows('hand')) return null;
  return (
    <IconButton
      label="Raise hand"
      pressed={isRaised}
      icon={<Hand />}
      disabled={status !== 'joined'}
      onClick={() => attempt('Your hand stays as it is', set(!isRaised))}
      data-testid="hand-toggle"
      className={classNames(isRaised && 'bg-accent-fill! text-on-accent!')}
    />
  );
}
