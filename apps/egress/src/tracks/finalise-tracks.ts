import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FinishedFile, RecordedTrack } from '@amphi/protocol';
import { finaliseTrack } from './finalise-track.ts';
import { listedTracks } from './track-folder.ts';

/** What became of the tracks of a folder. */
export interface FinishedTracks {
  readonly files: FinishedFile[];
  /** Of those whose files had nothing to play in them. */
  readonly emptyTracks: RecordedTrack[];
}

/** Makes the files of tracks whole; those in which there is nothing to play go. @param folder that nobody writes to any more */
export async function finaliseTracks(folder: string): Promise<FinishedTracks> {
  const files: FinishedFile[] = [];
  const emptyTracks: RecordedTrack[] = [];
  for (const [name, track] of await listedTracks(folder)) {
    const path = join(folder, name);
    const made = await finaliseOne(path);
    if (!made) {
      emptyTracks.push(track);
      await rm(path, { force: true });
      continue;
    }
    const { staysFragmented, ...rest } = made;
    files.push({ name, ...rest, track, ...(staysFragmented === undefined ? {} : { staysFragmented }) });
  }
  return { files, emptyTracks };
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
