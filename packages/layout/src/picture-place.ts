import { type Alignment, fitInto, type Rect, type Size } from './geometry.ts';

/**
 * What becomes of a picture whose shape is not its tile's. `crop`: the middle fills the tile. `fit`: all of it is seen, with bars.
 * `auto`: a camera is cropped as long as little of it is lost, a screen never.
 */
export const TILE_FITS = ['auto', 'crop', 'fit'] as const;

export type TileFit = (typeof TILE_FITS)[number];

/** `auto` cuts a camera to its tile's shape when no more than this share of it is lost. */
const MAX_CROP = 0.3;
/** Shapes that differ by less than this are the same: tiles are cut to steps of 16 pixels. */
const SAME_SHAPE = 0.015;

export interface PicturePlace {
  /** Part of the picture that is seen, in its own pixels; even, so that chroma stays whole. */
  readonly from: Rect;
  /** Where it stands: the tile, or less of it. */
  readonly to: Rect;
}

/** Where in a tile which part of a picture is drawn. A shared screen is read, not looked at: it is never cropped. */
export function placePicture(
  tile: Rect,
  picture: Size,
  options: { readonly kind: 'person' | 'screen'; readonly fit: TileFit; readonly align: Alignment },
): PicturePlace {
  const whole: Rect = { x: 0, y: 0, width: picture.width, height: picture.height };
  const to: Rect = { x: tile.x, y: tile.y, width: tile.width, height: tile.height };
  const ratio = tile.width / tile.height;
  const pictureRatio = picture.width / picture.height;
  const kept = Math.min(ratio / pictureRatio, pictureRatio / ratio);
  if (kept >= 1 - SAME_SHAPE) return { from: whole, to };
  const mayCrop = options.kind === 'person' && options.fit !== 'fit';
  if (mayCrop && (options.fit === 'crop' || kept >= 1 - MAX_CROP)) return { from: middleOf(picture, ratio), to };
  return { from: whole, to: fitInto(to, pictureRatio, options.align) };
}

/** The largest part of this shape, in the middle. */
function middleOf(picture: Size, ratio: number): Rect {
  const width = Math.max(2, evenFloor(Math.min(picture.width, picture.height * ratio)));
  const height = Math.max(2, evenFloor(Math.min(picture.height, picture.width / ratio)));
  // Up to one pair of lines is the rounding of an even tile, not a crop.
  if (picture.width - width <= 2 && picture.height - height <= 2) {
    return { x: 0, y: 0, width: picture.width, height: picture.height };
  }
  return {
    x: evenFloor((picture.width - width) / 2),
    y: evenFloor((picture.height - height) / 2),
    width,
    height,
  };
}

const evenFloor = (value: number): number => Math.floor(value / 2) * 2;
