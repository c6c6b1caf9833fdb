import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Seconds } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import type { RecordingAsset } from '@amphi/store';
import { signingKey } from '../signing-key.ts';
import { fileNameOf, VOD_FILE } from './asset-files.ts';

/** What a link to a file says beside whose it is. */
export interface LinkSignature {
  /** Seconds since the Unix epoch. */
  readonly expires: number;
  readonly signature: string;
}

/** Links by which recordings are got without a token: signed, and good for a time. */
export class DownloadLinks {
  readonly #key: Buffer;
  readonly #clock: Clock;

  constructor(key: Buffer, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** With the key of the data directory, made at the first start. To be called by whoever has claimed the directory. */
  static async open(dataDir: string, clock: Clock): Promise<DownloadLinks> {
    return new DownloadLinks(await signingKey(dataDir, 'recordings.key'), clock);
  }

  /**
   * Path and query of a link to the file. To a playlist the signature stands in the path, so that what it names by relative addresses is
   * got with the same one.
   */
  sign(asset: RecordingAsset, validFor: Seconds): string {
    const expires = Math.floor(this.#clock.now() / 1000) + validFor;
    const signature = this.#signatureOf(asset.id, expires);
    if (asset.type === 'room-vod') return `/recordings/${asset.id}/${expires}/${signature}/${VOD_FILE}`;
    return `/recordings/${asset.id}/${fileNameOf(asset)}?expires=${expires}&signature=${signature}`;
  }

  /** @throws PublicError 403 when the link was not made here, is for another file, or its time is over */
  check(assetId: string, { expires, signature }: LinkSignature): void {
    const wanted = Buffer.from(this.#signatureOf(assetId, expires));
    const given = Buffer.from(signature);
    const isOurs = given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
    if (!isOurs) throw new PublicError(403, 'this link is not valid');
    if (expires * 1000 <= this.#clock.now()) throw new PublicError(403, 'this link has expired; ask for a new one');
  }

  #signatureOf(assetId: string, expires: number): string {
    return createHmac('sha256', this.#key).update(`${assetId} ${expires}`).digest('base64url');
  }
}
