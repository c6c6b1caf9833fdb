import { useConnection, useLiveStream } from '@amphi/react';
import { Button, Dialog, useAnnounce } from '@amphi/ui';
import { CircleStop, Radio } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useFailureToast } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';

/** Go live, End stream, and what lies between; only for those whose role may. */
export function LiveControls() {
  const stream = useLiveStream();
  const isAway = useConnection().status !== 'joined';
  const [asksToEnd, setAsksToEnd] = useState(false);
  const words = useWords();
  const tell = useFailureToast();
  useAnnouncedStatus(stream.status);
  if (!stream.canControl) return null;

  // Why a start failed is shown in place, see `StreamFailure`.
  const start = (): void => void stream.start().catch(() => {});
  const stop = (): void => {
    setAsksToEnd(false);
    stream.stop().catch((error: unknown) => tell(words.failed.stopStream, error, 'stop-stream'));
  };

  switch (stream.status) {
    case 'starting':
      return (
        <Button variant="live" size="sm" busy data-testid="go-live-starting">
          {words.live.starting}
        </Button>
      );
    case 'stopping':
      return (
        <Button size="sm" busy data-testid="end-stream-stopping">
          {words.live.ending}
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
            <span className="max-sm:sr-only">{words.live.endStream}</span>
            <span className="sm:hidden" aria-hidden="true">
              {words.live.end}
            </span>
          </Button>
          <Dialog
            open={asksToEnd}
            onOpenChange={setAsksToEnd}
            title={words.live.askEnd}
            description={words.live.endHelp}
            footer={
              <>
                <Button onClick={() => setAsksToEnd(false)}>{words.live.stayLive}</Button>
                <Button variant="danger" onClick={stop} data-testid="end-stream-confirm">
                  {words.live.endStream}
                </Button>
              </>
            }
          />
        </>
      );
    default:
      return (
        <Button variant="live" size="sm" icon={<Radio />} onClick={start} disabled={isAway} data-testid="go-live">
          {words.live.goLive}
        </Button>
      );
  }
}

const NEWS = { starting: 'isStarting', live: 'isLive', ended: 'hasEnded' } as const;

/** Says changes of the stream to screen readers; not what was so before one came. */
function useAnnouncedStatus(status: ReturnType<typeof useLiveStream>['status']): void {
  const announce = useAnnounce();
  const { live } = useWords();
  const before = useRef(status);
  useEffect(() => {
    if (before.current !== status && status in NEWS) announce(live[NEWS[status as keyof typeof NEWS]]);
    before.current = status;
  }, [status, announce, live]);
}
