/**
 * Work that is done in rounds, one at a time, for as long as there is something to do. What is asked for during a round is
 * done by another one; also when it comes at the very end, in the moment before the rounds are known to be over.
 */
export class Rounds {
  readonly #round: () => Promise<void>;
  #isAsked = false;
  #running: Promise<void> | undefined;

  /** @param round looks anew at what there is to do, and does it */
  constructor(round: () => Promise<void>) {
    this.#round = round;
  }

  /** Resolves when a round that began after this call, and all those asked for until its end, are over; rejects as they do. */
  ask(): Promise<void> {
    this.#isAsked = true;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Resolves when nothing is done; at once when nothing is. Never rejects. */
  async idle(): Promise<void> {
    await this.#running?.catch(() => {});
  }

  async #run(): Promise<void> {
    try {
      while (this.#isAsked) {
        this.#isAsked = false;
        await this.#round();
      }
    } finally {
      // In the same breath as the last look: who asks later starts anew.
      this.#running = undefined;
    }
  }
}
