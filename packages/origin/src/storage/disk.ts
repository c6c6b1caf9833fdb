import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Logger, messageOf, silentLogger } from '@amphi/base';
import type { JournalStorage, MediaStorage } from './storage.ts';

/** Recent files stay in memory as well: what players ask for is nearly always among the last few. */
const DEFAULT_HOT_BYTES = 64 * 1024 * 1024;

/**
 * Files in a directory. `put` resolves when the file is with the operating system, so that what was announced after it
 * outlives a kill of the process. Nothing is flushed to the device: after a crash of the machine journals are not read
 * again. Files are held in memory until `hotBytes` of newer ones are there; one that could not be written is not kept.
 */
export function createDiskStorage(options: {
  readonly directory: string;
  readonly hotBytes?: number;
  readonly logger?: Logger;
  /** Of the machine, different after each of its starts. */
  readonly bootId?: string;
}): MediaStorage & { readonly journals: JournalStorage } {
  const hotBytes = options.hotBytes ?? DEFAULT_HOT_BYTES;
  const logger = options.logger ?? silentLogger;
  /** In order of arrival. */
  const hot = new Map<string, Buffer>();
  /** One chain of file operations per key, so that a deletion never overtakes its write. */
  const chains = new Map<string, Promise<unknown>>();
  let memoryBytes = 0;

  const pathOf = (key: string): string => join(options.directory, key);

  const chain = <T>(key: string, operation: () => Promise<T>): Promise<T> => {
    const next = (chains.get(key) ?? Promise.resolve()).then(operation, operation);
    chains.set(key, next);
    const settled = (): void => {
      if (chains.get(key) === next) chains.delete(key);
    };
    next.then(settled, settled);
    return next;
  };

  const forget = (key: string): void => {
    const data = hot.get(key);
    if (!data) return;
    memoryBytes -= data.byteLength;
    hot.delete(key);
  };

  const keep = (key: string, data: Buffer): void => {
    forget(key);
    hot.set(key, data);
    memoryBytes += data.byteLength;
    for (const oldest of hot.keys()) {
      if (memoryBytes <= hotBytes) return;
      forget(oldest);
    }
  };

  const journals = createJournals({ ...options, pathOf, chain });

  return {
    put(key, data) {
      return chain(key, async () => {
        await writeWhole(pathOf(key), data);
        keep(key, data);
      });
    },
    get(key) {
      const data = hot.get(key);
      if (data) return data;
      return readFile(pathOf(key)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
    },
    delete(key) {
      return chain(key, () => {
        forget(key);
        return rm(pathOf(key), { force: true });
      }).catch((error: unknown) => {
        logger.warn({ key, error: messageOf(error) }, 'a media file could not be deleted');
      });
    },
    async deleteAll(prefix) {
      const busy = [...chains].filter(([key]) => key.startsWith(prefix)).map(([, running]) => running);
      await Promise.allSettled(busy);
      for (const key of [...hot.keys()]) if (key.startsWith(prefix)) forget(key);
      await journals.forget(prefix);
      await rm(pathOf(prefix), { recursive: true, force: true });
    },
    journals,
    get memoryBytes() {
      return memoryBytes;
    },
    async close() {
      await Promise.allSettled(chains.values());
      await journals.close();
    },
  };
}

/** A reader or a crash in between never meets half a file. */
async function writeWhole(path: string, data: Buffer): Promise<void> {
  const fresh = `${path}.new`;
  try {
    await writeFile(fresh, data);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(fresh, data);
  }
  await rename(fresh, path);
}

interface DiskJournals extends JournalStorage {
  /** Deletes the journals below `prefix` before anything else is. */
  forget(prefix: string): Promise<void>;
  close(): Promise<void>;
}

function createJournals(options: {
  readonly directory: string;
  readonly bootId?: string;
  readonly pathOf: (key: string) => string;
  readonly chain: <T>(key: string, operation: () => Promise<T>) => Promise<T>;
}): DiskJournals {
  const { pathOf, chain } = options;
  const handles = new Map<string, FileHandle>();
  const keyOf = (streamId: string): string => `${streamId}/journal`;
  const bootId = options.bootId === undefined ? readBootId() : Promise.resolve(options.bootId);

  const letGo = async (key: string): Promise<void> => {
    const handle = handles.get(key);
    handles.delete(key);
    await handle?.close();
  };

  return {
    async list() {
      const entries = await readdir(options.directory, { withFileTypes: true }).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return [];
          throw error;
        },
      );
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    },
    async read(streamId) {
      const content = await readFile(pathOf(keyOf(streamId))).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      const mark = `${await bootId}\n`;
      return content?.toString('utf8', 0, Buffer.byteLength(mark)) === mark
        ? content.subarray(Buffer.byteLength(mark))
        : undefined;
    },
    replace(streamId, content) {
      const key = keyOf(streamId);
      return chain(key, async () => {
        await letGo(key);
        await writeWhole(pathOf(key), Buffer.concat([Buffer.from(`${await bootId}\n`), content]));
      });
    },
    append(streamId, content) {
      const key = keyOf(streamId);
      return chain(key, async () => {
        let handle = handles.get(key);
        if (!handle) {
          handle = await open(pathOf(key), 'a');
          handles.set(key, handle);
        }
        await handle.appendFile(content);
      });
    },
    async forget(prefix) {
      for (const key of [...handles.keys()]) if (key.startsWith(prefix)) await letGo(key);
      await rm(pathOf(`${prefix}journal`), { force: true });
    },
    async close() {
      for (const key of [...handles.keys()]) await letGo(key);
    },
  };
}

/** Linux tells one; elsewhere a restart of the machine goes unnoticed. */
function readBootId(): Promise<string> {
  return readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => 'unknown',
  );
}
