import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FinishedFile } from '@amphi/protocol';
import { finaliseTrack } from './finalise-track.ts';
import { listedTracks } from './track-folder.ts';

/** Makes the files of tracks whole; those in which there is nothing to play go. @param folder that nobody writes to any more */
export async function finaliseTracks(folder: string): Promise<FinishedFile[]> {
  const finished: FinishedFile[] = [];
  for (const [name, track] of await listedTracks(folder)) {
    const path = join(folder, name);
    const made = await finaliseOne(path);
    if (!made) {
      await rm(path, { force: true });
      continue;
    }
    const { staysFragmented, ...rest } = made;
    finished.push({ name, ...rest, track, ...(staysFragmented === undefined ? {} : { staysFragmented }) });
  }
  return finished;
}

async function finaliseOne(path: string): ReturnType<typeof finaliseTrack> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r+');
  } catch (error) {
    // The process was killed between its line in the list and its first byte.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return await finaliseTrack(file);
  } finally {
    await file.close();
  }
}
