import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Logger, messageOf, silentLogger } from '@amphi/base';
import type { MediaStorage } from './storage.ts';

/** Recent files stay in memory as well: what players ask for is nearly always among the last few. */
const DEFAULT_HOT_BYTES = 64 * 1024 * 1024;

/**
 * Writes files behind the answer: a part can be had from memory at once, lands on disk a moment later, and leaves
 * memory when `hotBytes` of newer ones are there. A file that cannot be written stays in memory and is reported.
 */
export function createDiskStorage(options: {
  readonly directory: string;
  readonly hotBytes?: number;
  readonly logger?: Logger;
}): MediaStorage {
  const hotBytes = options.hotBytes ?? DEFAULT_HOT_BYTES;
  const logger = options.logger ?? silentLogger;
  /** In order of arrival. */
  const hot = new Map<string, { readonly data: Buffer; written: boolean }>();
  /** One chain of file operations per key, so that a deletion never overtakes its write. */
  const chains = new Map<string, Promise<void>>();
  let memoryBytes = 0;

  const pathOf = (key: string): string => join(options.directory, key);

  const chain = (key: string, operation: () => Promise<void>): void => {
    const next = (chains.get(key) ?? Promise.resolve()).then(operation).catch((error: unknown) => {
      logger.warn({ key, error: messageOf(error) }, 'media file operation failed');
    });
    chains.set(key, next);
    void next.then(() => {
      if (chains.get(key) === next) chains.delete(key);
    });
  };

  const forget = (key: string): void => {
    const entry = hot.get(key);
    if (!entry) return;
    memoryBytes -= entry.data.byteLength;
    hot.delete(key);
  };

  const cool = (): void => {
    for (const [key, entry] of hot) {
      if (memoryBytes <= hotBytes) return;
      if (entry.written) forget(key);
    }
  };

  const removeKey = (key: string): void => {
    forget(key);
    chain(key, () => rm(pathOf(key), { force: true }));
  };

  return {
    put(key, data) {
      forget(key);
      const entry = { data, written: false };
      hot.set(key, entry);
      memoryBytes += data.byteLength;
      chain(key, async () => {
        if (hot.get(key) !== entry) return;
        const path = pathOf(key);
        await mkdir(dirname(path), { recursive: true });
        // A reader or a crash in between must never meet half a file.
        await writeFile(`${path}.new`, data);
        await rename(`${path}.new`, path);
        entry.written = true;
        cool();
      });
    },
    get(key) {
      const entry = hot.get(key);
      if (entry) return entry.data;
      return readFile(pathOf(key)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
    },
    delete: removeKey,
    async deleteAll(prefix) {
      for (const key of [...hot.keys()]) if (key.startsWith(prefix)) forget(key);
      const busy = [...chains].filter(([key]) => key.startsWith(prefix)).map(([, running]) => running);
      await Promise.all(busy);
      await rm(pathOf(prefix), { recursive: true, force: true });
    },
    get memoryBytes() {
      return memoryBytes;
    },
    close: async () => {
      await Promise.all(chains.values());
    },
  };
}
