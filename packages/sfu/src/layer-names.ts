import type { LayerName } from './contract.ts';

const RANK: Readonly<Record<LayerName, number>> = { low: 0, medium: 1, high: 2 };

/** How the client protocol names the rids of the genuine client. */
const BY_RID: Readonly<Record<string, LayerName>> = { q: 'low', h: 'medium', f: 'high' };

const BY_COUNT: readonly (readonly LayerName[])[] = [['high'], ['high'], ['low', 'high'], ['low', 'medium', 'high']];

/**
 * Names of a video producer's simulcast layers, lowest first: by rid `q`, `h`, `f`, otherwise by their number.
 * @param rids lowest first; without simulcast one entry, whatever it is
 */
export function layerNames(rids: readonly (string | undefined)[]): readonly LayerName[] {
  if (rids.length <= 1) return ['high'];
  const known = rids.flatMap((rid) => (rid !== undefined && Object.hasOwn(BY_RID, rid) ? [BY_RID[rid] ?? 'high'] : []));
  if (known.length === rids.length) return known;
  const names = BY_COUNT[rids.length];
  return names ?? rids.map((_, index) => (index === 0 ? 'low' : index === rids.length - 1 ? 'high' : 'medium'));
}

/** Index of the best layer that is not above `wanted`; the lowest one when all are. */
export function spatialLayerFor(layers: readonly LayerName[], wanted: LayerName): number {
  return Math.max(
    0,
    layers.findLastIndex((layer) => RANK[layer] <= RANK[wanted]),
  );
}

/**
 * The layer to ask the worker for. It sends nothing when all layers up to the one asked for are silent, as they are with
 * a small camera, of which browsers send fewer layers than were offered: then it is the lowest one that flows.
 * @param scores of the publisher's layers, lowest first; 0 is silent
 */
export function flowingLayerFor(wanted: number, scores: readonly number[]): number {
  const flows = scores.findIndex((score) => score > 0);
  return Math.max(wanted, flows);
}
