import { type BoxContent, concat, fullBox, u32, u64 } from './boxes.ts';

/** Where the samples of a track lie in a file, and when they are due. */
export interface SampleIndex {
  /** Decoding time of the first sample, in ticks of the track's timescale. */
  readonly startTicks: number;
  readonly durationTicks: number;
  /** `stts`, `stss` where decoding can begin at some samples only, `stsc`, `stsz`, `co64` (ISO/IEC 14496-12, 8.6 and 8.7). */
  tables(): BoxContent[];
}

/** A sample, as far as a file has to tell of it. */
export interface LoggedSample {
  readonly bytes: number;
  /** In ticks of the track's timescale. */
  readonly duration: number;
  readonly isSync: boolean;
}

/** Keeps what a progressive file has to tell of the samples of one track: about 20 bytes each. */
export class SampleLog {
  #startTicks: number | undefined;
  #durationTicks = 0;
  readonly #sizes: number[] = [];
  readonly #syncNumbers: number[] = [];
  /** `[count, duration]` of samples in a row that last equally long. */
  readonly #durations: [number, number][] = [];
  readonly #chunks: { readonly offset: number; readonly samples: number }[] = [];

  get isEmpty(): boolean {
    return this.#sizes.length === 0;
  }

  /**
   * Notes samples that lie one after another, and come right after those noted before.
   * @param chunk.offset of the first one's first byte
   * @param chunk.startTicks its decoding time
   */
  add(chunk: {
    readonly offset: number;
    readonly startTicks: number;
    readonly samples: readonly LoggedSample[];
  }): void {
    this.#startTicks ??= chunk.startTicks;
    this.#chunks.push({ offset: chunk.offset, samples: chunk.samples.length });
    for (const { bytes, duration, isSync } of chunk.samples) {
      this.#sizes.push(bytes);
      if (isSync) this.#syncNumbers.push(this.#sizes.length);
      const run = this.#durations.at(-1);
      if (run && run[1] === duration) run[0]++;
      else this.#durations.push([1, duration]);
      this.#durationTicks += duration;
    }
  }

  /** @param shift bytes that stand before what the offsets counted from */
  index(shift: number): SampleIndex {
    return {
      startTicks: this.#startTicks ?? 0,
      durationTicks: this.#durationTicks,
      tables: () => {
        const isSyncAlways = this.#syncNumbers.length === this.#sizes.length;
        return [
          listBox('stts', this.#durations.flat(), 2),
          ...(isSyncAlways ? [] : [listBox('stss', this.#syncNumbers, 1)]),
          listBox('stsc', this.#chunkRuns(), 3),
          fullBox('stsz', 0, 0, u32(0, this.#sizes.length), words(this.#sizes)),
          fullBox(
            'co64',
            0,
            0,
            u32(this.#chunks.length),
            concat(...this.#chunks.map(({ offset }) => u64(offset + shift))),
          ),
        ];
      },
    };
  }

  /** `[first chunk, samples in each, sample description]` of chunks in a row with equally many samples. */
  #chunkRuns(): number[] {
    return this.#chunks.flatMap(({ samples }, at) =>
      this.#chunks[at - 1]?.samples === samples ? [] : [at + 1, samples, 1],
    );
  }
}

/** A table with its number of entries, each of so many 32-bit words. */
function listBox(type: string, values: readonly number[], wordsPerEntry: number): BoxContent {
  return fullBox(type, 0, 0, u32(values.length / wordsPerEntry), words(values));
}

/** As `u32`, for more values than a call may have arguments. */
function words(values: readonly number[]): BoxContent {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  values.forEach((value, at) => {
    view.setUint32(at * 4, value);
  });
  return out;
}
