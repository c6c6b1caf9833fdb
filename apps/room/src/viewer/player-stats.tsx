import type { Player, PlayerStats } from '@amphi/player';
import { IconButton } from '@amphi/ui';
import { X } from 'lucide-react';
import { useEffect, useState } from 'react';

const PERIOD_MS = 1_000;

/** Numbers of the stream as it plays here, for those who want to know why it is as it is. */
export function PlayerStatsPanel({ player, onClose }: { readonly player: Player; readonly onClose: () => void }) {
  const [stats, setStats] = useState<PlayerStats>(() => player.stats());
  useEffect(() => {
    const timer = setInterval(() => setStats(player.stats()), PERIOD_MS);
    return () => clearInterval(timer);
  }, [player]);
  return (
    <section
      aria-label="Numbers of the stream"
      className="absolute top-2 left-2 z-20 max-w-[calc(100%-1rem)] rounded-card bg-black/80 py-2 pr-2 pl-4 text-sm text-white"
      data-testid="player-stats"
    >
      <div className="flex items-center justify-between gap-6">
        <h2 className="font-medium">Stream</h2>
        <IconButton
          label="Close the numbers"
          tooltip={false}
          size="sm"
          icon={<X />}
          onClick={onClose}
          className="text-white! hover:bg-white/15!"
        />
      </div>
      <dl className="grid grid-cols-[auto_auto] gap-x-6 gap-y-0.5 pr-2 pb-1 tabular-nums">
        {rowsOf(stats).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-white/70">{name}</dt>
            <dd className="text-right">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Words and numbers with units. */
export function rowsOf(stats: PlayerStats): readonly (readonly [name: string, value: string])[] {
  return [
    ['Picture', stats.width > 0 ? `${stats.width}×${stats.height}` : '–'],
    ['Bit rate', rateOf(stats.bitrateBps)],
    ['Connection', rateOf(stats.bandwidthBps)],
    ['Behind the stage', stats.latency === undefined ? '–' : `${stats.latency.toFixed(1)} s`],
    ['Behind live', `${stats.behindLive.toFixed(1)} s`],
    ['Buffer', `${stats.bufferAhead.toFixed(1)} s`],
    ['Speed', `${stats.playbackRate.toFixed(2)}×`],
    ['Frames dropped', `${stats.framesDropped} of ${stats.framesShown + stats.framesDropped}`],
    ['Stalls', `${stats.stalls}, ${(stats.stalledMs / 1_000).toFixed(1)} s`],
  ];
}

function rateOf(bps: number | undefined): string {
  return bps === undefined ? '–' : `${(bps / 1_000_000).toFixed(2)} Mbit/s`;
}
