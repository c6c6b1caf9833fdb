export * from './arrange.ts';
export {
  type Alignment,
  ASPECT_RATIOS,
  type AspectRatio,
  fitInto,
  overlaps,
  type Rect,
  type Size,
  sameRect,
} from './geometry.ts';
export * from './picture-place.ts';
export * from './plan-picture.ts';
export * from './speaker-hold.ts';
export * from './transition.ts';
