import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '@amphi/base';
import { createProgressiveHead, type FileBytes, type FragmentedFile, indexFragmentedFile } from '@amphi/mp4';
import type { FinishedFile } from '@amphi/protocol';

const MAKING = '.making';

/**
 * Makes the files of a recording progressive, wherever its writer came to its end: up to the last whole fragment. What was
 * made progressive before stays as it is; files in which there is nothing to play go. One that cannot be made over, for
 * want of room, stays the fragmented one that it is, which plays as well.
 * @param folder that nobody writes to any more
 */
export async function finaliseRecording(folder: string): Promise<FinishedFile[]> {
  const names = await namesIn(folder);
  const finished: FinishedFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    // Of a run of this program that was killed.
    if (name.endsWith(MAKING)) await rm(path, { force: true });
    else if (name.endsWith('.mp4')) finished.push(...(await finaliseFile(path, name)));
  }
  return finished;
}

/** Sorted; none when the folder is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function finaliseFile(path: string, name: string): Promise<FinishedFile[]> {
  const file = await open(path);
  try {
    const found = await indexFragmentedFile(await fileBytes(file));
    const isEmpty = found?.tracks.every(({ log }) => log.isEmpty) ?? true;
    if (!found || isEmpty) {
      await rm(path);
      return [];
    }
    const failure = found.offset === 0 ? await makeProgressive(path, found) : undefined;
    const video = found.tracks.find(({ track }) => track.kind === 'video')?.track;
    const seconds = found.tracks.map(({ track, log }) => {
      const { startTicks, durationTicks } = log.index(0);
      return (startTicks + durationTicks) / track.timescale;
    });
    const { size: bytes } = await stat(path);
    return [
      {
        name,
        bytes,
        durationSeconds: Math.max(...seconds),
        width: video?.kind === 'video' ? video.width : 0,
        height: video?.kind === 'video' ? video.height : 0,
        ...(failure === undefined ? {} : { staysFragmented: failure }),
      },
    ];
  } finally {
    await file.close();
  }
}

/** @returns why it could not be made */
async function makeProgressive(path: string, { tracks, bytes }: FragmentedFile): Promise<string | undefined> {
  const making = `${path}${MAKING}`;
  try {
    const into = createWriteStream(making, { flags: 'wx' });
    into.write(createProgressiveHead(tracks, bytes));
    await pipeline(createReadStream(path, { end: bytes - 1 }), into);
    await rename(making, path);
    return undefined;
  } catch (error) {
    await rm(making, { force: true });
    return messageOf(error);
  }
}

export async function fileBytes(file: FileHandle): Promise<FileBytes> {
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.min(length, Math.max(0, size - offset)));
      const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, offset);
      return bytes.subarray(0, bytesRead);
    },
  };
}
