/** Quieter than this (dBov, RFC 6464) counts as silence. Speech is about −40 … −15, a quiet room −75 and below. */
export const SILENCE_DBOV = -65;
/** A sound of this length, such as a beep, a clap or a short word, is to be noticed. */
const SHORT_SOUND_MS = 100;
/** A short sound may lie across the border of two windows, not of more. */
const SHORT_SOUND_WINDOWS = 2;
/** What is told at most of a sound whose loudness is inferred: an ordinary voice. */
const INFERRED_MOST_DBOV = -35;
/** Windows differ by so much without anything having happened. */
const UNSTEADY_DB = 6;
/** The quietest of a track is forgotten as slowly as this. */
const FLOOR_RISE_DB = 1;

interface Heard {
  /** About the quietest window of late. */
  floor: number;
  /** Windows in a row that stand out of the floor. */
  windows: number;
  /** By how much they stand out, all together. */
  excess: number;
  /** One of them was loud enough by its mean. */
  wasLoud: boolean;
  /** Loudest since levels were last taken. */
  loudest: number;
}

/**
 * Makes levels of what mediasoup's observer says: the mean of a window's levels in dB, over at least 10 packets. Such a mean
 * is right for speech and wrong for short sounds: digital silence counts −127, so that 100 ms at −20 dBov in a window of
 * 250 ms have a mean of −84, less than a quiet room. A window's excess over the quietest of its track is what tells them,
 * and it adds up when the sound lies across a border; how long it lasted is not known, so it is taken for 100 ms.
 * What stands out for longer than that, and is below silence all the while, is a noise and no sound.
 */
export class SoundMeter {
  readonly #tracks = new Map<string, Heard>();
  readonly #shares: number;

  constructor({ windowMs }: { readonly windowMs: number }) {
    this.#shares = windowMs / SHORT_SOUND_MS;
  }

  /**
   * The window that has just ended.
   * @param means −127 … 0 dBov by track; tracks with too few packets are missing
   */
  addWindow(means: ReadonlyMap<string, number>): void {
    for (const [trackId, mean] of means) this.#add(trackId, mean);
    for (const [trackId, heard] of this.#tracks) if (!means.has(trackId)) this.#endSound(heard);
  }

  /** The loudest of each track since the last call, in dBov; silent ones are missing. */
  takeLoudest(): Map<string, number> {
    const loudest = new Map<string, number>();
    for (const [trackId, heard] of this.#tracks) {
      if (heard.loudest >= SILENCE_DBOV) loudest.set(trackId, heard.loudest);
      heard.loudest = Number.NEGATIVE_INFINITY;
    }
    return loudest;
  }

  forget(trackId: string): void {
    this.#tracks.delete(trackId);
  }

  #add(trackId: string, mean: number): void {
    const heard = this.#tracks.get(trackId) ?? {
      floor: mean,
      windows: 0,
      excess: 0,
      wasLoud: false,
      loudest: Number.NEGATIVE_INFINITY,
    };
    this.#tracks.set(trackId, heard);
    const excess = mean - heard.floor;
    heard.floor = Math.min(heard.floor + FLOOR_RISE_DB, mean);
    if (mean >= SILENCE_DBOV) {
      heard.wasLoud = true;
      heard.loudest = Math.max(heard.loudest, mean);
      return;
    }
    if (excess <= UNSTEADY_DB) {
      this.#endSound(heard);
      return;
    }
    heard.windows += 1;
    heard.excess += excess;
  }

  #endSound(heard: Heard): void {
    const { windows, wasLoud, excess, floor } = heard;
    if (!wasLoud && windows > 0 && windows <= SHORT_SOUND_WINDOWS) {
      const inferred = Math.min(floor + excess * this.#shares, INFERRED_MOST_DBOV);
      heard.loudest = Math.max(heard.loudest, inferred);
    }
    Object.assign(heard, { windows: 0, excess: 0, wasLoud: false });
  }
}
