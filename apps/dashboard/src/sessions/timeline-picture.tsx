import { classNames } from '@amphi/ui';
import { clockText, durationText } from '../shell/times.ts';
import type { Bar, Timeline } from './timeline.ts';

const tones: Record<Bar['kind'], string> = {
  person: 'bg-accent-fill',
  stream: 'bg-live-fill',
  recording: 'bg-danger-fill',
};

/** Share of the axis up to which a time, written from its line on, ends before the axis does; narrow ones have every second. */
const MAX_LABELLED = 0.85;
const MAX_LABELLED_IF_NARROW = 0.7;

/** Bars on one axis of time. A list for screen readers; the lines and times behind it are decoration. */
export function TimelinePicture({ timeline }: { timeline: Timeline }) {
  const { from, to, bars, ticks } = timeline;
  const share = (at: number) => ((at - from) / (to - from)) * 100;
  return (
    <div className="relative">
      <div className="absolute inset-y-0 right-0 left-0 sm:left-64" aria-hidden="true">
        {ticks.map(({ at, share: place }, index) => (
          <div key={at} className="absolute inset-y-0 border-l border-line" style={{ left: `${place * 100}%` }}>
            {place < MAX_LABELLED && (
              <span
                className={classNames(
                  'absolute -bottom-0 left-1 text-xs whitespace-nowrap text-ink-faint tabular-nums',
                  (index % 2 === 1 || place >= MAX_LABELLED_IF_NARROW) && 'max-lg:hidden',
                )}
              >
                {clockText(new Date(at).toISOString())}
              </span>
            )}
          </div>
        ))}
      </div>
      <ul className="relative flex flex-col gap-1.5 pb-6">
        {bars.map((bar) => (
          <li
            key={`${bar.kind} ${bar.id}`}
            className="grid items-center gap-x-4 sm:grid-cols-[15rem_minmax(0,1fr)]"
            data-testid="timeline-bar"
          >
            <span className="flex min-w-0 items-baseline gap-2 text-sm">
              <span className="truncate font-medium">
                <bdi>{bar.name}</bdi>
              </span>
              <span className="shrink-0 text-ink-faint">{bar.note}</span>
            </span>
            <span className="relative block h-5">
              <span
                className={`absolute inset-y-0.5 min-w-1 rounded-full ${tones[bar.kind]} ${bar.isOpen ? 'rounded-r-none' : ''}`}
                style={{ left: `${share(bar.from)}%`, width: `${share(bar.to) - share(bar.from)}%` }}
                title={`${clockText(new Date(bar.from).toISOString())}, ${durationText(bar.to - bar.from)}`}
              />
              <span className="sr-only">
                from {clockText(new Date(bar.from).toISOString())}, {durationText(bar.to - bar.from)}
                {bar.isOpen ? ', still there' : ''}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
