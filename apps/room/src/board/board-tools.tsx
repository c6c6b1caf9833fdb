import { classNames, IconButton } from '@amphi/ui';
import {
  ArrowUpRight,
  Circle,
  Eraser,
  Minus,
  MousePointer2,
  Pencil,
  Redo2,
  Square,
  Trash2,
  Type,
  Undo2,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useWords } from '../words/speaking.tsx';
import { COLOR_NAMES, COLORS, WIDTHS } from './shapes.ts';
import type { Drawing, Tool } from './use-drawing.ts';

const TOOLS: Readonly<Record<Tool, ReactNode>> = {
  pen: <Pencil />,
  line: <Minus />,
  arrow: <ArrowUpRight />,
  rectangle: <Square />,
  ellipse: <Circle />,
  text: <Type />,
  eraser: <Eraser />,
  move: <MousePointer2 />,
};

/** What one draws with. */
export function BoardTools({ drawing, isEmpty }: { readonly drawing: Drawing; readonly isEmpty: boolean }) {
  const words = useWords();
  return (
    <>
      <Group label={words.board.tools}>
        {(Object.keys(TOOLS) as Tool[]).map((tool) => (
          <IconButton
            key={tool}
            size="sm"
            label={words.board.tool[tool]}
            icon={TOOLS[tool]}
            pressed={drawing.tool === tool}
            onClick={() => drawing.setTool(tool)}
            data-testid={`board-${tool}`}
            className={classNames(drawing.tool === tool && 'bg-accent-fill! text-on-accent!')}
          />
        ))}
      </Group>
      <Group label={words.board.colors}>
        {COLOR_NAMES.map((color) => (
          <Choice
            key={color}
            label={words.board.color[color]}
            isChosen={drawing.color === color}
            onChoose={() => drawing.setColor(color)}
          >
            <span className="size-5 rounded-full" style={{ background: `light-dark(${COLORS[color].join(', ')})` }} />
          </Choice>
        ))}
      </Group>
      <Group label={words.board.widths}>
        {WIDTHS.map((width) => (
          <Choice
            key={width}
            label={words.board.width[width]}
            isChosen={drawing.width === width}
            onChoose={() => drawing.setWidth(width)}
          >
            <span className="rounded-full bg-ink" style={{ width: 4 + width, height: 4 + width }} />
          </Choice>
        ))}
      </Group>
      <Group label={words.board.changes}>
        <IconButton
          size="sm"
          label={words.board.undo}
          icon={<Undo2 />}
          disabled={!drawing.canUndo}
          onClick={drawing.undo}
        />
        <IconButton
          size="sm"
          label={words.board.redo}
          icon={<Redo2 />}
          disabled={!drawing.canRedo}
          onClick={drawing.redo}
        />
        <IconButton
          size="sm"
          label={words.board.clear}
          icon={<Trash2 />}
          disabled={isEmpty}
          onClick={drawing.clear}
          data-testid="board-clear"
        />
      </Group>
    </>
  );
}

function Group({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <fieldset aria-label={label} className="m-0 flex min-w-0 flex-wrap items-center border-0 p-0">
      {children}
    </fieldset>
  );
}

function Choice({
  label,
  isChosen,
  onChoose,
  children,
}: {
  readonly label: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={isChosen}
      onClick={onChoose}
      className={classNames(
        'grid size-8 place-items-center rounded-full border-2 pointer-coarse:size-11',
        isChosen ? 'border-focus' : 'border-transparent',
      )}
    >
      {children}
    </button>
  );
}
