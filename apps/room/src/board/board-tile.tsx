import { useBoard } from '@amphi/react';
import { IconButton, isolate, Spinner } from '@amphi/ui';
import { Download, X } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import { BoardCanvas, BoardPage } from './board-canvas.tsx';
import { BoardTools } from './board-tools.tsx';
import { exportPng } from './export-png.ts';
import { type PlacedShape, shapesOf } from './shapes.ts';
import { useDrawing } from './use-drawing.ts';

/** The whiteboard while it is open: tools for who may draw, what is drawn for everyone. */
export function BoardTile() {
  const words = useWords();
  const { status, owner, elements, canDraw, canClose, close } = useBoard();
  const attempt = useAttempt();
  const shapes = useMemo(() => shapesOf(elements), [elements]);
  const end = (
    <div className="ms-auto flex items-center">
      {status === 'loading' && <Spinner label={words.board.loading} />}
      <IconButton
        size="sm"
        label={words.board.save}
        icon={<Download />}
        onClick={() => attempt(words.failed.saveBoard, exportPng(shapes, `${words.board.fileName}.png`))}
        data-testid="board-save"
      />
      {canClose && (
        <IconButton
          size="sm"
          label={words.board.close}
          icon={<X />}
          onClick={() => attempt(words.failed.closeBoard, close())}
          data-testid="board-close"
        />
      )}
    </div>
  );
  return (
    <figure
      aria-label={words.board.of(isolate(owner?.name || words.somebody))}
      data-testid="board"
      data-status={status}
      data-gestures="own"
      className="m-0 flex size-full flex-col gap-1 overflow-hidden rounded-card bg-sunken p-1 text-ink"
    >
      {canDraw ? (
        <Drawable shapes={shapes}>{end}</Drawable>
      ) : (
        <>
          <div className="flex">{end}</div>
          <BoardPage shapes={shapes} />
        </>
      )}
    </figure>
  );
}

function Drawable({ shapes, children }: { readonly shapes: readonly PlacedShape[]; readonly children: ReactNode }) {
  const drawing = useDrawing(shapes);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-2">
        <BoardTools drawing={drawing} isEmpty={shapes.length === 0} />
        {children}
      </div>
      <BoardCanvas shapes={shapes} drawing={drawing} />
    </>
  );
}
