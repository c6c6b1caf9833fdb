/** Highest sample that leaves the mix. */
export const CEILING = 0.98;
/** Samples over which the gain goes down: one millisecond, below what is heard as a click. */
const ATTACK_SAMPLES = 48;
/** Gain won back per block of 1024 samples: full level again after about four seconds from half. */
const RELEASE_PER_BLOCK = 0.005;

/** Keeps a mix below full scale, block by block: down at once, up slowly. */
export class Limiter {
  #gain = 1;

  /** In place. */
  process(left: Float32Array, right: Float32Array): void {
    let peak = 0;
    for (let i = 0; i < left.length; i++) peak = Math.max(peak, Math.abs(left[i]!), Math.abs(right[i]!));
    const before = this.#gain;
    const allowed = peak > CEILING ? CEILING / peak : 1;
    this.#gain = Math.min(allowed, before + RELEASE_PER_BLOCK, 1);
    if (before === 1 && this.#gain === 1) return;
    const step = (this.#gain - before) / ATTACK_SAMPLES;
    for (let i = 0; i < left.length; i++) {
      const gain = i < ATTACK_SAMPLES ? before + step * (i + 1) : this.#gain;
      // The first millisecond may still peak: a hard stop is the last guard.
      left[i] = clip(left[i]! * gain);
      right[i] = clip(right[i]! * gain);
    }
  }
}

function clip(value: number): number {
  return Math.min(CEILING, Math.max(-CEILING, value));
}
