/**
 * Where media files lie. Keys are paths of letters, digits, `-`, `_`, `.` and `/`; values are immutable. An
 * implementation may answer at once or by a promise; what was put can be got when `put` returned (or resolved), and is
 * then still there when the process is killed, if the storage outlives processes at all.
 */
export interface MediaStorage {
  /** @throws whatever says why it could not be stored; nothing of it is kept then */
  put(key: string, data: Buffer): void | Promise<void>;
  /** Undefined when there is no such key. */
  get(key: string): Buffer | undefined | Promise<Buffer | undefined>;
  /** Nothing happens when there is no such key. */
  delete(key: string): void | Promise<void>;
  /** Deletes all keys that begin with `prefix`, which ends with `/`. */
  deleteAll(prefix: string): void | Promise<void>;
  /** Where streams write down how far they are. Absent: what is stored ends with the process. */
  readonly journals?: JournalStorage;
  /** Bytes held in memory. */
  readonly memoryBytes: number;
  /** Finishes what is under way. */
  close(): Promise<void>;
}

/** One growing file per stream, in the folder of its media: `deleteAll('<stream>/')` deletes it as well, before them. */
export interface JournalStorage {
  /** Streams that have a folder, with a journal or without. */
  list(): Promise<readonly string[]>;
  /** Undefined when there is none, or when it is of an earlier run of the machine and may have lost its end with it. */
  read(streamId: string): Promise<Buffer | undefined>;
  /** Puts `content` in the place of what there is: a reader and a crash see the one or the other. */
  replace(streamId: string, content: Buffer): Promise<void>;
  append(streamId: string, content: Buffer): Promise<void>;
}
