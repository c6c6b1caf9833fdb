/**
 * Turns a counter of `bits` bits that wraps into one that does not: each value is taken as the nearest one to the
 * highest seen (RFC 3550, A.1). The first value is kept as it is.
 */
export class CounterUnwrapper {
  readonly #span: number;
  #highest: number | undefined;

  /** @param bits 16 for sequence numbers, 32 for timestamps */
  constructor(bits: 16 | 32) {
    this.#span = 2 ** bits;
  }

  /** Stays valid when values come out of order by less than half the span. */
  unwrap(value: number): number {
    const unwrapped = this.peek(value);
    if (this.#highest === undefined || unwrapped > this.#highest) this.#highest = unwrapped;
    return unwrapped;
  }

  /** As `unwrap`, but does not move the reference. */
  peek(value: number): number {
    if (this.#highest === undefined) return value;
    const span = this.#span;
    const behind = (((value - this.#highest) % span) + span) % span;
    return this.#highest + (behind >= span / 2 ? behind - span : behind);
  }

  reset(): void {
    this.#highest = undefined;
  }
}
