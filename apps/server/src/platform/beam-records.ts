import type { Store } from '@amphi/store';
import type { BeamRecords } from '../sessions/ports/records.ts';
import type { OwnerOf } from './owner-of.ts';

/**
 * Keeps recordings and external streams in the store.
 * @param ownerOf whose they are
 */
export function createBeamRecords(store: Pick<Store, 'beams'>, ownerOf: OwnerOf): BeamRecords {
  return {
    async create(beam) {
      await store.beams.create({ ...beam, node: ownerOf(beam.roomId) });
    },
    async update(id, change) {
      await store.beams.update(id, change);
    },
  };
}
