import type { PeerStats } from '../api/rest.ts';
import { average, type Figure, highest, type Point, sum } from '../charts/figure.ts';

interface Series {
  readonly timestamps: readonly number[];
  readonly values: readonly (number | null)[];
}

/** Clients measure in spans of ten to thirty seconds, each track by its own clock. */
export const SPAN_MS = 30_000;

/** What there is to draw of a peer; figures that nobody has measured are left out. */
export function figuresOf({ publisher, subscriber }: PeerStats): Figure[] {
  const sent = [...publisher.video, ...publisher.audio];
  const received = [...subscriber.video, ...subscriber.audio];
  const of = <Track extends { time_series: { timestamps: number[] } }>(
    tracks: readonly Track[],
    pick: (track: Track) => readonly (number | null)[],
  ): Series[] => tracks.map((track) => ({ timestamps: track.time_series.timestamps, values: pick(track) }));
  const kilobits = (value: number): number => value / 1000;
  const all: Figure[] = [
    figure(
      'sent-bitrate',
      'Sent',
      'kbit/s',
      sum,
      of(sent, ({ time_series: t }) => t.bitrate),
      kilobits,
    ),
    figure(
      'received-bitrate',
      'Received',
      'kbit/s',
      sum,
      of(received, ({ time_series: t }) => t.bitrate),
      kilobits,
    ),
    figure(
      'sent-loss',
      'Lost of what was sent',
      '%',
      highest,
      of(sent, ({ time_series: t }) => t.packet_loss_percent),
    ),
    figure(
      'received-loss',
      'Lost of the sound received',
      '%',
      highest,
      of(subscriber.audio, ({ time_series: t }) => t.packet_loss_percent),
    ),
    figure(
      'rtt',
      'Round trip',
      'ms',
      highest,
      of(sent, ({ time_series: t }) => t.rtt_ms),
    ),
    figure(
      'jitter',
      'Jitter of the sound sent',
      'ms',
      highest,
      of(publisher.audio, ({ time_series: t }) => t.jitter_ms),
    ),
    figure(
      'freezes',
      'Frozen pictures',
      'times',
      sum,
      of(subscriber.video, ({ time_series: t }) => t.freeze_count),
    ),
  ];
  return all.filter(({ points }) => points.length > 0);
}

/** @param join what becomes of several tracks in one span; of one track the samples of a span are averaged */
function figure(
  id: string,
  title: string,
  unit: string,
  join: (values: readonly number[]) => number,
  series: readonly Series[],
  scale: (value: number) => number = (value) => value,
): Figure {
  const spans = new Map<number, number[]>();
  for (const { timestamps, values } of series) {
    const own = new Map<number, number[]>();
    timestamps.forEach((at, index) => {
      const value = values[index];
      if (value === null || value === undefined) return;
      const span = Math.floor(at / SPAN_MS) * SPAN_MS;
      own.set(span, [...(own.get(span) ?? []), scale(value)]);
    });
    for (const [span, samples] of own) spans.set(span, [...(spans.get(span) ?? []), average(samples)]);
  }
  const points = [...spans].map(([at, values]) => ({ at, value: join(values) })).sort((a, b) => a.at - b.at);
  return { id, title, unit, points };
}

/** Parts of the line: where nothing was measured for a while, it is broken. */
export function partsOf(points: readonly Point[]): Point[][] {
  const parts: Point[][] = [];
  for (const point of points) {
    const part = parts.at(-1);
    const last = part?.at(-1);
    if (part && last && point.at - last.at <= 2 * SPAN_MS) part.push(point);
    else parts.push([point]);
  }
  return parts;
}
