import { Button } from '@amphi/ui';
import { useWords } from '../words/speaking.tsx';

/** The room was closed for everyone, and viewers, who are seconds behind, still see its end. */
export function GoodbyeBanner({ onLeave }: { readonly onLeave: () => void }) {
  const words = useWords();
  return (
    <div
      role="status"
      className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 bg-sunken px-4 py-1.5 text-sm text-ink-soft"
      data-testid="goodbye-banner"
    >
      {words.room.closed}
      <Button size="sm" variant="quiet" onClick={onLeave} data-testid="goodbye-leave">
        {words.room.leaveNow}
      </Button>
    </div>
  );
}
