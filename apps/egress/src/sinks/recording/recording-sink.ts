import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EgressOutput } from '@amphi/protocol';
import { VOD_FOLDER } from '../../recordings/vod-files.ts';
import { type AacFrame, type EncodedPicture, type Program, type Sink, SinkStatus } from '../sink.ts';
import { DiskFile } from './disk-file.ts';
import { Mp4Recording } from './mp4-recording.ts';
import { VodRecording } from './vod-recording.ts';

type Form = Extract<EgressOutput, { kind: 'recording' }>['forms'][number];

/** What a program becomes in one form. */
interface Writer {
  picture(rung: number, picture: EncodedPicture): void;
  audio(frame: AacFrame): void;
  end(): void;
}

/**
 * A program as files on disk: MP4 files, one for each rung that is wanted, each with the sound; or what HLS plays. All of them are
 * fragmented, so that a killed process leaves what plays up to the last third of a second; made whole they are later, by
 * `finaliseRecording` and `finaliseVod`.
 */
export class RecordingSink implements Sink {
  readonly id: string;
  readonly status = new SinkStatus();
  readonly #folder: string;
  readonly #rungs: ReadonlySet<string>;
  readonly #forms: readonly Form[];
  readonly #disks = new Map<string, DiskFile>();
  #writers: readonly Writer[] = [];

  constructor(options: {
    readonly id: string;
    readonly folder: string;
    readonly rungs: readonly string[];
    readonly forms: readonly Form[];
  }) {
    this.id = options.id;
    this.#folder = options.folder;
    this.#rungs = new Set(options.rungs);
    this.#forms = options.forms;
  }

  open(program: Program): void {
    this.#writers = this.#forms.flatMap((form) =>
      form === 'vod' ? [this.#vodWriter(program)] : this.#mp4Writers(program),
    );
  }

  picture(rung: number, picture: EncodedPicture): void {
    for (const writer of this.#writers) writer.picture(rung, picture);
  }

  audio(frame: AacFrame): void {
    for (const writer of this.#writers) writer.audio(frame);
  }

  async end(): Promise<void> {
    for (const writer of this.#writers) writer.end();
    await Promise.all([...this.#disks.values()].map((disk) => disk.end()));
    this.status.become('ended');
  }

  close(): void {
    for (const disk of this.#disks.values()) disk.close();
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
      onWritten: () => this.status.become('running'),
      onFailure: ({ code, message }) => this.status.fail(code, message),
    });
    this.#disks.set(path, disk);
    return disk;
  }
}
