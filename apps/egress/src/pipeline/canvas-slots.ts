/**
 * Which canvas of the ring to draw into: one that no encoder reads. The last free one is kept for the first and the last
 * picture of a part: they must be there, others may be skipped.
 */
export class CanvasSlots {
  readonly #readers: Int32Array;
  #next = 0;

  /** @param readers by slot, in shared memory: encoders that still read it */
  constructor(readers: Int32Array) {
    this.#readers = readers;
  }

  /**
   * Finds a slot to draw in; `lend` it when it is drawn.
   * @param isEdge the tick is the first or the last of a part
   * @returns undefined when the encoders are behind
   */
  find(isEdge: boolean): number | undefined {
    const free: number[] = [];
    for (let i = 0; i < this.#readers.length; i++) {
      const slot = (this.#next + i) % this.#readers.length;
      if (Atomics.load(this.#readers, slot) === 0) free.push(slot);
    }
    const [first] = free;
    if (first === undefined || (!isEdge && free.length < 2)) return undefined;
    this.#next = (first + 1) % this.#readers.length;
    return first;
  }

  /** To so many encoders; each takes one off when it has read it. */
  lend(slot: number, encoders: number): void {
    Atomics.store(this.#readers, slot, encoders);
  }
}
