import { type Clock, CodedError, type Logger, type Millis, messageOf, TaskQueue } from '@amphi/base';
import { PublicError } from '@amphi/protocol';

const TASK_DEADLINE_MS: Millis = 20_000;

type Asked = 'start' | 'stop' | 'pause' | 'resume';

/**
 * Starts, stops and pauses of one thing, one at a time. What people ask for never keeps facts waiting or out: one request is
 * worked on, and the next one refused at once. So the lane is bounded by what enters it: that request, what can become of
 * a run, once each, and the close.
 */
export class StartStopLane {
  readonly #what: string;
  readonly #stop: () => Promise<unknown>;
  readonly #onFault: (error: unknown) => void;
  readonly #logger: Logger;
  readonly #queue: TaskQueue;
  /** What is being worked on for somebody. */
  #asked: Asked | undefined;

  constructor(options: {
    /** What people read of it: `stream`. */
    readonly what: string;
    /** Ends what runs, after a fault of ours. */
    readonly stop: () => Promise<unknown>;
    /** Not even its end could be told. */
    readonly onFault: (error: unknown) => void;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#what = options.what;
    this.#stop = options.stop;
    this.#onFault = options.onFault;
    this.#logger = options.logger;
    this.#queue = new TaskQueue({
      maxWaiting: Number.POSITIVE_INFINITY,
      deadline: { ms: TASK_DEADLINE_MS, clock: options.clock },
    });
  }

  get isStarting(): boolean {
    return this.#asked === 'start';
  }

  /** @throws PublicError 429 while another request is worked on, and what the task throws */
  async ask<T>(what: Asked, task: () => Promise<T>): Promise<T> {
    if (this.#asked) {
      throw new PublicError(429, `the ${this.#what}'s ${this.#asked} is still worked on; try again in a second`);
    }
    this.#asked = what;
    try {
      return await this.#queue.push(`${what} ${this.#what}`, task);
    } finally {
      this.#asked = undefined;
    }
  }

  /** For what nobody waits for an answer to. Never rejects: after a fault of ours the thing ends, or else the session. */
  async enter(name: string, task: () => Promise<unknown>): Promise<void> {
    try {
      await this.#queue.push(name, task);
    } catch (error) {
      // After the close nothing is left to do.
      if (error instanceof CodedError && error.code === 'queue_closed') return;
      const stack = error instanceof Error ? error.stack : undefined;
      this.#logger.error({ task: name, error: messageOf(error), stack }, `a fault ended the ${this.#what}`);
      await this.#stop().catch((another: unknown) => this.#onFault(another));
    }
  }

  close(): void {
    this.#queue.close();
  }
}
