import { memo } from 'react';
import { COLORS, FONT, linesOf, type PlacedShape, pathOf } from './shapes.ts';

/** Of what one points at, in units of the page: a finger is wider than a line. */
const REACH = 32;

export interface ShapeViewProps {
  readonly placed: PlacedShape;
  readonly isSelected: boolean;
}

/** One shape; drawn again only when it has changed. */
export const ShapeView = memo(function ShapeView({ placed: { id, shape }, isSelected }: ShapeViewProps) {
  const color = `light-dark(${COLORS[shape.color].join(', ')})`;
  if (shape.kind === 'text') {
    const { x, y } = shape.from;
    return (
      <text
        data-shape={id}
        data-kind="text"
        x={x}
        y={y}
        fontSize={FONT.size}
        fontFamily={FONT.family}
        style={{ fill: color, unicodeBidi: 'plaintext' }}
        className={isSelected ? 'underline decoration-focus' : undefined}
      >
        {linesOf(shape.text).map((line, index) => (
          // Lines have no identity but their place.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <tspan key={index} x={x} dy={index === 0 ? 0 : FONT.lineHeight}>
            {line}
          </tspan>
        ))}
      </text>
    );
  }
  const line = pathOf(shape);
  return (
    <g data-shape={id} data-kind={shape.kind} fill="none" strokeLinecap="round" strokeLinejoin="round">
      {isSelected && <path d={line} strokeWidth={shape.width + 12} className="stroke-focus opacity-40" />}
      <path d={line} strokeWidth={shape.width} style={{ stroke: color }} />
      <path
        d={line}
        strokeWidth={Math.max(REACH, shape.width)}
        stroke="transparent"
        style={{ pointerEvents: 'stroke' }}
      />
    </g>
  );
});
