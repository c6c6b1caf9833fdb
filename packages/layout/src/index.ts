export * from './arrange.ts';
export { type Alignment, ASPECT_RATIOS, type AspectRatio, fitInto, type Rect, type Size } from './geometry.ts';
