import { type Clock, CodedError, type Logger, type Millis, messageOf } from '@amphi/base';
import { encodeHead, encodeRecord, type JournalHead } from './journal-format.ts';
import type { MediaStorage } from './storage/storage.ts';
import type { StreamRecord, StreamState } from './stream-state.ts';

/** `storage_full`: no room; `storage_slow`: no answer in time, or too much waits; `storage_failed`: anything else. */
export type StorageErrorCode = 'storage_full' | 'storage_slow' | 'storage_failed';

/** What could not be stored is not announced. The message says what to look at. */
export class StorageError extends CodedError<StorageErrorCode> {}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** A journal is written anew when its records outgrow this and a quarter of its head: few are replayed, and rewriting stays rare. */
const MIN_REWRITE_BYTES = 64 * 1024;

/**
 * The place of one stream in the storage. Each write is awaited before anything is announced, so a kill loses nothing
 * that a player or a cache can have seen; and no write is waited for longer than `deadlineMs`.
 */
export class StreamFiles {
  readonly #streamId: string;
  readonly #storage: MediaStorage;
  readonly #clock: Clock;
  readonly #deadlineMs: Millis;
  readonly #logger: Logger;
  readonly #head: Omit<JournalHead, 'state'>;
  /** Writes that have missed their deadline and may still come to an end. */
  #stuck = 0;
  #headBytes = 0;
  #recordBytes = 0;
  /** Nothing may be appended: there is no journal, or its end may be half a record. */
  #mustRewrite = true;

  constructor(options: {
    readonly head: Omit<JournalHead, 'state'>;
    readonly storage: MediaStorage;
    readonly clock: Clock;
    readonly deadlineMs: Millis;
    readonly logger: Logger;
  }) {
    this.#head = options.head;
    this.#streamId = options.head.streamId;
    this.#storage = options.storage;
    this.#clock = options.clock;
    this.#deadlineMs = options.deadlineMs;
    this.#logger = options.logger;
  }

  /** @throws StorageError */
  put(rendition: string, name: string, data: Buffer): Promise<void> {
    return this.#inTime(name, () => this.#storage.put(this.#key(rendition, name), data));
  }

  get(rendition: string, name: string): Buffer | undefined | Promise<Buffer | undefined> {
    return this.#storage.get(this.#key(rendition, name));
  }

  /** Behind: what is not deleted now goes with the stream. */
  delete(files: readonly { readonly rendition: string; readonly name: string }[]): void {
    for (const { rendition, name } of files) {
      void Promise.resolve(this.#storage.delete(this.#key(rendition, name))).catch((error: unknown) => {
        this.#logger.warn({ streamId: this.#streamId, name, error: messageOf(error) }, 'media could not be deleted');
      });
    }
  }

  /**
   * Writes down that `record` led to `state`.
   * @throws StorageError
   */
  async record(record: StreamRecord, state: StreamState): Promise<void> {
    const { journals } = this.#storage;
    if (!journals) return;
    if (this.#mustRewrite || this.#recordBytes > Math.max(MIN_REWRITE_BYTES, this.#headBytes / 4)) {
      return this.rewrite(state);
    }
    const line = encodeRecord(record);
    this.#recordBytes += line.byteLength;
    this.#mustRewrite = true;
    await this.#inTime('journal', () => journals.append(this.#streamId, line));
    this.#mustRewrite = false;
  }

  /** @throws StorageError */
  async rewrite(state: StreamState): Promise<void> {
    const { journals } = this.#storage;
    if (!journals) return;
    const head = encodeHead({ ...this.#head, state });
    this.#mustRewrite = true;
    await this.#inTime('journal', () => journals.replace(this.#streamId, head));
    this.#headBytes = head.byteLength;
    this.#recordBytes = 0;
    this.#mustRewrite = false;
  }

  #key(rendition: string, name: string): string {
    return `${this.#streamId}/${rendition}/${name}`;
  }

  async #inTime(name: string, write: () => void | Promise<void>): Promise<void> {
    // One more would only wait behind those.
    if (this.#stuck > 0) throw this.#slow(name);
    let written: void | Promise<void>;
    try {
      written = write();
    } catch (error) {
      throw this.#failed(name, error);
    }
    if (!written) return;
    const pending = written;
    let cancel = (): void => {};
    const tooLate = new Promise<never>((_resolve, reject) => {
      cancel = this.#clock.after(this.#deadlineMs, () => {
        this.#stuck++;
        const over = (): void => {
          this.#stuck--;
        };
        pending.then(over, over);
        reject(this.#slow(name));
      });
    });
    try {
      await Promise.race([pending, tooLate]);
    } catch (error) {
      throw error instanceof StorageError ? error : this.#failed(name, error);
    } finally {
      cancel();
    }
  }

  #slow(name: string): StorageError {
    return new StorageError(
      'storage_slow',
      `stream ${this.#streamId}: ${name} was not written within ${this.#deadlineMs / 1000} s; is the disk of the data directory overloaded or gone?`,
    );
  }

  #failed(name: string, cause: unknown): StorageError {
    const isFull = FULL.has((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
    return isFull
      ? new StorageError(
          'storage_full',
          `stream ${this.#streamId}: no room for ${name} (${messageOf(cause)}); free space where the data directory lies`,
          { cause },
        )
      : new StorageError('storage_failed', `stream ${this.#streamId}: ${name} not written: ${messageOf(cause)}`, {
          cause,
        });
  }
}
