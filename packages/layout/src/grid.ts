import { type Alignment, fitInto, floorTo, type Rect, type Size } from './geometry.ts';

/**
 * `count` equal tiles of `ratio` in rows, as large as they can be, in the middle of `area`; a last row that is not full
 * is in the middle too. Order is reading order, so a tile keeps its place when others join after it and the shape of
 * the grid stays.
 * @param gap between tiles; a multiple of the alignment's step, so that all gaps are equal
 */
export function grid(area: Rect, count: number, ratio: number, gap: number, align: Alignment): Rect[] {
  if (count <= 0) return [];
  if (count === 1) return [fitInto(area, ratio, align)];

  const columns = bestColumns(area, count, ratio, gap);
  const rows = Math.ceil(count / columns);
  const tile = fitInto({ x: 0, y: 0, ...cellSize(area, columns, rows, gap) }, ratio, align);
  const totalHeight = rows * tile.height + (rows - 1) * gap;
  const top = floorTo(area.y + (area.height - totalHeight) / 2, align.position);

  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const rowWidth = inRow * tile.width + (inRow - 1) * gap;
    const left = floorTo(area.x + (area.width - rowWidth) / 2, align.position);
    return {
      x: left + (index % columns) * (tile.width + gap),
      y: top + row * (tile.height + gap),
      width: tile.width,
      height: tile.height,
    };
  });
}

/** The number of columns that makes tiles largest; the smaller one when two are equal. */
function bestColumns(area: Rect, count: number, ratio: number, gap: number): number {
  let best = 1;
  let bestWidth = 0;
  for (let columns = 1; columns <= count; columns++) {
    const cell = cellSize(area, columns, Math.ceil(count / columns), gap);
    const width = Math.min(cell.width, cell.height * ratio);
    if (width > bestWidth + 0.5) {
      best = columns;
      bestWidth = width;
    }
  }
  return best;
}

function cellSize(area: Rect, columns: number, rows: number, gap: number): Size {
  return {
    width: Math.max(0, (area.width - gap * (columns - 1)) / columns),
    height: Math.max(0, (area.height - gap * (rows - 1)) / rows),
  };
}
