import { type ChildProcess, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { waitFor } from '@amphi/testkit';

/** Takes one stream by RTMP, as another platform does, and writes it to the path as it is. Whoever starts it kills it. */
export function startPlatform(url: string, path: string): ChildProcess {
  return spawn(
    'ffmpeg',
    ['-v', 'fatal', '-y', '-listen', '1', '-f', 'flv', '-i', url, '-c', 'copy', '-flush_packets', '1', path],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

export const hasBytes = (path: string, bytes: number, timeoutMs: number): Promise<unknown> =>
  waitFor(
    `${bytes} bytes are in ${path}`,
    async () => ((await stat(path).catch(() => undefined))?.size ?? 0) > bytes,
    timeoutMs,
  );
