import { Button } from '@amphi/ui';

/** The room was closed for everyone, and viewers, who are seconds behind, still see its end. */
export function GoodbyeBanner({ onLeave }: { readonly onLeave: () => void }) {
  return (
    <div
      role="status"
      className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 bg-sunken px-4 py-1.5 text-sm text-ink-soft"
      data-testid="goodbye-banner"
    >
      The room has been closed. These are the last moments of the stream.
      <Button size="sm" variant="quiet" onClick={onLeave} data-testid="goodbye-leave">
        Leave now
      </Button>
    </div>
  );
}
