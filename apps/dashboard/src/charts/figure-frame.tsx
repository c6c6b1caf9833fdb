import type { ReactNode } from 'react';
import { axisEnd, type Figure, numberText } from './figure.ts';

/** Of the picture, in its own units: it is stretched to the place there is. */
export const PLOT = { width: 320, height: 96 } as const;

/**
 * What stands around a figure over time. Who does not see the picture reads what it comes to, and everyone can have the
 * numbers as a table.
 * @param summary what it comes to
 * @param from the beginning of the axis, as text
 * @param timeText of a point
 * @param children of an SVG of the size of `PLOT`, the end of the axis on top
 */
export function FigureFrame({
  figure,
  summary,
  from,
  to,
  timeHeading,
  timeText,
  children,
}: {
  figure: Figure;
  summary: string;
  from: string;
  to: string;
  timeHeading: string;
  timeText: (at: number) => string;
  children: ReactNode;
}) {
  const { title, unit, points } = figure;
  return (
    <figure className="flex min-w-0 flex-col gap-1" data-testid={`figure-${figure.id}`}>
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="font-medium">{title}</span>
        <span className="text-sm text-ink-soft tabular-nums">{summary}</span>
      </figcaption>
      <div className="grid grid-cols-[minmax(0,1fr)_5rem] gap-x-2">
        <svg
          viewBox={`0 0 ${PLOT.width} ${PLOT.height}`}
          preserveAspectRatio="none"
          className="h-24 w-full overflow-visible rounded-sm bg-sunken text-accent"
          role="img"
          aria-label={`${title}: ${summary}`}
        >
          {children}
        </svg>
        <div className="flex flex-col justify-between text-xs text-ink-faint tabular-nums" aria-hidden="true">
          <span>
            {numberText(axisEnd(points.map(({ value }) => value)))} {unit}
          </span>
          <span>0</span>
        </div>
        <div className="flex justify-between text-xs text-ink-faint tabular-nums" aria-hidden="true">
          <span>{from}</span>
          <span>{to}</span>
        </div>
      </div>
      <details className="text-sm">
        <summary className="w-fit cursor-pointer text-accent underline-offset-3 hover:underline pointer-coarse:min-h-11 pointer-coarse:content-center">
          Numbers <span className="sr-only">of {title}</span>
        </summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <section className="max-h-64 overflow-y-auto" tabIndex={0} aria-label={`Numbers of ${title}`}>
          <table className="w-full text-left tabular-nums">
            <thead className="text-ink-faint">
              <tr>
                <th className="py-1 pr-4 font-normal">{timeHeading}</th>
                <th className="py-1 font-normal">
                  {title}, {unit}
                </th>
              </tr>
            </thead>
            <tbody>
              {points.map(({ at, value }) => (
                <tr key={at} className="border-t border-line">
                  <td className="py-1 pr-4">{timeText(at)}</td>
                  <td className="py-1">{numberText(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}
