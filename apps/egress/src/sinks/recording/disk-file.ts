import { type FileHandle, open } from 'node:fs/promises';
import { messageOf } from '@amphi/base';

export type DiskErrorCode = 'disk_full' | 'disk_failed' | 'disk_slow';

export interface DiskFailure {
  readonly code: DiskErrorCode;
  readonly message: string;
}

/** What may wait for a slow disk: about a minute of a stream at 5 Mb/s. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** @returns `disk_full` when there is no room, or none for this user; else `disk_failed` */
export function diskErrorCode(error: unknown): DiskErrorCode {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' ? 'disk_full' : 'disk_failed';
}

/** A new file that is written piece by piece, in order, by nobody waiting for it. Says once when it cannot go on. */
export class DiskFile {
  readonly #path: string;
  readonly #onWritten: () => void;
  readonly #onFailure: (failure: DiskFailure) => void;
  readonly #opened: Promise<FileHandle>;
  #tail: Promise<void>;
  #waitingBytes = 0;
  #isOver = false;

  /**
   * @param options.after the folder is there
   * @param options.onWritten each time a piece has been written
   * @param options.onFailure once; nothing is written after it
   */
  constructor(options: {
    readonly path: string;
    readonly after: Promise<unknown>;
    readonly onWritten: () => void;
    readonly onFailure: (failure: DiskFailure) => void;
  }) {
    this.#path = options.path;
    this.#onWritten = options.onWritten;
    this.#onFailure = options.onFailure;
    this.#opened = options.after.then(() => open(this.#path, 'wx'));
    this.#tail = this.#opened.then(
      () => {},
      (error: unknown) => this.#fail(diskErrorCode(error), messageOf(error)),
    );
  }

  write(data: Uint8Array): void {
    if (this.#isOver) return;
    this.#waitingBytes += data.byteLength;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#fail('disk_slow', `${this.#waitingBytes} bytes wait to be written to ${this.#path}`);
      return;
    }
    this.#tail = this.#tail.then(() => this.#writeOne(data));
  }

  /** Resolves when what was given until now is written, or will never be. */
  async written(): Promise<void> {
    await this.#tail;
  }

  /** Nothing more comes. Resolves as `written`. */
  async end(): Promise<void> {
    await this.#tail;
    this.close();
    await this.#tail;
  }

  /** Lets go of the file; what waits is not written. */
  close(): void {
    this.#isOver = true;
    this.#tail = this.#tail.then(async () => {
      const file = await this.#opened.catch(() => undefined);
      await file?.close().catch(() => {});
    });
  }

  async #writeOne(data: Uint8Array): Promise<void> {
    this.#waitingBytes -= data.byteLength;
    if (this.#isOver) return;
    try {
      const file = await this.#opened;
      let at = 0;
      while (at < data.byteLength) at += (await file.write(data, at)).bytesWritten;
      this.#onWritten();
    } catch (error) {
      this.#fail(diskErrorCode(error), messageOf(error));
    }
  }

  #fail(code: DiskErrorCode, message: string): void {
    if (this.#isOver) return;
    this.close();
    this.#onFailure({ code, message });
  }
}
