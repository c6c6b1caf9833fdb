import { Button } from '@amphi/ui';
import { Headphones } from 'lucide-react';
import { useWords } from '../words/speaking.tsx';

/** Says why nobody is seen, where that is the person's own wish, and takes it back. */
export function AudioOnlyBanner({ onShowVideo }: { readonly onShowVideo: () => void }) {
  const { stage } = useWords();
  return (
    <div
      role="status"
      className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 bg-sunken px-4 py-1.5 text-sm text-ink-soft"
      data-testid="audio-only"
    >
      <span className="flex items-center gap-2">
        <Headphones className="size-4 shrink-0" aria-hidden="true" />
        {stage.audioOnly}
      </span>
      <Button size="sm" variant="quiet" onClick={onShowVideo} data-testid="audio-only-end">
        {stage.showVideo}
      </Button>
    </div>
  );
}
