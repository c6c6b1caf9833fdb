import { average, axisEnd, type Figure, numberText } from '../charts/figure.ts';
import { FigureFrame, PLOT } from '../charts/figure-frame.tsx';
import { clockText } from '../shell/times.ts';
import { partsOf } from './quality.ts';

/**
 * One figure over the time of a session, as a line.
 * @param span of all figures, so that they stand below each other in time
 */
export function FigurePlot({ figure, span }: { figure: Figure; span: { readonly from: number; readonly to: number } }) {
  const { unit, points } = figure;
  const values = points.map(({ value }) => value);
  const end = axisEnd(values);
  const x = (at: number) => ((at - span.from) / Math.max(1, span.to - span.from)) * PLOT.width;
  const y = (value: number) => PLOT.height - (value / end) * PLOT.height;
  const timeText = (at: number) => clockText(new Date(at).toISOString());
  return (
    <FigureFrame
      figure={figure}
      summary={`${numberText(average(values))} ${unit} on average, ${numberText(Math.max(...values))} at most`}
      from={timeText(span.from)}
      to={timeText(span.to)}
      timeHeading="Time"
      timeText={timeText}
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
    </FigureFrame>
  );
}
