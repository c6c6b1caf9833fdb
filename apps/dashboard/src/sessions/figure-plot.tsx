import { clockText } from '../shell/times.ts';
import { average, axisEnd, type Figure, numberText, partsOf } from './quality.ts';

const WIDTH = 320;
const HEIGHT = 96;

/**
 * One figure over time. Who does not see the line reads what it comes to, and everyone can have the numbers as a table.
 * @param span of all figures, so that they stand below each other in time
 */
export function FigurePlot({ figure, span }: { figure: Figure; span: { readonly from: number; readonly to: number } }) {
  const { title, unit, points } = figure;
  const values = points.map(({ value }) => value);
  const end = axisEnd(values);
  const x = (at: number) => ((at - span.from) / Math.max(1, span.to - span.from)) * WIDTH;
  const y = (value: number) => HEIGHT - (value / end) * HEIGHT;
  const summary = `${numberText(average(values))} ${unit} on average, ${numberText(Math.max(...values))} at most`;
  return (
    <figure className="flex min-w-0 flex-col gap-1" data-testid={`figure-${figure.id}`}>
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="font-medium">{title}</span>
        <span className="text-sm text-ink-soft tabular-nums">{summary}</span>
      </figcaption>
      <div className="grid grid-cols-[minmax(0,1fr)_5rem] gap-x-2">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="h-24 w-full overflow-visible rounded-sm bg-sunken text-accent"
          role="img"
          aria-label={`${title}: ${summary}`}
        >
          {partsOf(points).map((part) => (
            <polyline
              key={part[0]?.at}
              // A lone value is a short stroke: a line of one point is not drawn.
              points={[...part, ...(part.length === 1 ? part : [])]
                .map(({ at, value }, index) => `${x(at) + (part.length === 1 ? index * 3 : 0)},${y(value)}`)
                .join(' ')}
              fill="none"
              stroke="currentColor"
              strokeWidth={2}
              strokeLinejoin="round"
              strokeLinecap="round"
              vectorEffect="non-scaling-stroke"
            />
          ))}
        </svg>
        <div className="flex flex-col justify-between text-xs text-ink-faint tabular-nums" aria-hidden="true">
          <span>
            {numberText(end)} {unit}
          </span>
          <span>0</span>
        </div>
        <div className="flex justify-between text-xs text-ink-faint tabular-nums" aria-hidden="true">
          <span>{clockText(new Date(span.from).toISOString())}</span>
          <span>{clockText(new Date(span.to).toISOString())}</span>
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
                <th className="py-1 pr-4 font-normal">Time</th>
                <th className="py-1 font-normal">
                  {title}, {unit}
                </th>
              </tr>
            </thead>
            <tbody>
              {points.map(({ at, value }) => (
                <tr key={at} className="border-t border-line">
                  <td className="py-1 pr-4">{clockText(new Date(at).toISOString())}</td>
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
