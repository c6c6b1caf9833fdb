import type { Composition, CompositionWish } from '@amphi/protocol';

/**
 * What a room has said about how its streams are drawn, for those that it starts later; the rest is as the destination has
 * it. Another object whenever it is another wish.
 */
export class WishedComposition {
  #said: Partial<Composition> = {};

  get said(): Partial<Composition> {
    return this.#said;
  }

  /** After a restart, before anything else is asked. */
  restore(said: Partial<Composition>): void {
    this.#said = said;
  }

  add(more: Partial<Composition>): void {
    this.#said = { ...this.#said, ...more };
  }

  /** Somebody else has had the last word on these. */
  forget(fields: readonly (keyof Composition)[]): void {
    const kept = Object.entries(this.#said).filter(([field]) => !fields.includes(field as keyof Composition));
    this.#said = Object.fromEntries(kept);
  }
}

/** Fields that are given as undefined are as good as missing. */
export function withoutUndefined(wish: CompositionWish): Partial<Composition> {
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined));
}
