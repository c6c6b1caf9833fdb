import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, messageOf } from '@amphi/base';
import { type AacFrame, type EncodedPicture, type Program, type Sink, SinkStatus } from '../sink.ts';
import { DiskFile, diskErrorCode } from './disk-file.ts';
import { Mp4Recording } from './mp4-recording.ts';

/**
 * A program as MP4 files, one for each rung, each with the sound. While it goes on a file is fragmented, so that a killed
 * process leaves one that plays up to the last third of a second; at the end it becomes a progressive one.
 */
export class RecordingSink implements Sink {
  readonly id: string;
  readonly status = new SinkStatus();
  readonly #folder: string;
  readonly #logger: Logger;
  #files: { readonly recording: Mp4Recording; readonly disk: DiskFile }[] = [];
  #made: Promise<unknown> = Promise.resolve();

  constructor(options: { readonly id: string; readonly folder: string; readonly logger: Logger }) {
    this.id = options.id;
    this.#folder = options.folder;
    this.#logger = options.logger;
  }

  open(program: Program): void {
    this.#made = mkdir(this.#folder, { recursive: true });
    this.#files = program.videos.map((video) => {
      const disk = new DiskFile({
        path: join(this.#folder, `${video.rung.id}.mp4`),
        after: this.#made,
        onWritten: () => this.status.become('running'),
        onFailure: ({ code, message }) => this.status.fail(code, message),
      });
      return { disk, recording: new Mp4Recording({ video, program, write: (data) => disk.write(data) }) };
    });
  }

  picture(rung: number, picture: EncodedPicture): void {
    this.#files[rung]?.recording.picture(picture);
  }

  audio(frame: AacFrame): void {
    for (const { recording } of this.#files) recording.audio(frame);
  }

  async end(): Promise<void> {
    try {
      for (const { recording, disk } of this.#files) {
        recording.end();
        await disk.end();
        await this.#finalise(recording, disk);
      }
      this.status.become('ended');
    } catch (error) {
      this.status.fail(diskErrorCode(error), messageOf(error));
    }
  }

  close(): void {
    for (const { disk } of this.#files) disk.close();
  }

  /** A file that cannot be made over, for want of room, stays the fragmented one that it is, which plays as well. */
  async #finalise(recording: Mp4Recording, disk: DiskFile): Promise<void> {
    const head = recording.progressiveHead();
    if (!head || this.status.isOver) return;
    try {
      await disk.prepend(head);
    } catch (error) {
      this.#logger.warn({ output: this.id, error: messageOf(error) }, 'a recording stays fragmented');
    }
  }
}
