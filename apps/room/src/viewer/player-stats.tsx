import type { Player, PlayerStats } from '@amphi/player';
import { IconButton, isolate } from '@amphi/ui';
import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useWords } from '../words/speaking.tsx';
import type { Words } from '../words/words.ts';

const PERIOD_MS = 1_000;
/** What is not known. */
const NONE = '–';

/** Numbers of the stream as it plays here, for those who want to know why it is as it is. */
export function PlayerStatsPanel({ player, onClose }: { readonly player: Player; readonly onClose: () => void }) {
  const words = useWords();
  const [stats, setStats] = useState<PlayerStats>(() => player.stats());
  useEffect(() => {
    const timer = setInterval(() => setStats(player.stats()), PERIOD_MS);
    return () => clearInterval(timer);
  }, [player]);
  return (
    <section
      aria-label={words.viewer.numbers}
      className="absolute top-2 start-2 z-20 max-w-[calc(100%-1rem)] rounded-card bg-black/80 py-2 ps-4 pe-2 text-sm text-white"
      data-testid="player-stats"
    >
      <div className="flex items-center justify-between gap-6">
        <h2 className="font-medium">{words.viewer.stream}</h2>
        <IconButton
          label={words.viewer.closeNumbers}
          tooltip={false}
          size="sm"
          icon={<X />}
          onClick={onClose}
          className="text-white! hover:bg-white/15!"
        />
      </div>
      <dl className="grid grid-cols-[auto_auto] gap-x-6 gap-y-0.5 pe-2 pb-1 tabular-nums">
        {rowsOf(words, stats).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-white/70">{name}</dt>
            <dd className="text-end">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Words and numbers with units. */
export function rowsOf({ numbers }: Words, stats: PlayerStats): readonly (readonly [name: string, value: string])[] {
  const rateOf = (bps: number | undefined): string => (bps === undefined ? NONE : numbers.megabits(bps / 1_000_000));
  return [
    [numbers.picture, stats.width > 0 ? isolate(`${stats.width}×${stats.height}`) : NONE],
    [numbers.bitRate, rateOf(stats.bitrateBps)],
    [numbers.connection, rateOf(stats.bandwidthBps)],
    [numbers.behindStage, stats.latency === undefined ? NONE : numbers.seconds(stats.latency)],
    [numbers.behindLive, numbers.seconds(stats.behindLive)],
    [numbers.buffer, numbers.seconds(stats.bufferAhead)],
    [numbers.speed, numbers.times(stats.playbackRate)],
    [numbers.dropped, numbers.of(stats.framesDropped, stats.framesShown + stats.framesDropped)],
    [numbers.stalls, numbers.stalled(stats.stalls, stats.stalledMs / 1_000)],
  ];
}
