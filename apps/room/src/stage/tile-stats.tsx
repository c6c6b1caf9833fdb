import { isolate } from '@amphi/ui';
import { useWords } from '../words/speaking.tsx';
import { type TileTrack, tileNumbers } from './tile-numbers.ts';
import type { StatsReadings } from './use-stage-stats.ts';

/** Numbers of the picture of a tile, over it. */
export function TileStats({
  name,
  track,
  readings,
}: {
  /** Whose picture it is. */
  readonly name: string;
  /** Undefined where the tile has no picture. */
  readonly track: TileTrack | undefined;
  readonly readings: StatsReadings;
}) {
  const { numbers, somebody } = useWords();
  const told = track && tileNumbers(readings.before, readings.after, track);
  const rows = told
    ? [
        [numbers.codec, told.codec ?? NONE],
        [numbers.picture, told.width && told.height ? isolate(`${told.width}×${told.height}`) : NONE],
        [numbers.frameRate, numbers.framesPerSecond(Math.round(told.framesPerSecond ?? 0))],
        [numbers.bitRate, numbers.megabits(told.bitsPerSecond / 1_000_000)],
        [numbers.loss, numbers.lost(told.lossPercent)],
        [numbers.roundTrip, told.roundTripMs === undefined ? NONE : numbers.milliseconds(Math.round(told.roundTripMs))],
      ]
    : [[numbers.picture, numbers.nothing]];
  return (
    <dl
      aria-label={numbers.ofPicture(isolate(name || somebody))}
      className="pointer-events-none absolute start-2 top-2 flex max-w-[calc(100%-4rem)] flex-wrap gap-x-2 rounded-lg bg-black/65 px-2 py-1 text-xs text-white tabular-nums"
      data-testid="tile-stats"
    >
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt className="sr-only">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What is not known. */
const NONE = '–';
