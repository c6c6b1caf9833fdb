import { Button } from '@amphi/ui';
import { useState } from 'react';

/** Stands above the oldest message while there are more before it. */
export function EarlierMessages({
  isLoading,
  onLoad,
}: {
  readonly isLoading: boolean;
  readonly onLoad: () => Promise<void>;
}) {
  const [hasFailed, setHasFailed] = useState(false);
  const load = (): void => {
    setHasFailed(false);
    onLoad().catch(() => setHasFailed(true));
  };
  return (
    <div className="mb-2 flex flex-col items-center gap-1">
      <Button size="sm" onClick={load} busy={isLoading} data-testid="chat-earlier">
        Earlier messages
      </Button>
      {hasFailed && (
        <p role="status" className="text-sm text-danger">
          They cannot be loaded just now.
        </p>
      )}
    </div>
  );
}
