/**
 * Where media files lie. Keys are paths of letters, digits, `-`, `_`, `.` and `/`; values are immutable. An
 * implementation may answer at once or by a promise; what was put can be got as soon as `put` returned (or resolved).
 */
export interface MediaStorage {
  put(key: string, data: Buffer): void | Promise<void>;
  /** Undefined when there is no such key. */
  get(key: string): Buffer | undefined | Promise<Buffer | undefined>;
  /** Nothing happens when there is no such key. */
  delete(key: string): void | Promise<void>;
  /** Deletes all keys that begin with `prefix`, which ends with `/`. */
  deleteAll(prefix: string): void | Promise<void>;
  /** Bytes held in memory. */
  readonly memoryBytes: number;
  /** Finishes what is under way. */
  close(): Promise<void>;
}
