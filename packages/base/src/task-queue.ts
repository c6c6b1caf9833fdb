import { CodedError } from './coded-error.ts';
import { type Deadline, withDeadline } from './deadline.ts';

export type TaskQueueErrorCode = 'queue_closed' | 'queue_full' | 'overdue';

interface Task {
  readonly name: string;
  readonly run: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs named asynchronous tasks one at a time, in the order given. A task that fails does not stop the next.
 * Bounded: a push beyond `maxWaiting` rejects with `queue_full`; after `close` with `queue_closed`. With a deadline a task
 * that takes longer rejects with `overdue`, and the next one begins beside it: it must bear that.
 */
export class TaskQueue {
  readonly #waiting: Task[] = [];
  readonly #maxWaiting: number;
  readonly #deadline: Deadline | undefined;
  #busy = false;
  #closed = false;

  constructor(options: { readonly maxWaiting?: number; readonly deadline?: Deadline } = {}) {
    this.#maxWaiting = options.maxWaiting ?? 1000;
    this.#deadline = options.deadline;
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
    if (this.#busy) return;
    this.#busy = true;
    for (let task = this.#waiting.shift(); task; task = this.#waiting.shift()) {
      try {
        const done = task.run();
        await (this.#deadline ? withDeadline(`task ${task.name}`, done, this.#deadline) : done);
      } catch (error) {
        task.reject(error);
      }
    }
    this.#busy = false;
  }
}
