import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listedTrack, type RecordedTrack } from '@amphi/protocol';
import { type DiskFailure, DiskFile } from '../sinks/recording/disk-file.ts';
import type { OpenedFile } from './track-writer.ts';

/** What the files of a folder are, a line of JSON for each. */
const LIST_NAME = 'tracks.jsonl';
const EXTENSIONS = { opus: 'webm', vp8: 'webm', vp9: 'webm', h264: 'mkv' } as const;

/** Files of tracks, and a list of what they are: each is in it before it is there. */
export class TrackFolder {
  readonly #folder: string;
  readonly #made: Promise<unknown>;
  readonly #list: DiskFile;
  readonly #onFailure: (failure: DiskFailure) => void;
  readonly #open = new Set<DiskFile>();
  readonly #ending = new Set<Promise<void>>();
  #count = 0;

  /** @param onFailure the first thing that could not be written */
  constructor(folder: string, onFailure: (failure: DiskFailure) => void) {
    this.#folder = folder;
    this.#onFailure = onFailure;
    this.#made = mkdir(folder, { recursive: true });
    this.#list = new DiskFile({ path: join(folder, LIST_NAME), after: this.#made, onWritten: () => {}, onFailure });
  }

  open(track: RecordedTrack): OpenedFile {
    this.#count += 1;
    const name = `${String(this.#count).padStart(4, '0')}-${track.kind}.${EXTENSIONS[track.codec]}`;
    this.#list.write(Buffer.from(`${JSON.stringify({ name, track })}\n`));
    const file = new DiskFile({
      path: join(this.#folder, name),
      after: this.#list.written(),
      onWritten: () => {},
      onFailure: this.#onFailure,
    });
    this.#open.add(file);
    return {
      write: (data) => file.write(data),
      end: () => {
        this.#open.delete(file);
        const ending = file.end().finally(() => this.#ending.delete(ending));
        this.#ending.add(ending);
      },
    };
  }

  /** Resolves when all that was given is written, or will never be. */
  async end(): Promise<void> {
    await Promise.all([...this.#open].map((file) => file.end()));
    await Promise.all(this.#ending);
    await this.#list.end();
  }
}

/** By name what was recorded in a folder. A line that is not whole is of a file that was not begun. */
export async function listedTracks(folder: string): Promise<Map<string, RecordedTrack>> {
  let text: string;
  try {
    text = await readFile(join(folder, LIST_NAME), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
  const tracks = new Map<string, RecordedTrack>();
  for (const line of text.split('\n').slice(0, -1)) {
    const { name, track } = listedTrack.parse(JSON.parse(line));
    tracks.set(name, track);
  }
  return tracks;
}
