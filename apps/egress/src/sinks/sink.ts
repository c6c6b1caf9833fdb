import { assert, type Millis } from '@amphi/base';
import type { VideoRung } from '@amphi/protocol';

/** One encoded picture of a rung. */
export interface EncodedPicture {
  /** Output tick since the engine started; the picture is shown from `tick / frameRate` on. Rising, not always by one. */
  readonly tick: number;
  readonly isKeyframe: boolean;
  /** A sample as ISO media hold it. H.264: NAL units with 4-byte lengths, without parameter sets. AV1: a temporal unit without delimiter. */
  readonly data: Uint8Array;
}

/** Samples per channel in an AAC frame. */
export const AAC_FRAME_SAMPLES = 1024;

/** One raw AAC frame of 1024 samples, none of them the encoder's priming. */
export interface AacFrame {
  /** Of its first sample, counted from tick 0. Frames follow each other without a hole. */
  readonly sample: number;
  readonly data: Uint8Array;
}

/** Samples per channel in a packet of Opus. */
export const OPUS_FRAME_SAMPLES = 960;

/** What a decoder of it gives before the first sample: the look-ahead of libopus in its mode of low delay, 2.5 ms. */
export const OPUS_DELAY_SAMPLES = 120;

/** A packet of Opus, 20 ms of the same sound, at 48 kHz. */
export interface OpusFrame {
  /** As of `AacFrame`. */
  readonly sample: number;
  readonly data: Uint8Array;
}

/** Small pictures of the program, row by row in one image. */
export interface ThumbnailSheet {
  /** Counted from the start of the engine. A sheet comes again under its number when it has grown. */
  readonly number: number;
  /** What each shows, as of `EncodedPicture`; rising. */
  readonly ticks: readonly number[];
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** JPEG. */
  readonly data: Uint8Array;
}

/** What players need to know of a rung before its first picture. */
export type VideoConfig =
  /** AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1). */
  | { readonly codec: 'h264'; readonly avcConfig: Uint8Array }
  /** AV1CodecConfigurationRecord (AV1 in ISOBMFF, 2.3.3). */
  | { readonly codec: 'av1'; readonly av1Config: Uint8Array };

export interface VideoCodec {
  readonly rung: VideoRung;
  readonly config: VideoConfig;
}

/** Of a sink that takes H.264 alone: it is given no other rung. */
export function avcConfigOf({ rung, config }: VideoCodec): Uint8Array {
  assert(config.codec === 'h264', `${rung.id} is in H.264`);
  return config.avcConfig;
}

export interface AudioCodec {
  /** ISO/IEC 14496-3, 1.6.2.1. */
  readonly audioSpecificConfig: Uint8Array;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitrateBps: number;
}

/** What a composition's encoders make, as one sink gets it. */
export interface Program {
  /** Descending; a picture's rung is its place in this list. */
  readonly videos: readonly VideoCodec[];
  readonly audio: AudioCodec;
  readonly frameRate: number;
  readonly framesPerPart: number;
  readonly partsPerSegment: number;
  /** Of the first picture that the sink gets, a keyframe in all rungs, and the first of a part. Its sound begins there. */
  readonly firstTick: number;
  /** Wall clock at which what tick 0 shows was captured, Unix epoch. */
  readonly startedAtMs: Millis;
}

export type SinkState =
  /** Nothing that was sent has arrived yet. */
  | { readonly phase: 'starting' }
  | { readonly phase: 'running' }
  /** It is wanted that nothing is written, and nothing is. */
  | { readonly phase: 'paused' }
  /** Nothing arrives at present; it goes on by itself when it can. Why, of the last try. */
  | { readonly phase: 'retrying'; readonly code: string; readonly message: string }
  /** Everything is where it should be. */
  | { readonly phase: 'ended' }
  | { readonly phase: 'failed'; readonly code: string; readonly message: string };

/** The state of a sink. Ended and failed are for good; what is said after that changes nothing. */
export class SinkStatus {
  #state: SinkState = { phase: 'starting' };
  #onChange: (state: SinkState) => void = () => {};

  get state(): SinkState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#state.phase === 'ended' || this.#state.phase === 'failed';
  }

  /** The one who is told of each change. */
  onChange(listener: (state: SinkState) => void): void {
    this.#onChange = listener;
  }

  become(phase: 'running' | 'paused' | 'ended'): void {
    if (this.#state.phase !== phase) this.#set({ phase });
  }

  retry(code: string, message: string): void {
    this.#set({ phase: 'retrying', code, message });
  }

  fail(code: string, message: string): void {
    this.#set({ phase: 'failed', code, message });
  }

  #set(state: SinkState): void {
    if (this.isOver) return;
    this.#state = state;
    this.#onChange(state);
  }
}

/**
 * Where a composed program goes: a playlist, a file, another platform. What goes wrong in it is its own: it says so in
 * its status, and neither the engine nor other sinks notice. No call blocks or waits; a sink that has to wait for what is
 * behind it keeps a bounded amount, and fails or drops beyond that.
 */
export interface Sink {
  /** Of the output that this sink is. */
  readonly id: string;
  readonly status: SinkStatus;
  /** Comes once, before all pictures and sound. */
  open(program: Program): void;
  /** Its pictures are of other sizes from `firstTick` on; all that comes before that has come. Those that cannot have none of it. */
  reopen?(program: Program): void;
  picture(rung: number, picture: EncodedPicture): void;
  audio(frame: AacFrame): void;
  /** Whether it takes the sound as Opus, too: nobody encodes it otherwise. */
  readonly takesOpus?: boolean;
  opus?(frame: OpusFrame): void;
  /** Pictures of what comes, to find it again. Those of other sinks' time may be on it, too. */
  thumbnails?(sheet: ThumbnailSheet): void;
  /** Leaves out what comes from the next part on, or takes it in again from the next segment on. Idempotent. */
  setPaused?(isPaused: boolean): void;
  /** Nothing more comes. Resolves when its status is ended or failed; never rejects. */
  end(): Promise<void>;
  /** Lets go of everything at once. Idempotent. */
  close(): void;
}
