import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EgressOutput } from '@amphi/protocol';
import { VOD_FOLDER } from '../../recordings/vod-files.ts';
import {
  type AacFrame,
  type EncodedPicture,
  type Program,
  type Sink,
  SinkStatus,
  type ThumbnailSheet,
} from '../sink.ts';
import { DiskFile } from './disk-file.ts';
import { Mp4Recording } from './mp4-recording.ts';
import { type TakeStart, Takes } from './takes.ts';
import { VodRecording } from './vod-recording.ts';

type Form = Extract<EgressOutput, { kind: 'recording' }>['forms'][number];

/** What a program becomes in one form. */
interface Writer {
  /** What comes now was made later than what came before would have it. */
  take?(start: TakeStart): void;
  picture(rung: number, picture: EncodedPicture): void;
  audio(frame: AacFrame): void;
  thumbnails?(sheet: ThumbnailSheet): void;
  /** Nothing comes for a while; then the picture of that tick. */
  rest?(endTick: number): void;
  end(): void;
}

/**
 * A program as files on disk: MP4 files, one for each rung that is wanted, each with the sound; or what HLS plays. All of them are
 * fragmented, so that a killed process leaves what plays up to the last third of a second; made whole they are later, by
 * `finaliseRecording` and `finaliseVod`. What comes while it is paused is in none of them.
 */
export class RecordingSink implements Sink {
  readonly id: string;
  readonly status = new SinkStatus();
  readonly #folder: string;
  readonly #rungs: ReadonlySet<string>;
  readonly #forms: readonly Form[];
  readonly #disks = new Map<string, DiskFile>();
  #isPaused: boolean;
  /** Nothing is given to the writers at present. */
  #isResting = false;
  #takes: Takes | undefined;
  /** The newest, for writers that come later. */
  #sheet: ThumbnailSheet | undefined;
  /** None until there is something to write. */
  #writers: readonly Writer[] = [];

  constructor(options: {
    readonly id: string;
    readonly folder: string;
    readonly rungs: readonly string[];
    readonly forms: readonly Form[];
    readonly isPaused: boolean;
  }) {
    this.id = options.id;
    this.#folder = options.folder;
    this.#rungs = new Set(options.rungs);
    this.#forms = options.forms;
    this.#isPaused = options.isPaused;
  }

  open(program: Program): void {
    this.#takes = new Takes({
      program,
      rungs: program.videos.flatMap(({ rung }, place) => (this.#rungs.has(rung.id) ? [place] : [])),
      isPaused: this.#isPaused,
      onTake: (start) => this.#take(program, start),
      onRest: (endTick) => void this.#rest(endTick),
    });
    if (!this.#isPaused) return;
    this.#isResting = true;
    this.status.become('paused');
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.#takes?.pause();
    else this.#takes?.resume();
  }

  picture(rung: number, picture: EncodedPicture): void {
    const kept = this.#takes?.picture(rung, picture);
    if (kept) for (const writer of this.#writers) writer.picture(rung, kept);
  }

  audio(frame: AacFrame): void {
    const kept = this.#takes?.audio(frame);
    if (kept) for (const writer of this.#writers) writer.audio(kept);
  }

  thumbnails(sheet: ThumbnailSheet): void {
    this.#sheet = sheet;
    for (const writer of this.#writers) writer.thumbnails?.(sheet);
  }

  async end(): Promise<void> {
    for (const writer of this.#writers) writer.end();
    await Promise.all([...this.#disks.values()].map((disk) => disk.end()));
    this.status.become('ended');
  }

  close(): void {
    for (const disk of this.#disks.values()) disk.close();
  }

  #take(program: Program, start: TakeStart): void {
    this.#isResting = false;
    if (this.#writers.length > 0) {
      for (const writer of this.#writers) writer.take?.(start);
      return;
    }
    const kept = { ...program, firstTick: start.programTick };
    this.#writers = this.#forms.flatMap((form) => (form === 'vod' ? [this.#vodWriter(kept)] : this.#mp4Writers(kept)));
    const sheet = this.#sheet;
    if (sheet) for (const writer of this.#writers) writer.thumbnails?.(sheet);
  }

  async #rest(endTick: number): Promise<void> {
    this.#isResting = true;
    for (const writer of this.#writers) writer.rest?.(endTick);
    await Promise.all([...this.#disks.values()].map((disk) => disk.written()));
    if (this.#isResting) this.status.become('paused');
  }

  #mp4Writers(program: Program): Writer[] {
    const made = mkdir(this.#folder, { recursive: true });
    return program.videos.flatMap((video, rung) => {
      if (!this.#rungs.has(video.rung.id)) return [];
      const disk = this.#diskFile(join(this.#folder, `${video.rung.id}.mp4`), made);
      const recording = new Mp4Recording({ video, program, write: (data) => disk.write(data) });
      return [
        {
          picture: (place, picture) => {
            if (place === rung) recording.picture(picture);
          },
          audio: (frame) => recording.audio(frame),
          rest: (endTick) => recording.rest(endTick),
          end: () => recording.end(),
        },
      ];
    });
  }

  #vodWriter(program: Program): Writer {
    const folder = join(this.#folder, VOD_FOLDER);
    const made = mkdir(folder, { recursive: true });
    const write = (name: string, data: Uint8Array): void => this.#diskFile(join(folder, name), made).write(data);
    return new VodRecording({ program, rungs: this.#rungs, write });
  }

  /** The one at that path. */
  #diskFile(path: string, after: Promise<unknown>): DiskFile {
    const known = this.#disks.get(path);
    if (known) return known;
    const disk = new DiskFile({
      path,
      after,
      onWritten: () => {
        if (!this.#isResting) this.status.become('running');
      },
      onFailure: ({ code, message }) => this.status.fail(code, message),
    });
    this.#disks.set(path, disk);
    return disk;
  }
}
