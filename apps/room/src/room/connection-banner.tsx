import { useConnection } from '@amphi/react';
import { Spinner } from '@amphi/ui';
import { useWords } from '../words/speaking.tsx';

/** Tells that the connection is away and that somebody works on it. The room stays as it was meanwhile. */
export function ConnectionBanner() {
  const words = useWords();
  const isAway = useConnection().status === 'reconnecting';
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
    </div>
  );
}
