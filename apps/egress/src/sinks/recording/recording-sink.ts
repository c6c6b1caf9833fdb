import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AacFrame, type EncodedPicture, type Program, type Sink, SinkStatus } from '../sink.ts';
import { DiskFile } from './disk-file.ts';
import { Mp4Recording } from './mp4-recording.ts';

/**
 * A program as MP4 files, one for each rung that is wanted, each with the sound. They are fragmented, so that a killed
 * process leaves one that plays up to the last third of a second; made progressive they are later, by `finaliseRecording`.
 */
export class RecordingSink implements Sink {
  readonly id: string;
  readonly status = new SinkStatus();
  readonly #folder: string;
  readonly #rungs: ReadonlySet<string>;
  #files: { readonly rung: number; readonly recording: Mp4Recording; readonly disk: DiskFile }[] = [];

  constructor(options: { readonly id: string; readonly folder: string; readonly rungs: readonly string[] }) {
    this.id = options.id;
    this.#folder = options.folder;
    this.#rungs = new Set(options.rungs);
  }

  open(program: Program): void {
    const made = mkdir(this.#folder, { recursive: true });
    this.#files = program.videos.flatMap((video, rung) => {
      if (!this.#rungs.has(video.rung.id)) return [];
      const disk = new DiskFile({
        path: join(this.#folder, `${video.rung.id}.mp4`),
        after: made,
        onWritten: () => this.status.become('running'),
        onFailure: ({ code, message }) => this.status.fail(code, message),
      });
      return [{ rung, disk, recording: new Mp4Recording({ video, program, write: (data) => disk.write(data) }) }];
    });
  }

  picture(rung: number, picture: EncodedPicture): void {
    for (const file of this.#files) if (file.rung === rung) file.recording.picture(picture);
  }

  audio(frame: AacFrame): void {
    for (const { recording } of this.#files) recording.audio(frame);
  }

  async end(): Promise<void> {
    for (const { recording } of this.#files) recording.end();
    await Promise.all(this.#files.map(({ disk }) => disk.end()));
    this.status.become('ended');
  }

  close(): void {
    for (const { disk } of this.#files) disk.close();
  }
}
