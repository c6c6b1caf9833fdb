/** What is still being brought to its end, which a close waits for. */
export class Draining {
  readonly #work = new Set<Promise<void>>();
  readonly #onFault: (error: unknown) => void;

  /** @param onFault is told what work failed with; it is over then */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  add(work: Promise<void>): void {
    const contained = work.catch(this.#onFault).finally(() => this.#work.delete(contained));
    this.#work.add(contained);
  }

  /** Resolves when all that was added until now is over. */
  async over(): Promise<void> {
    await Promise.all(this.#work);
  }
}
