import type { Usage } from '../api/rest.ts';
import { type Figure, highest, numberText, sum } from '../charts/figure.ts';

/** Figures of usage by day, each with what it comes to. */
export interface UsageFigure {
  readonly figure: Figure;
  readonly summary: string;
}

/** In the order in which they are shown; none when nothing was used. */
export function usageFigures(days: Usage['data']): UsageFigure[] {
  const minutes = (id: string, title: string, of: (day: Usage['data'][number]) => number): UsageFigure => {
    const figure = figureOf(id, title, 'min', days, of);
    const values = figure.points.map(({ value }) => value);
    const summary = `${numberText(sum(values))} min in all, ${numberText(highest(values))} at most on a day`;
    return { figure, summary };
  };
  const peak = figureOf('peak', 'People at the same time', 'people', days, (day) => day.peak_participants);
  const most = highest(peak.points.map(({ value }) => value));
  const all = [
    minutes('participants', 'Time of people in sessions', (day) => day.participant_minutes),
    { figure: peak, summary: `${numberText(most)} at most` },
    minutes('streams', 'Time of streams on air', (day) => day.stream_minutes),
    minutes('recordings', 'Time of recordings', (day) => day.recording_minutes),
  ];
  return all.some(({ figure }) => figure.points.some(({ value }) => value > 0)) ? all : [];
}

/**
 * The last days in UTC, today among them, as a server is asked for them.
 * @param now ms since 1970
 */
export function lastDays(count: number, now: number): { readonly from: string; readonly to: string } {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  return { from: day(now - (count - 1) * 86_400_000), to: day(now) };
}

/** A day of UTC, whatever the time zone of who reads it. */
export function dayText(at: number): string {
  return new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
}

function figureOf(
  id: string,
  title: string,
  unit: string,
  days: Usage['data'],
  of: (day: Usage['data'][number]) => number,
): Figure {
  return { id, title, unit, points: days.map((day) => ({ at: Date.parse(day.day), value: of(day) })) };
}
