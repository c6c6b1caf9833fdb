/** Between tiles and around them, in pixels of the canvas. */
export const TILE_GAP = 8;
