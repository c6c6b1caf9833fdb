import { createFragment, createInitSegment, type Sample, type Track } from '@amphi/mp4';
import { VIDEO_TIMESCALE } from '@amphi/protocol';
import {
  AAC_FRAME_SAMPLES,
  type AacFrame,
  avcConfigOf,
  type EncodedPicture,
  type Program,
  type VideoCodec,
} from '../sink.ts';

/** One track of a recording, and what was not written yet. */
interface Lane<Unit> {
  readonly track: Track;
  waiting: Unit[];
}

/**
 * One rung with the sound as a fragmented MP4, a fragment of each for every part. Its times begin with its first picture.
 */
export class Mp4Recording {
  readonly #write: (data: Uint8Array) => void;
  readonly #framesPerPart: number;
  readonly #firstTick: number;
  readonly #firstSample: number;
  readonly #ticksPerFrame: number;
  readonly #pictures: Lane<EncodedPicture>;
  readonly #sounds: Lane<AacFrame>;
  #sequenceNumber = 0;

  constructor(options: {
    readonly video: VideoCodec;
    readonly program: Program;
    /** Gets the file piece by piece. */
    readonly write: (data: Uint8Array) => void;
  }) {
    const { video, program, write } = options;
    const { audio, frameRate, firstTick } = program;
    this.#write = write;
    this.#framesPerPart = program.framesPerPart;
    this.#firstTick = firstTick;
    this.#firstSample = Math.round((firstTick * audio.sampleRate) / frameRate);
    this.#ticksPerFrame = VIDEO_TIMESCALE / frameRate;
    const { width, height, bitrateBps } = video.rung;
    const avcConfig = avcConfigOf(video);
    this.#pictures = {
      track: { kind: 'video', id: 1, timescale: VIDEO_TIMESCALE, width, height, avcConfig, bitrateBps },
      waiting: [],
    };
    this.#sounds = {
      track: {
        kind: 'audio',
        id: 2,
        timescale: audio.sampleRate,
        sampleRate: audio.sampleRate,
        channelCount: audio.channels,
        audioSpecificConfig: audio.audioSpecificConfig,
        bitrateBps: audio.bitrateBps,
      },
      waiting: [],
    };
    this.#write(createInitSegment(this.#pictures.track, this.#sounds.track));
  }

  picture(picture: EncodedPicture): void {
    if (picture.tick % this.#framesPerPart === 0) this.#cut(picture.tick);
    this.#pictures.waiting.push(picture);
  }

  audio(frame: AacFrame): void {
    this.#sounds.waiting.push(frame);
  }

  /** Nothing comes for a while: writes what waits. @param endTick the next picture's */
  rest(endTick: number): void {
    this.#cut(endTick);
  }

  /** Nothing comes any more: writes what waits. */
  end(): void {
    this.#cut((this.#pictures.waiting.at(-1)?.tick ?? 0) + 1);
  }

  /** @param endTick when the last picture that waits gives way to the next one */
  #cut(endTick: number): void {
    const pictures = this.#pictures.waiting.splice(0);
    const samples = pictures.map(
      ({ tick, data, isKeyframe }, at): Sample => ({
        data,
        duration: ((pictures[at + 1]?.tick ?? endTick) - tick) * this.#ticksPerFrame,
        isSync: isKeyframe,
      }),
    );
    const [picture] = pictures;
    if (picture) this.#fragment(this.#pictures, (picture.tick - this.#firstTick) * this.#ticksPerFrame, samples);
    const sounds = this.#sounds.waiting.splice(0);
    const [sound] = sounds;
    if (!sound) return;
    this.#fragment(
      this.#sounds,
      sound.sample - this.#firstSample,
      sounds.map(({ data }) => ({ data, duration: AAC_FRAME_SAMPLES, isSync: true })),
    );
  }

  #fragment({ track }: Lane<unknown>, baseDecodeTime: number, samples: readonly Sample[]): void {
    this.#sequenceNumber++;
    this.#write(createFragment({ sequenceNumber: this.#sequenceNumber, trackId: track.id, baseDecodeTime, samples }));
  }
}
