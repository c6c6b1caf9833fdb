import { Emitter, type Logger, logListenerErrors } from '@amphi/base';
import type { types } from 'mediasoup';
import type { PublishedTrack } from './contract.ts';

/** A track of the session and the producer that carries it. `track.muted` follows the publisher. */
export interface Publication {
  readonly producer: types.Producer;
  track: PublishedTrack;
}

export interface PublishedTracksEvents {
  added: { readonly publication: Publication };
  removed: { readonly publication: Publication };
}

/** All tracks of one session by id. Publishings put them in and take them out; subscriptions read. */
export class PublishedTracks {
  readonly events: Emitter<PublishedTracksEvents>;
  readonly #byId = new Map<string, Publication>();

  constructor(logger: Logger) {
    this.events = new Emitter(logListenerErrors(logger));
  }

  get(trackId: string): Publication | undefined {
    return this.#byId.get(trackId);
  }

  list(): readonly PublishedTrack[] {
    return [...this.#byId.values()].map(({ track }) => track);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** @returns false when another publication has this track id */
  add(publication: Publication): boolean {
    if (this.#byId.has(publication.track.trackId)) return false;
    this.#byId.set(publication.track.trackId, publication);
    this.events.emit('added', { publication });
    return true;
  }

  /** Harmless for a publication that is not (or no longer) in. */
  remove(publication: Publication): void {
    if (this.#byId.get(publication.track.trackId) !== publication) return;
    this.#byId.delete(publication.track.trackId);
    this.events.emit('removed', { publication });
  }
}
