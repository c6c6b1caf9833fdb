import { useConnection, useLiveStream } from '@amphi/react';
import { Button, Dialog, useAnnounce, useToaster } from '@amphi/ui';
import { CircleStop, Radio } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

/** Go live, End stream, and what lies between; only for those whose role may. */
export function LiveControls() {
  const stream = useLiveStream();
  const isAway = useConnection().status !== 'joined';
  const [asksToEnd, setAsksToEnd] = useState(false);
  const toaster = useToaster();
  useAnnouncedStatus(stream.status);
  if (!stream.canControl) return null;

  // Why a start failed is shown in place, see `StreamFailure`.
  const start = (): void => void stream.start().catch(() => {});
  const stop = (): void => {
    setAsksToEnd(false);
    stream.stop().catch((error: unknown) => {
      toaster.show({
        id: 'stop-stream',
        tone: 'danger',
        title: 'The stream could not be ended',
        description: error instanceof Error ? error.message : String(error),
      });
    });
  };

  switch (stream.status) {
    case 'starting':
      return (
        <Button variant="live" size="sm" busy data-testid="go-live-starting">
          Starting…
        </Button>
      );
    case 'stopping':
      return (
        <Button size="sm" busy data-testid="end-stream-stopping">
          Ending…
        </Button>
      );
    case 'live':
      return (
        <>
          <Button
            size="sm"
            icon={<CircleStop />}
            onClick={() => setAsksToEnd(true)}
            disabled={isAway}
            data-testid="end-stream"
          >
            <span>
              End<span className="max-sm:sr-only"> stream</span>
            </span>
          </Button>
          <Dialog
            open={asksToEnd}
            onOpenChange={setAsksToEnd}
            title="End the stream?"
            description="It stops for everyone who watches it. The room stays open, and you can go live again."
            footer={
              <>
                <Button onClick={() => setAsksToEnd(false)}>Stay live</Button>
                <Button variant="danger" onClick={stop} data-testid="end-stream-confirm">
                  End stream
                </Button>
              </>
            }
          />
        </>
      );
    default:
      return (
        <Button variant="live" size="sm" icon={<Radio />} onClick={start} disabled={isAway} data-testid="go-live">
          Go live
        </Button>
      );
  }
}

const WORDS: Partial<Record<ReturnType<typeof useLiveStream>['status'], string>> = {
  starting: 'The stream is starting',
  live: 'The stream is live',
  ended: 'The stream has ended',
};

/** Says changes of the stream to screen readers; not what was so before one came. */
function useAnnouncedStatus(status: ReturnType<typeof useLiveStream>['status']): void {
  const announce = useAnnounce();
  const before = useRef(status);
  useEffect(() => {
    const words = WORDS[status];
    if (before.current !== status && words !== undefined) announce(words);
    before.current = status;
  }, [status, announce]);
}
