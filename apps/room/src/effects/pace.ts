/** A picture that takes longer, in ms: others would see fewer than twelve in a second. */
export const SLOW_MS = 80;
/** So many pictures are looked at together: the first ones take longer anywhere. */
export const WINDOW = 60;

/** Tells from how long pictures take whether a machine is too slow for them. */
export class Pace {
  readonly #onChange: (isSlow: boolean) => void;
  #isSlow = false;
  #sum = 0;
  #count = 0;

  constructor(onChange: (isSlow: boolean) => void) {
    this.#onChange = onChange;
  }

  /** @param ms how long one picture has taken */
  note(ms: number): void {
    this.#sum += ms;
    this.#count += 1;
    if (this.#count < WINDOW) return;
    const isSlow = this.#sum / this.#count > SLOW_MS;
    this.#sum = 0;
    this.#count = 0;
    if (isSlow === this.#isSlow) return;
    this.#isSlow = isSlow;
    this.#onChange(isSlow);
  }
}
