import { describe, expect, it } from 'vitest';
import { MAX_POINTS, MAX_TEXT, moved, pathOf, readShape, type Shape, shapesOf, svgOf, writeShape } from './shapes.ts';

const drawn = { color: 'red', width: 4, at: 1 } as const;
const stroke: Shape = {
  ...drawn,
  kind: 'stroke',
  points: [
    { x: 1, y: 2 },
    { x: 30, y: 40 },
    { x: 50, y: 4 },
  ],
};
const box: Shape = { ...drawn, kind: 'rectangle', from: { x: 10, y: 20 }, to: { x: 5, y: 8 } };
const text: Shape = { ...drawn, kind: 'text', from: { x: 10, y: 20 }, text: 'a < b\n\n& c' };
const SHAPES = [
  stroke,
  box,
  { ...box, kind: 'ellipse' },
  { ...box, kind: 'line' },
  { ...box, kind: 'arrow' },
  text,
] as const;

describe('shapes of the whiteboard', () => {
  it.each(SHAPES.map((shape) => [shape.kind, shape] as const))('%s is read as it was written', (_kind, shape) => {
    expect(readShape(JSON.parse(JSON.stringify(writeShape(shape))))).toEqual(shape);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'stroke'],
    ['no kind', drawn],
    ['an unknown kind', { ...box, kind: 'house' }],
    ['an unknown color', { ...box, color: 'toString' }],
    ['a width of no number', { ...box, width: '4' }],
    ['a corner that is none', { ...box, to: { x: 1 } }],
    ['a corner far away', { ...box, to: { x: 1e9, y: 0 } }],
    ['half a point', { ...drawn, kind: 'stroke', points: [1, 2, 3] }],
    ['no points', { ...drawn, kind: 'stroke', points: [] }],
    ['points of no numbers', { ...drawn, kind: 'stroke', points: ['1', 2] }],
    ['too many points', { ...drawn, kind: 'stroke', points: Array.from({ length: 2 * MAX_POINTS + 2 }, () => 1) }],
    ['a long text', { ...text, text: 'x'.repeat(MAX_TEXT + 1) }],
  ])('%s is no shape', (_what, data) => {
    expect(readShape(data)).toBeUndefined();
  });

  it('lie over each other in the order in which they were begun; those that have not changed stay the same', () => {
    const element = (id: string, at: number) => ({ id, version: 1, data: writeShape({ ...box, at }) });
    const elements = {
      b: element('b', 2),
      a: element('a', 2),
      c: element('c', 1),
      x: { id: 'x', version: 1, data: 7 },
    };
    const before = shapesOf(elements);
    expect(before.map(({ id }) => id)).toEqual(['c', 'a', 'b']);
    expect(shapesOf({ ...elements, b: element('b', 3) })[0]).toBe(before[0]);
  });

  it('move as a whole', () => {
    const by = { x: 10, y: -2 };
    expect(moved(stroke, by)).toMatchObject({
      points: [
        { x: 11, y: 0 },
        { x: 40, y: 38 },
        { x: 60, y: 2 },
      ],
    });
    expect(moved(box, by)).toMatchObject({ from: { x: 20, y: 18 }, to: { x: 15, y: 6 } });
    expect(moved(text, by)).toMatchObject({ from: { x: 20, y: 18 } });
  });

  it('a dot is seen as well', () => {
    expect(pathOf({ ...stroke, points: [{ x: 3, y: 4 }] })).toBe('M3 4H3.01');
    expect(pathOf(stroke)).toBe('M1 2Q30 40 40 22L50 4');
  });

  it('the picture holds all of them, and takes no text for markup', () => {
    const svg = svgOf(SHAPES.map((shape, index) => ({ id: `${index}`, shape })));
    expect(svg.match(/<path /g)).toHaveLength(5);
    expect(svg).toContain('>a &lt; b<');
    expect(svg).toContain('>&amp; c<');
  });
});
