import type { TrackQuality } from '@amphi/protocol';
import type { QualityArchive } from './ports/records.ts';

/** Peers of one session whose reports are kept at a time, those on stage and the first of the audience alike. */
const MAX_PEERS = 200;

/** How media of one session fare, as its peers tell: of so many that a full webinar writes no more than a full stage. */
export class SessionQuality {
  readonly #archive: Pick<QualityArchive, 'keep'> | undefined;
  readonly #sessionId: string;
  readonly #isHere: (peerId: string) => boolean;
  readonly #peers = new Set<string>();

  /** @param options.archive none: nothing is kept */
  constructor(options: {
    readonly archive: Pick<QualityArchive, 'keep'> | undefined;
    readonly sessionId: string;
    readonly isHere: (peerId: string) => boolean;
  }) {
    this.#archive = options.archive;
    this.#sessionId = options.sessionId;
    this.#isHere = options.isHere;
  }

  /** Whether a report of the peer would be kept; then the peer has one of the places from now on. */
  takes(peerId: string): boolean {
    if (!this.#archive) return false;
    if (this.#peers.has(peerId)) return true;
    if (this.#peers.size >= MAX_PEERS)
      for (const known of this.#peers) if (!this.#isHere(known)) this.#peers.delete(known);
    if (this.#peers.size >= MAX_PEERS) return false;
    this.#peers.add(peerId);
    return true;
  }

  keep(peerId: string, tracks: readonly TrackQuality[]): void {
    if (tracks.length > 0) this.#archive?.keep({ sessionId: this.#sessionId, peerId, tracks });
  }
}
