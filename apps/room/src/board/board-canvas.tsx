import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import { useWords } from '../words/speaking.tsx';
import { ShapeView } from './shape-view.tsx';
import { COLORS, FONT, MAX_TEXT, PAGE, type PlacedShape, type Point } from './shapes.ts';
import type { Drawing, TextEntry } from './use-drawing.ts';

/** As large as fits, in its own shape: nobody sees, or draws, what lies beyond the page. */
const SHEET = 'aspect-video w-[min(100cqw,calc(100cqh*16/9))] rounded-card bg-card';
const VIEW = `0 0 ${PAGE.width} ${PAGE.height}`;
/** By the arrow keys. */
const STEP = 20;

/** The page, whole, as large as there is room. */
export function BoardPage({ shapes }: { readonly shapes: readonly PlacedShape[] }) {
  const words = useWords();
  return (
    <Frame>
      <svg
        viewBox={VIEW}
        role="img"
        aria-label={words.board.page(shapes.length)}
        data-testid="board-page"
        className={SHEET}
      >
        <Shapes shapes={shapes} selectedId={undefined} />
      </svg>
    </Frame>
  );
}

/** The page for who may draw on it. */
export function BoardCanvas({
  shapes,
  drawing,
}: {
  readonly shapes: readonly PlacedShape[];
  readonly drawing: Drawing;
}) {
  const words = useWords();
  const svg = useRef<SVGSVGElement>(null);
  const pointer = useRef<number>(undefined);

  const begin = (event: PointerEvent<SVGSVGElement>): void => {
    if (event.button !== 0 || pointer.current !== undefined || drawing.entry) return;
    // A text field that opens now would lose the focus to the page again.
    event.preventDefault();
    event.currentTarget.focus({ preventScroll: true });
    const at = pointOf(event);
    if (!at) return;
    if (drawing.tool !== 'text') {
      pointer.current = event.pointerId;
      event.currentTarget.setPointerCapture(event.pointerId);
    }
    drawing.begin(at, shapeUnder(event));
  };
  const goOn = (event: PointerEvent<SVGSVGElement>): void => {
    const at = event.pointerId === pointer.current ? pointOf(event) : undefined;
    if (at) drawing.goOn(at, shapeUnder(event));
  };
  const end = (event: PointerEvent<SVGSVGElement>): void => {
    if (event.pointerId !== pointer.current) return;
    pointer.current = undefined;
    drawing.end();
  };
  const handleKey = (event: KeyboardEvent<SVGSVGElement>): void => {
    if (event.target !== event.currentTarget) return;
    const run = keyAction(event, drawing);
    if (!run) return;
    event.preventDefault();
    run();
  };

  return (
    <Frame>
      <svg
        ref={svg}
        viewBox={VIEW}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is drawn on, also by keys
        tabIndex={0}
        aria-label={words.board.page(shapes.length)}
        aria-description={words.board.keys}
        data-testid="board-page"
        className={`${SHEET} touch-none select-none`}
        style={{ cursor: drawing.tool === 'move' ? 'default' : drawing.tool === 'text' ? 'text' : 'crosshair' }}
        onPointerDown={begin}
        onPointerMove={goOn}
        onPointerUp={end}
        onPointerCancel={end}
        onKeyDown={handleKey}
      >
        <Shapes shapes={shapes} selectedId={drawing.selectedId} hiddenId={drawing.entry?.placed?.id} />
        {drawing.entry && <TextField entry={drawing.entry} drawing={drawing} onDone={() => svg.current?.focus()} />}
      </svg>
    </Frame>
  );

  /** In whole units of the page; who draws beyond its edge draws along it. */
  function pointOf(event: PointerEvent): Point | undefined {
    const matrix = svg.current?.getScreenCTM()?.inverse();
    if (!matrix) return undefined;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return { x: Math.round(within(x, PAGE.width)), y: Math.round(within(y, PAGE.height)) };
  }
}

/** Has the size that the largest page in it goes by. */
function Frame({ children }: { readonly children: ReactNode }) {
  return <div className="[container-type:size] grid min-h-0 flex-1 place-items-center">{children}</div>;
}

function within(value: number, most: number): number {
  return Math.min(Math.max(0, value), most);
}

function Shapes({
  shapes,
  selectedId,
  hiddenId,
}: {
  readonly shapes: readonly PlacedShape[];
  readonly selectedId: string | undefined;
  readonly hiddenId?: string | undefined;
}) {
  return shapes.map((placed) =>
    placed.id === hiddenId ? null : <ShapeView key={placed.id} placed={placed} isSelected={placed.id === selectedId} />,
  );
}

function TextField({
  entry,
  drawing,
  onDone,
}: {
  readonly entry: TextEntry;
  readonly drawing: Drawing;
  readonly onDone: () => void;
}) {
  const words = useWords();
  const shape = entry.placed?.shape;
  const before = shape?.kind === 'text' ? shape : undefined;
  const { x, y } = before?.from ?? entry.at;
  const [light, dark] = COLORS[before?.color ?? drawing.color];
  const top = Math.min(Math.max(0, y - FONT.size), PAGE.height - 200);
  const isDropped = useRef(false);
  return (
    <foreignObject
      x={Math.min(x, PAGE.width - 300)}
      y={top}
      width={PAGE.width - Math.min(x, PAGE.width - 300)}
      height={PAGE.height - top}
    >
      <textarea
        // biome-ignore lint/a11y/noAutofocus: whoever has put it there writes next
        autoFocus
        aria-label={words.board.textField}
        data-testid="board-text-field"
        dir="auto"
        rows={4}
        maxLength={MAX_TEXT}
        defaultValue={before?.text}
        className="block h-48 w-full resize-none border-2 border-dashed border-line-strong bg-transparent p-0 outline-none"
        style={{
          fontSize: FONT.size,
          lineHeight: `${FONT.lineHeight}px`,
          fontFamily: FONT.family,
          color: `light-dark(${light}, ${dark})`,
        }}
        onPointerDown={(event) => event.stopPropagation()}
        onBlur={(event) => {
          if (!isDropped.current) drawing.write(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          const isEnd = event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing;
          if (event.key !== 'Escape' && !isEnd) return;
          event.preventDefault();
          isDropped.current = true;
          if (isEnd) drawing.write(event.currentTarget.value);
          else drawing.dropText();
          onDone();
        }}
      />
    </foreignObject>
  );
}

/** Of the shape that is to be seen there, also while the pointer is captured. */
function shapeUnder({ clientX, clientY }: PointerEvent): string | undefined {
  const shape = document.elementFromPoint(clientX, clientY)?.closest('[data-shape]');
  return shape?.getAttribute('data-shape') ?? undefined;
}

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -STEP, y: 0 },
  ArrowRight: { x: STEP, y: 0 },
  ArrowUp: { x: 0, y: -STEP },
  ArrowDown: { x: 0, y: STEP },
};

function keyAction(event: KeyboardEvent, drawing: Drawing): (() => void) | undefined {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key === 'y' || (key === 'z' && event.shiftKey)) return drawing.redo;
    return key === 'z' ? drawing.undo : undefined;
  }
  const arrow = ARROWS[event.key];
  if (arrow) return drawing.selectedId === undefined ? undefined : () => drawing.moveChosen(arrow);
  switch (event.key) {
    case 'PageDown':
      return () => drawing.chooseNext(1);
    case 'PageUp':
      return () => drawing.chooseNext(-1);
    case 'Delete':
    case 'Backspace':
      return drawing.deleteChosen;
    case 'Enter':
      return () => drawing.beginText({ x: PAGE.width / 2 - 200, y: PAGE.height / 2 });
    default:
      return undefined;
  }
}
