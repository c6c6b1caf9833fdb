import { useBoard } from '@amphi/react';
import { useCallback, useRef, useState } from 'react';
import { afterStep, type History, NOTHING_DONE, redo, type Step, undo } from './history.ts';
import {
  type Color,
  MAX_POINTS,
  MAX_TEXT,
  moved,
  type PlacedShape,
  type Point,
  type Shape,
  type SpanKind,
  WIDTHS,
  writeShape,
} from './shapes.ts';

export type Tool = 'move' | 'pen' | SpanKind | 'text' | 'eraser';

/** Of a stroke: what is nearer to the point before adds nothing that is seen. */
const MIN_DISTANCE = 3;
/** A finger's width: so far apart at least are the corners of what is worth keeping. */
const MIN_SPAN = 4;

/** A text that is being written. */
export interface TextEntry {
  /** Of the text that is written anew; undefined for a new one. */
  readonly placed: PlacedShape | undefined;
  readonly at: Point;
}

type Gesture =
  | { readonly kind: 'shape'; readonly id: string; shape: Shape }
  | { readonly kind: 'move'; readonly id: string; readonly from: Point; readonly before: Shape; shape: Shape }
  | { readonly kind: 'erase'; readonly erased: Map<string, Shape> };

/** Pens, and what is done with them. Everything goes to the others while it is done. */
export function useDrawing(shapes: readonly PlacedShape[]) {
  const { draw } = useBoard();
  const [tool, setTool] = useState<Tool>('pen');
  const [color, setColor] = useState<Color>('ink');
  const [width, setWidth] = useState<number>(WIDTHS[0]);
  const [selectedId, setSelectedId] = useState<string>();
  const [entry, setEntry] = useState<TextEntry>();
  const [history, setHistory] = useState<History>(NOTHING_DONE);
  const gesture = useRef<Gesture>(undefined);

  const find = (id: string | undefined): PlacedShape | undefined => shapes.find((placed) => placed.id === id);
  const show = useCallback(
    (id: string, shape: Shape | undefined): void => draw([{ id, data: shape && writeShape(shape) }]),
    [draw],
  );
  const note = (...changes: Step['changes']): void => {
    if (changes.length > 0) setHistory((present) => afterStep(present, { changes }));
  };
  const change = (id: string, before: Shape | undefined, after: Shape | undefined): void => {
    show(id, after);
    note(changeOf(id, before, after));
  };
  const take = (turn: typeof undo): void => {
    const [next, drawings] = turn(history);
    setHistory(next);
    if (drawings.length > 0) draw(drawings);
  };
  const erase = (id: string | undefined, erased: Map<string, Shape>): void => {
    const placed = find(id);
    if (!placed || erased.has(placed.id)) return;
    erased.set(placed.id, placed.shape);
    show(placed.id, undefined);
  };

  return {
    tool,
    color,
    width,
    entry,
    selectedId: find(selectedId) && selectedId,
    canUndo: history.done.length > 0,
    canRedo: history.undone.length > 0,
    setTool: (next: Tool) => {
      setTool(next);
      setSelectedId(undefined);
    },
    setColor,
    setWidth,
    undo: () => take(undo),
    redo: () => take(redo),

    /** @param targetId what is under the pointer */
    begin(at: Point, targetId: string | undefined): void {
      const drawn = { color, width, at: Date.now() };
      const placed = find(targetId);
      switch (tool) {
        case 'move':
          setSelectedId(placed?.id);
          gesture.current = placed && {
            kind: 'move',
            id: placed.id,
            from: at,
            before: placed.shape,
            shape: placed.shape,
          };
          return;
        case 'eraser':
          gesture.current = { kind: 'erase', erased: new Map() };
          erase(targetId, gesture.current.erased);
          return;
        case 'text':
          setEntry({ placed: placed?.shape.kind === 'text' ? placed : undefined, at });
          return;
        case 'pen':
          gesture.current = { kind: 'shape', id: newId(), shape: { ...drawn, kind: 'stroke', points: [at] } };
          break;
        default:
          gesture.current = { kind: 'shape', id: newId(), shape: { ...drawn, kind: tool, from: at, to: at } };
      }
      show(gesture.current.id, gesture.current.shape);
    },

    goOn(at: Point, targetId: string | undefined): void {
      const present = gesture.current;
      if (!present) return;
      if (present.kind === 'erase') {
        erase(targetId, present.erased);
        return;
      }
      if (present.kind === 'move') {
        present.shape = moved(present.before, { x: at.x - present.from.x, y: at.y - present.from.y });
      } else {
        const { shape } = present;
        const next = extended(shape, at);
        if (next === shape) return;
        if (next.kind === 'stroke' && next.points.length > MAX_POINTS) {
          note(changeOf(present.id, undefined, shape));
          gesture.current = { ...present, id: newId(), shape: { ...next, points: next.points.slice(-2) } };
          show(gesture.current.id, gesture.current.shape);
          return;
        }
        present.shape = next;
      }
      show(present.id, present.shape);
    },

    end(): void {
      const present = gesture.current;
      gesture.current = undefined;
      if (!present) return;
      if (present.kind === 'erase') {
        note(...[...present.erased].map(([id, shape]) => changeOf(id, shape, undefined)));
      } else if (present.kind === 'move') {
        if (present.shape !== present.before) note(changeOf(present.id, present.before, present.shape));
      } else if (isTooSmall(present.shape)) show(present.id, undefined);
      else note(changeOf(present.id, undefined, present.shape));
    },

    write(text: string): void {
      setEntry(undefined);
      if (!entry) return;
      const { placed, at } = entry;
      const written = text.trimEnd().slice(0, MAX_TEXT);
      const before = placed?.shape;
      if (before?.kind === 'text' && before.text === written) return;
      if (written === '' && !before) return;
      const after: Shape | undefined =
        written === ''
          ? undefined
          : before?.kind === 'text'
            ? { ...before, text: written }
            : { kind: 'text', color, width, at: Date.now(), from: at, text: written };
      change(placed?.id ?? newId(), before, after);
    },

    beginText: (at: Point) => setEntry({ placed: undefined, at }),
    dropText: () => setEntry(undefined),

    /** The shape after, or before, the one that is chosen, in the order in which they were drawn. */
    chooseNext(step: 1 | -1): void {
      const index = shapes.findIndex(({ id }) => id === selectedId);
      const next = index < 0 ? (step > 0 ? 0 : shapes.length - 1) : (index + step + shapes.length) % shapes.length;
      setSelectedId(shapes[next]?.id);
    },
    moveChosen(by: Point): void {
      const placed = find(selectedId);
      if (placed) change(placed.id, placed.shape, moved(placed.shape, by));
    },
    deleteChosen(): void {
      const placed = find(selectedId);
      if (placed) change(placed.id, placed.shape, undefined);
    },
    clear(): void {
      draw(shapes.map(({ id }) => ({ id, data: undefined })));
      note(...shapes.map(({ id, shape }) => changeOf(id, shape, undefined)));
    },
  };
}

export type Drawing = ReturnType<typeof useDrawing>;

function changeOf(id: string, before: Shape | undefined, after: Shape | undefined): Step['changes'][number] {
  return { id, before: before && writeShape(before), after: after && writeShape(after) };
}

/** The same shape when the pointer has not gone far enough. */
function extended(shape: Shape, at: Point): Shape {
  if (shape.kind === 'text') return shape;
  if (shape.kind !== 'stroke') return { ...shape, to: at };
  const last = shape.points.at(-1);
  if (last && Math.hypot(at.x - last.x, at.y - last.y) < MIN_DISTANCE) return shape;
  return { ...shape, points: [...shape.points, at] };
}

function isTooSmall(shape: Shape): boolean {
  if (shape.kind === 'stroke' || shape.kind === 'text') return false;
  return Math.hypot(shape.to.x - shape.from.x, shape.to.y - shape.from.y) < MIN_SPAN;
}

/** `randomUUID` is not there without HTTPS. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
