/** What is still being brought to its end, which a close waits for. */
export class Draining {
  readonly #work = new Set<Promise<void>>();

  add(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  /** Resolves when all that was added until now is over. */
  async over(): Promise<void> {
    await Promise.all(this.#work);
  }
}
