import { useConnection, useLiveStream } from '@amphi/react';
import { ErrorNotice } from '@amphi/ui';
import { useWords } from '../words/speaking.tsx';

/** The server's reason may be long and technical; it is shown, but not in full length. */
const REASON_LENGTH = 160;

/** A stream that could not start or broke, told in place with the way to try again, to those who run it. */
export function StreamFailure() {
  const words = useWords();
  const { status, error, canControl, start } = useLiveStream();
  const isJoined = useConnection().status === 'joined';
  if (status !== 'failed' || !canControl) return null;
  const reason = error && error.length > REASON_LENGTH ? `${error.slice(0, REASON_LENGTH)}…` : error;
  return (
    <div className="px-3 pb-3">
      <ErrorNotice
        title={words.live.notOnAir}
        message={words.live.notOnAirHelp}
        details={reason ? [reason] : []}
        onRetry={isJoined ? () => void start().catch(() => {}) : undefined}
        retryLabel={words.live.goLiveAgain}
        data-testid="stream-failure"
      />
    </div>
  );
}
