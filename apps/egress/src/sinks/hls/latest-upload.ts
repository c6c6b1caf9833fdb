/**
 * Sends one thing at a time; of those that come meanwhile only the last is sent after it. For what each later one makes
 * needless: nothing piles up behind a slow receiver, and what fails is not sent again.
 */
export class LatestUpload<T> {
  readonly #send: (item: T) => Promise<unknown>;
  readonly #onFailure: (error: unknown) => void;
  #next: T | undefined;
  #isSending = false;

  constructor(send: (item: T) => Promise<unknown>, onFailure: (error: unknown) => void) {
    this.#send = send;
    this.#onFailure = onFailure;
  }

  push(item: T): void {
    this.#next = item;
    if (!this.#isSending) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isSending = true;
    for (let item = this.#next; item !== undefined; item = this.#next) {
      this.#next = undefined;
      try {
        await this.#send(item);
      } catch (error) {
        this.#onFailure(error);
      }
    }
    this.#isSending = false;
  }
}
