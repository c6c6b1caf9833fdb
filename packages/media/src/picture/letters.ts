import { drawLettering, type Lettering } from './drawing.ts';
import type { Overlay } from './overlay.ts';

/** Draws texts and images: at once, or later and elsewhere. Rejects when it cannot be drawn. */
export type Letterer = (lettering: Lettering) => Overlay | Promise<Overlay>;

/** Enough for the largest grid, twice: names come back when somebody unmutes or the layout changes. */
const MAX_KEPT = 256;

/** What has been lettered, by what was asked for; the rest is asked for once. Those asked for longest ago are forgotten. */
export class Letters {
  readonly #letterer: Letterer;
  readonly #onReady: () => void;
  readonly #overlays = new Map<string, Overlay | undefined>();

  /** @param onReady something that was asked for is there now */
  constructor(letterer: Letterer = drawLettering, onReady: () => void = () => {}) {
    this.#letterer = letterer;
    this.#onReady = onReady;
  }

  /** @returns undefined until it is there; for good when it cannot be drawn */
  get(lettering: Lettering): Overlay | undefined {
    const key = JSON.stringify(lettering);
    if (this.#overlays.has(key)) {
      const known = this.#overlays.get(key);
      this.#keep(key, known);
      return known;
    }
    const made = this.#letterer(lettering);
    if (!(made instanceof Promise)) return this.#keep(key, made);
    this.#keep(key, undefined);
    made.then(
      (overlay) => {
        if (!this.#overlays.has(key)) return;
        this.#keep(key, overlay);
        this.#onReady();
      },
      // Told by who letters; the tile stands without it.
      () => {},
    );
    return undefined;
  }

  #keep(key: string, overlay: Overlay | undefined): Overlay | undefined {
    this.#overlays.delete(key);
    this.#overlays.set(key, overlay);
    if (this.#overlays.size > MAX_KEPT) this.#overlays.delete(this.#overlays.keys().next().value!);
    return overlay;
  }
}
