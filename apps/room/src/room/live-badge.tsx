import { useLiveStream, useRole, useViewerCount } from '@amphi/react';
import { Badge } from '@amphi/ui';
import { Eye } from 'lucide-react';
import { useNow } from '../page/use-now.ts';
import { isoDuration } from '../words/formats.ts';
import { useWords } from '../words/speaking.tsx';

/** Word, mark and running time of a stream on air. */
export function LiveBadge() {
  const words = useWords();
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
      {words.live.live}
      {elapsed !== undefined && (
        <time dateTime={isoDuration(elapsed)} className="tabular-nums">
          {words.format.elapsed(elapsed)}
        </time>
      )}
    </Badge>
  );
}

/** How many people watch. */
export function ViewerCount() {
  const words = useWords();
  const count = useViewerCount();
  const { status } = useLiveStream();
  const { level } = useRole();
  if (level !== 'stage' && status !== 'live' && status !== 'stopping') return null;
  return (
    <Badge icon={<Eye aria-hidden="true" />} data-testid="viewer-count" title={words.live.watchers}>
      <span className="tabular-nums">{words.format.short(count)}</span>
      <span className="max-sm:sr-only">{words.live.watching}</span>
    </Badge>
  );
}
