import { useConnection, useConnectionQuality, useRole, useSelf } from '@amphi/react';
import { Spinner } from '@amphi/ui';
import { WifiLow } from 'lucide-react';
import { useWords } from '../words/speaking.tsx';

/** Of 0 to 5: hardly anything comes through any more. */
const HARDLY = 1;

/**
 * Tells that the connection is away and that somebody works on it, or that it hardly carries the stage. The room stays as it was
 * meanwhile.
 */
export function ConnectionBanner() {
  const words = useWords();
  const isAway = useConnection().status === 'reconnecting';
  const { level } = useRole();
  const quality = useConnectionQuality(useSelf().peerId);
  const isWeak = !isAway && level !== 'stream' && quality !== undefined && quality <= HARDLY;
  return (
    <div role="status" className="empty:hidden">
      {isAway && (
        <p
          className="flex items-center justify-center gap-2 bg-warn-wash px-4 py-2 text-sm font-medium text-warn"
          data-testid="connection-banner"
        >
          <Spinner />
          {words.room.away}
        </p>
      )}
      {isWeak && (
        <p
          className="flex items-center justify-center gap-2 bg-warn-wash px-4 py-2 text-sm font-medium text-warn"
          data-testid="weak-connection"
        >
          <WifiLow className="size-4 shrink-0" aria-hidden="true" />
          {words.room.weak}
        </p>
      )}
    </div>
  );
}
