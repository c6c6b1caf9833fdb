import { createInitSegment } from '@amphi/mp4';
import { VIDEO_TIMESCALE } from '@amphi/protocol';
import {
  AUDIO_NAME,
  TAKES_NAME,
  THUMBNAIL_IMAGES_NAME,
  thumbnailFile,
  type VodTake,
  type VodThumbnails,
} from '../../recordings/vod-files.ts';
import { announcedDate } from '../hls/announced.ts';
import { AudioPackager } from '../hls/audio-packager.ts';
import { flushTogether } from '../hls/last-parts.ts';
import type { PartUpload } from '../hls/uploader.ts';
import { type SegmentGrid, VideoPackager } from '../hls/video-packager.ts';
import { type AacFrame, avcConfigOf, type EncodedPicture, type Program, type ThumbnailSheet } from '../sink.ts';
import type { TakeStart } from './takes.ts';

/**
 * A program as CMAF track files, one for each rung and one for the sound: the parts of a live stream, one after another. A
 * killed process leaves them whole up to the last third of a second; their playlists are made later, by `finaliseVod`.
 */
export class VodRecording {
  /** By the rung's place in the program. */
  readonly #videos = new Map<number, VideoPackager>();
  readonly #audio: AudioPackager;
  readonly #program: Program;
  /** The one that still grows: it is written once, when it is full or the last. */
  #sheet: ThumbnailSheet | undefined;
  readonly #write: (name: string, data: Uint8Array) => void;

  constructor(options: {
    readonly program: Program;
    /** Ids of those that are kept. */
    readonly rungs: ReadonlySet<string>;
    /** Appends to the file of that name. */
    readonly write: (name: string, data: Uint8Array) => void;
  }) {
    const { program, rungs, write } = options;
    const { audio, frameRate, framesPerPart, partsPerSegment, firstTick, startedAtMs } = program;
    const firstSeconds = firstTick / frameRate;
    this.#program = program;
    this.#write = write;
    this.take({ programTick: firstTick, keptTick: firstTick });
    const grid: SegmentGrid = {
      frameRate,
      framesPerPart,
      partsPerSegment,
      firstTick,
      firstMsn: 0,
      mediaStartSeconds: -firstSeconds,
      startedAtMs,
    };
    for (const [place, video] of program.videos.entries()) {
      const { id, width, height, bitrateBps } = video.rung;
      if (!rungs.has(id)) continue;
      const avcConfig = avcConfigOf(video);
      const track = { kind: 'video', id: 1, timescale: VIDEO_TIMESCALE, width, height, avcConfig, bitrateBps } as const;
      write(`${id}.mp4`, createInitSegment(track));
      const emit = ({ data }: PartUpload): void => write(`${id}.mp4`, data);
      this.#videos.set(place, new VideoPackager({ renditionId: id, grid, emit }));
    }
    const { sampleRate, channels: channelCount, audioSpecificConfig, bitrateBps } = audio;
    const sound = {
      kind: 'audio',
      id: 1,
      timescale: sampleRate,
      sampleRate,
      channelCount,
      audioSpecificConfig,
      bitrateBps,
    } as const;
    write(`${AUDIO_NAME}.mp4`, createInitSegment(sound));
    this.#audio = new AudioPackager({
      renditionId: AUDIO_NAME,
      grid,
      sampleRate,
      emit: ({ data }) => write(`${AUDIO_NAME}.mp4`, data),
    });
  }

  /** What comes now was captured later than what came before would have it. */
  take({ programTick, keptTick }: TakeStart): void {
    const { frameRate, firstTick, startedAtMs } = this.#program;
    const take: VodTake = {
      atSeconds: (keptTick - firstTick) / frameRate,
      capturedAtMs: startedAtMs + (programTick * 1000) / frameRate,
    };
    this.#write(TAKES_NAME, Buffer.from(`${JSON.stringify(take)}\n`));
  }

  picture(rung: number, picture: EncodedPicture): void {
    this.#videos.get(rung)?.push(picture);
  }

  audio(frame: AacFrame): void {
    this.#audio.push(frame);
  }

  /** Pictures of pauses may be among them. */
  thumbnails(sheet: ThumbnailSheet): void {
    if (this.#sheet && this.#sheet.number !== sheet.number) this.#writeSheet(this.#sheet);
    this.#sheet = sheet;
  }

  /** Nothing comes any more: writes what waits. */
  end(): void {
    flushTogether([...this.#videos.values()], [this.#audio]);
    if (this.#sheet) this.#writeSheet(this.#sheet);
    this.#sheet = undefined;
  }

  #writeSheet({ number, ticks, columns, tileWidth, tileHeight, data }: ThumbnailSheet): void {
    const { startedAtMs, frameRate } = this.#program;
    const uri = thumbnailFile(number);
    const dates = ticks.map((tick) => announcedDate(startedAtMs + (tick * 1000) / frameRate));
    this.#write(uri, data);
    const image: VodThumbnails = { uri, dates, columns, tileWidth, tileHeight };
    this.#write(THUMBNAIL_IMAGES_NAME, Buffer.from(`${JSON.stringify(image)}\n`));
  }
}
