import { useLiveStream, useRole, useViewerCount } from '@amphi/react';
import { Badge } from '@amphi/ui';
import { Eye } from 'lucide-react';
import { formatCount, formatElapsed, isoDuration } from '../page/format-time.ts';
import { useNow } from '../page/use-now.ts';

/** Word, mark and running time of a stream on air. */
export function LiveBadge() {
  const { status, startedAt } = useLiveStream();
  const isLive = status === 'live' || status === 'stopping';
  const now = useNow(isLive);
  if (!isLive) return null;
  const elapsed = startedAt === undefined ? undefined : now - startedAt;
  return (
    <Badge
      tone="live"
      solid
      icon={<span className="size-1.5 rounded-full bg-current motion-safe:animate-breathe" aria-hidden="true" />}
      data-testid="live-badge"
    >
      Live
      {elapsed !== undefined && (
        <time dateTime={isoDuration(elapsed)} className="tabular-nums">
          {formatElapsed(elapsed)}
        </time>
      )}
    </Badge>
  );
}

/** How many people watch. */
export function ViewerCount() {
  const count = useViewerCount();
  const { status } = useLiveStream();
  const { level } = useRole();
  if (level !== 'stage' && status !== 'live' && status !== 'stopping') return null;
  return (
    <Badge icon={<Eye aria-hidden="true" />} data-testid="viewer-count" title="People who watch">
      <span className="tabular-nums">{formatCount(count)}</span>
      <span className="max-sm:sr-only">watching</span>
    </Badge>
  );
}
