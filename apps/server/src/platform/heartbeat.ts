import { type Clock, type Logger, type Millis, Rounds } from '@amphi/base';
import { describeDatabaseError, type Store } from '@amphi/store';

/** How often a node says that it lives. */
export const SEEN_EVERY_MS: Millis = 10_000;
/** With a longer gap between two of its signs a node has not been heard all the time. */
const GAP_MS: Millis = 3 * SEEN_EVERY_MS;
/** As long as the database has answered, others had the chance to say that they live, too. */
const STEADY_MS: Millis = 60_000;

/**
 * A node's signs of life, for those that share its database. Whoever was itself not heard, for want of a database or of a
 * running machine, does not know who else lives: all look silent to it until they have had time to speak.
 */
export class Heartbeat {
  readonly #store: Pick<Store, 'nodes' | 'sessions'>;
  readonly #node: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #beating = new Rounds(() => this.#beat());
  #lastAt: Millis | undefined;
  #steadySince: Millis = 0;

  constructor(options: {
    readonly store: Pick<Store, 'nodes' | 'sessions'>;
    readonly node: string;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#store = options.store;
    this.#node = options.node;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** One sign after another. Never rejects. */
  beat(): Promise<void> {
    return this.#beating.ask();
  }

  /** Whether it may be judged that another, which is silent, is gone. */
  mayJudge(): boolean {
    const now = this.#clock.now();
    return this.#lastAt !== undefined && now - this.#lastAt <= GAP_MS && now - this.#steadySince >= STEADY_MS;
  }

  async #beat(): Promise<void> {
    try {
      await this.#store.nodes.markSeen(this.#node);
      await this.#store.sessions.markSeen(this.#node);
    } catch (error) {
      this.#logger.warn({ error: describeDatabaseError(error) }, 'could not record that the sessions live');
      return;
    }
    const now = this.#clock.now();
    if (this.#lastAt === undefined || now - this.#lastAt > GAP_MS) this.#steadySince = now;
    this.#lastAt = now;
  }
}
