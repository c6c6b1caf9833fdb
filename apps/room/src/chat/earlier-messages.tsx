import { Button } from '@amphi/ui';
import { useState } from 'react';
import { useWords } from '../words/speaking.tsx';

/** Stands above the oldest message while there are more before it. */
export function EarlierMessages({
  isLoading,
  onLoad,
}: {
  readonly isLoading: boolean;
  readonly onLoad: () => Promise<void>;
}) {
  const words = useWords();
  const [hasFailed, setHasFailed] = useState(false);
  const load = (): void => {
    setHasFailed(false);
    onLoad().catch(() => setHasFailed(true));
  };
  return (
    <div className="mb-2 flex flex-col items-center gap-1">
      <Button size="sm" onClick={load} busy={isLoading} data-testid="chat-earlier">
        {words.chat.earlier}
      </Button>
      {hasFailed && (
        <p role="status" className="text-sm text-danger">
          {words.chat.earlierFailed}
        </p>
      )}
    </div>
  );
}
