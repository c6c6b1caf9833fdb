import type { LayerSize, SpatialLayerName } from '@amphi/protocol';
import type { VideoSize } from '../environment.ts';

/** Up to so much enlargement still looks right; below it the next layer is worth its bits. */
const UPSCALE_TOLERANCE = 1.25;

/** The smallest layer that looks right at this size; `none` when nothing of it can be seen. */
export function preferredLayer(size: VideoSize, layers: readonly LayerSize[]): SpatialLayerName {
  if (!size.isVisible || size.width <= 0 || size.height <= 0) return 'none';
  // The picture may be cropped to fill its element: both sides must be covered.
  const fits = layers.find(
    (layer) => layer.width * UPSCALE_TOLERANCE >= size.width && layer.height * UPSCALE_TOLERANCE >= size.height,
  );
  return fits?.name ?? layers.at(-1)?.name ?? 'high';
}

const ORDER: readonly SpatialLayerName[] = ['none', 'low', 'medium', 'high'];

/** The larger of two wishes: one track may be shown in several places. */
export function largerLayer(a: SpatialLayerName, b: SpatialLayerName): SpatialLayerName {
  return ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b;
}
