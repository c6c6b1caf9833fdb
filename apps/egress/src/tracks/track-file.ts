import type { Millis } from '@amphi/base';
import { opusSamples } from '@amphi/rtp';
import { MatroskaWriter } from './matroska-writer.ts';

/** Sound of nothing, of 20 and of 120 ms (six times the same frame): CELT, one channel. */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const LONG_SILENCE = Uint8Array.of(0xfb, 6, ...Array.from({ length: 6 }, () => [0xff, 0xfe]).flat());
const SILENCE_MS: Millis = 20;
const LONG_SILENCE_MS: Millis = 120;
const SAMPLES_PER_MS = 48;
/** What comes so much later than it was due leaves a gap; less is the clocks. */
const GAP_MS: Millis = SILENCE_MS / 2;
/** Sound whose time was taken by what came before it, to more than this, is left out. */
const MAX_OVERLAP_MS: Millis = 40;
/** A gap of more than a day is a clock that was set. */
const MAX_GAP_MS: Millis = 24 * 3_600_000;

interface FileOptions {
  readonly title: string;
  /** Of what the file begins with, Unix epoch. */
  readonly startedAtMs: number;
  readonly write: (data: Uint8Array) => void;
}

/**
 * A microphone, packet by packet as it came. Packets say nothing of time, and many players go by their number alone: time in
 * which none came (a mute, a loss) is filled with packets of silence.
 */
export class SoundFile {
  readonly #writer: MatroskaWriter;
  readonly #startedAtMs: number;
  #end: Millis = 0;

  constructor(options: FileOptions) {
    this.#startedAtMs = options.startedAtMs;
    this.#writer = new MatroskaWriter({ ...options, track: { codec: 'opus' } });
  }

  /** @param capturedAt Unix epoch */
  push(packet: Uint8Array, capturedAt: Millis): void {
    const samples = opusSamples(packet);
    if (samples === undefined) return;
    const at = capturedAt - this.#startedAtMs;
    if (at < this.#end - MAX_OVERLAP_MS) return;
    if (at - this.#end < MAX_GAP_MS) this.#fill(at);
    // Blocks follow each other as they are heard: what the clocks make of it in between is evened out.
    const begins = at > this.#end + GAP_MS ? at : this.#end;
    this.#writer.push({ at: begins, data: packet, isKeyframe: true });
    this.#end = begins + samples / SAMPLES_PER_MS + this.#creep(at - begins);
  }

  end(): void {
    this.#writer.end();
  }

  #fill(until: Millis): void {
    while (until - this.#end >= LONG_SILENCE_MS) this.#silence(LONG_SILENCE, LONG_SILENCE_MS);
    while (until - this.#end > GAP_MS) this.#silence(SILENCE, SILENCE_MS);
  }

  #silence(data: Uint8Array, lasts: Millis): void {
    this.#writer.push({ at: this.#end, data, isKeyframe: true });
    this.#end += lasts;
  }

  /** Follows the clock by a hundredth at most, so that it never is a step. */
  #creep(error: Millis): Millis {
    return Math.max(-0.2, Math.min(0.2, error));
  }
}

/** A camera or a screen, frame by frame as it came. Begins with a keyframe; where none came the picture stands. */
export class PictureFile {
  readonly #writer: MatroskaWriter;
  readonly #startedAtMs: number;
  #last: Millis = -1;

  constructor(options: FileOptions & { readonly track: ConstructorParameters<typeof MatroskaWriter>[0]['track'] }) {
    this.#startedAtMs = options.startedAtMs;
    this.#writer = new MatroskaWriter(options);
  }

  push(frame: { readonly data: Uint8Array; readonly isKeyframe: boolean }, capturedAt: Millis): void {
    // A clock that was put right does not turn back the file's.
    this.#last = Math.max(this.#last + 1, capturedAt - this.#startedAtMs);
    this.#writer.push({ at: this.#last, data: frame.data, isKeyframe: frame.isKeyframe });
  }

  end(): void {
    this.#writer.end();
  }
}
