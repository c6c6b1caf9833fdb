/** Loads the whiteboard, which most rooms never open. */
export async function loadBoard() {
  const { BoardTile } = await import('./board-tile.tsx');
  return { default: BoardTile };
}
