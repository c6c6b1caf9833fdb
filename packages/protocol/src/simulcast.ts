import type { Role } from './role.ts';
import type { SpatialLayerName } from './signaling/methods.ts';

/** One simulcast layer as a receiver sees it. */
export interface LayerSize {
  readonly name: Exclude<SpatialLayerName, 'none'>;
  readonly width: number;
  readonly height: number;
}

const NAME_OF_RID = { f: 'high', h: 'medium', q: 'low' } as const;

/** Layers that a publisher of this role sends of its camera, smallest first; one entry without simulcast. */
export function layersOf(role: Role | undefined): readonly LayerSize[] {
  if (!role) return [];
  const { video, simulcast } = role.publishParams;
  const layers = simulcast.video.layers ?? [];
  if (layers.length < 2) return [{ name: 'high', width: video.width, height: video.height }];
  return layers
    .map((layer) => ({
      name: NAME_OF_RID[layer.rid],
      width: Math.round(video.width / layer.scaleResolutionDownBy),
      height: Math.round(video.height / layer.scaleResolutionDownBy),
    }))
    .sort((a, b) => a.height - b.height);
}
