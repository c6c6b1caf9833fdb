import { type PreparedAnswer, prepareError, prepareMedia } from './prepared-answer.ts';
import type { StreamFiles } from './stream-files.ts';

export const NO_FILE = prepareError(404, 'no such file');
/** Media never change under their name, and are gone from the playlist long before an hour. */
const IMMUTABLE = 'public, max-age=3600, immutable';

/** Made around stored bytes, for as long as these are held. */
const prepared = new WeakMap<Buffer, PreparedAnswer>();

/** Files of one folder of a stream as answers. */
export class StoredAnswers {
  readonly #files: StreamFiles;
  readonly #folder: string;
  readonly #tag: string;
  readonly #contentType: 'video/mp4' | 'image/jpeg';

  /** @param options.tag names the stream in entity tags, the same in all its lives */
  constructor(options: {
    readonly files: StreamFiles;
    readonly folder: string;
    readonly tag: string;
    readonly contentType: 'video/mp4' | 'image/jpeg';
  }) {
    this.#files = options.files;
    this.#folder = options.folder;
    this.#tag = options.tag;
    this.#contentType = options.contentType;
  }

  /** Gives the file, now or in a moment, or 404. */
  answer(name: string, answer: (prepared: PreparedAnswer) => void): void {
    const stored = this.#files.get(this.#folder, name);
    if (stored instanceof Promise) {
      stored.then(
        (data) => answer(data ? this.#prepare(data) : NO_FILE),
        () => answer(prepareError(500, 'the file cannot be read')),
      );
    } else answer(stored ? this.#prepare(stored) : NO_FILE);
  }

  #prepare(data: Buffer): PreparedAnswer {
    let answer = prepared.get(data);
    if (!answer) {
      answer = prepareMedia(data, IMMUTABLE, this.#tag, this.#contentType);
      prepared.set(data, answer);
    }
    return answer;
  }
}
