import { axisEnd, numberText } from '../charts/figure.ts';
import { FigureFrame, PLOT } from '../charts/figure-frame.tsx';
import { dayText, type UsageFigure } from './usage.ts';

/** Of a bar's place, what it fills. */
const FILLED = 0.8;

/** One figure by day, a bar for each. */
export function DayBars({ of: { figure, summary } }: { of: UsageFigure }) {
  const { points, unit } = figure;
  const end = axisEnd(points.map(({ value }) => value));
  const place = PLOT.width / points.length;
  return (
    <FigureFrame
      figure={figure}
      summary={summary}
      from={dayText(points[0]?.at ?? 0)}
      to={dayText(points.at(-1)?.at ?? 0)}
      timeHeading="Day"
      timeText={dayText}
    >
      {points.map(({ at, value }, index) => {
        const height = (value / end) * PLOT.height;
        return (
          <rect
            key={at}
            x={(index + (1 - FILLED) / 2) * place}
            y={PLOT.height - height}
            width={place * FILLED}
            height={height}
            fill="currentColor"
          >
            <title>{`${dayText(at)}: ${numberText(value)} ${unit}`}</title>
          </rect>
        );
      })}
    </FigureFrame>
  );
}
