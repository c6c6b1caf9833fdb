import type { Clock, Millis } from '@amphi/base';

/** The pauses of a worker, one at a time. Its end cuts the present one short, and there are none after that. */
export class Pauses {
  readonly #clock: Clock;
  #cut = (): void => {};
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async take(ms: Millis): Promise<void> {
    if (ms === 0 || this.#isOver) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#cut = () => {
        cancel();
        resolve();
      };
    });
  }

  end(): void {
    this.#isOver = true;
    this.#cut();
  }
}
