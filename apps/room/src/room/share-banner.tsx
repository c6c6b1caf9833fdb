import { useScreenShare } from '@amphi/react';
import { Button } from '@amphi/ui';
import { MonitorUp } from 'lucide-react';
import { useWords } from '../words/speaking.tsx';
import { useShareAttempt } from './use-share-attempt.ts';

/** Says that the own screen is shared, wherever one looks in the room, ends it, and shares another one beside it. */
export function ShareBanner() {
  const { stage } = useWords();
  const attempt = useShareAttempt();
  const share = useScreenShare();
  if (share.status !== 'on') return null;
  return (
    <div
      role="status"
      className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 bg-accent-wash px-4 py-1.5 text-sm text-ink"
      data-testid="share-banner"
    >
      <span className="flex items-center gap-2">
        <MonitorUp className="size-4 shrink-0 text-accent" aria-hidden="true" />
        {stage.sharing}
      </span>
      {share.canAdd && (
        <Button size="sm" variant="secondary" onClick={() => attempt(share.add())} data-testid="share-another">
          {stage.shareAnother}
        </Button>
      )}
      <Button size="sm" variant="secondary" onClick={share.stop} data-testid="share-stop">
        {stage.stopSharing}
      </Button>
    </div>
  );
}
