import type { MediaStorage } from './storage.ts';

/**
 * Keeps everything in memory. A sliding window of 720p with a second rung takes about 10 MB a stream; an event
 * playlist grows by some 1.5 GB an hour, so it wants the disk.
 */
export function createMemoryStorage(): MediaStorage {
  const folders = new Map<string, Map<string, Buffer>>();
  let memoryBytes = 0;
  const split = (key: string): readonly [folder: string, name: string] => {
    const slash = key.indexOf('/') + 1;
    return [key.slice(0, slash), key.slice(slash)];
  };
  const remove = (folder: string, name: string): void => {
    const files = folders.get(folder);
    const data = files?.get(name);
    if (!files || !data) return;
    memoryBytes -= data.byteLength;
    files.delete(name);
    if (files.size === 0) folders.delete(folder);
  };
  return {
    put(key, data) {
      const [folder, name] = split(key);
      remove(folder, name);
      let files = folders.get(folder);
      if (!files) {
        files = new Map();
        folders.set(folder, files);
      }
      files.set(name, data);
      memoryBytes += data.byteLength;
    },
    get(key) {
      const [folder, name] = split(key);
      return folders.get(folder)?.get(name);
    },
    delete: (key) => remove(...split(key)),
    deleteAll(prefix) {
      const [folder, start] = split(prefix);
      for (const name of [...(folders.get(folder)?.keys() ?? [])]) if (name.startsWith(start)) remove(folder, name);
    },
    get memoryBytes() {
      return memoryBytes;
    },
    close: async () => {},
  };
}
