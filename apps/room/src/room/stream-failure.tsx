import { useConnection, useLiveStream } from '@amphi/react';
import { ErrorNotice } from '@amphi/ui';

/** A stream that could not start or broke, told in place with the way to try again, to those who run it. */
export function StreamFailure() {
  const { status, error, canControl, start } = useLiveStream();
  const isJoined = useConnection().status === 'joined';
  if (status !== 'failed' || !canControl) return null;
  return (
    <div className="px-3 pb-3">
      <ErrorNotice
        title="The stream is not on air"
        message={error ?? 'It stopped for a reason that is not known.'}
        onRetry={isJoined ? () => void start().catch(() => {}) : undefined}
        retryLabel="Go live again"
        data-testid="stream-failure"
      />
    </div>
  );
}
