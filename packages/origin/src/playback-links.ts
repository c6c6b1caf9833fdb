import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Clock, type Millis, systemClock } from '@amphi/base';
import { MULTIVARIANT_NAME } from '@amphi/hls';

/** A signature as it stands in a path. */
export interface SignedAccess {
  readonly streamId: string;
  /** Seconds since the Unix epoch, as text. */
  readonly expires: string;
  readonly signature: string;
}

/** `foreign`: made with another key, for another stream or time, or not at all. */
export type LinkJudgement = 'valid' | 'expired' | 'foreign';

/** Of streams at a time there are fewer. */
const MAX_KNOWN = 2_000;

/**
 * Addresses by which signed streams are played. The signature stands in the path, before the name of the playlist: what playlists
 * name by relative addresses is got with the same one, and a cache that goes by the whole address keeps apart what it must.
 */
export class PlaybackLinks {
  readonly #key: Buffer;
  readonly #clock: Clock;
  /** Signatures that were asked for rightly, by stream and time: a player comes with the same one for each part. */
  readonly #known = new Map<string, Buffer>();

  constructor(options: { readonly key: Buffer; readonly clock?: Clock }) {
    this.#key = options.key;
    this.#clock = options.clock ?? systemClock;
  }

  /** Path of a stream's multivariant playlist below the playback prefix, good until then. The same for the same time. */
  pathOf(streamId: string, until: Millis): string {
    const expires = String(Math.ceil(until / 1000));
    const what = `${streamId}/${expires}`;
    return `${what}/${this.#sign(what)}/${MULTIVARIANT_NAME}`;
  }

  judge({ streamId, expires, signature }: SignedAccess): LinkJudgement {
    const what = `${streamId}/${expires}`;
    const known = this.#known.get(what);
    const wanted = known ?? Buffer.from(this.#sign(what));
    // As text: one signature has one spelling, or every spelling would be another place for caches.
    const given = Buffer.from(signature);
    if (given.byteLength !== wanted.byteLength || !timingSafeEqual(given, wanted)) return 'foreign';
    if (Number(expires) * 1000 <= this.#clock.now()) return 'expired';
    if (!known) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(what, wanted);
    }
    return 'valid';
  }

  #sign(what: string): string {
    return createHmac('sha256', this.#key).update(what).digest('base64url');
  }
}
