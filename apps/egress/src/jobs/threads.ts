import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Starts a thread of this program: the bundle beside `main.js`, or the source beside this file's folder. */
export function startThread(
  name: 'media-thread' | 'encoder-thread' | 'text-thread',
  workerData: unknown,
  transfer: readonly import('node:worker_threads').TransferListItem[] = [],
): Worker {
  const bundled = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const entry = existsSync(bundled) ? bundled : fileURLToPath(new URL(`../pipeline/${name}.ts`, import.meta.url));
  return new Worker(entry, { workerData, transferList: [...transfer], name });
}
