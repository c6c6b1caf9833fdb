import { CodedError } from './coded-error.ts';

export type TaskQueueErrorCode = 'queue_closed' | 'queue_full';

interface Task {
  readonly name: string;
  readonly run: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs named asynchronous tasks one at a time, in the order given. A task that fails does not stop the next.
 * Bounded: a push beyond `maxWaiting` rejects with `queue_full`; after `close` with `queue_closed`.
 */
export class TaskQueue {
  readonly #waiting: Task[] = [];
  readonly #maxWaiting: number;
  #running: string | undefined;
  #closed = false;

  constructor(options: { maxWaiting?: number } = {}) {
    this.#maxWaiting = options.maxWaiting ?? 1000;
  }

  /** Name of the running task, for logs. */
  get running(): string | undefined {
    return this.#running;
  }

  get length(): number {
    return this.#waiting.length;
  }

  push<T>(name: string, task: () => Promise<T> | T): Promise<T> {
    if (this.#closed) return Promise.reject(new CodedError('queue_closed', `task ${name}: the queue is closed`));
    if (this.#waiting.length >= this.#maxWaiting) {
      return Promise.reject(new CodedError('queue_full', `task ${name}: ${this.#waiting.length} tasks already wait`));
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ name, reject, run: async () => resolve(await task()) });
      void this.#drain();
    });
  }

  /** Waiting tasks reject with `queue_closed`; the running one finishes. */
  close(): void {
    this.#closed = true;
    for (const task of this.#waiting.splice(0)) {
      task.reject(new CodedError('queue_closed', `task ${task.name}: the queue is closed`));
    }
  }

  async #drain(): Promise<void> {
    if (this.#running !== undefined) return;
    for (let task = this.#waiting.shift(); task; task = this.#waiting.shift()) {
      this.#running = task.name;
      try {
        await task.run();
      } catch (error) {
        task.reject(error);
      }
      this.#running = undefined;
    }
  }
}
