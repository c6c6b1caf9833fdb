import type { Millis } from '@amphi/base';

/** Work in steps: each is short, and between two of them anything else may happen. */
export type Steps = Iterator<unknown>;

/** With what comes before and after it in the same turn, well below the 20 ms in which a ping or a playlist is to be answered. */
const SLICE_MS: Millis = 5;
/** Entries of a lane that are done, taken out together. */
const DONE_KEPT = 1_024;

/**
 * The time that all sessions of a process spend on deliveries in one turn of the event loop. What does not fit goes on
 * in the next turns, one lane in each, so that pings, playlists and other sessions come in between: a message to
 * thousands, or a role change of thousands, takes as long as it takes, and keeps nobody waiting.
 */
export class Turns {
  readonly #sliceMs: Millis;
  readonly #now: () => Millis;
  readonly #waiting = new Set<Lane>();
  #endsAt: Millis | undefined;
  #isDue = false;

  constructor(
    options: {
      /** Default 5. */
      readonly sliceMs?: Millis;
      /** Default `performance.now`, which no change of the wall clock moves. */
      readonly now?: () => Millis;
    } = {},
  ) {
    this.#sliceMs = options.sliceMs ?? SLICE_MS;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @param onFault what a step threw; the lane is closed then */
  openLane(onFault: (error: unknown) => void): Lane {
    return new Lane({ hasTime: () => this.#hasTime(), wait: (lane) => this.#wait(lane), onFault });
  }

  #hasTime(): boolean {
    this.#endsAt ??= this.#now() + this.#sliceMs;
    this.#endWithTurn();
    return this.#now() < this.#endsAt;
  }

  #wait(lane: Lane): void {
    this.#waiting.add(lane);
    this.#endWithTurn();
  }

  #endWithTurn(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#begin());
  }

  #begin(): void {
    this.#isDue = false;
    this.#endsAt = undefined;
    const [next] = this.#waiting;
    if (!next) return;
    // The others before it again.
    this.#waiting.delete(next);
    // One that was closed meanwhile asks for no other turn.
    if (this.#waiting.size > 0) this.#endWithTurn();
    next.proceed();
  }
}

/** The deliveries of one session: in the order they were given, at once as long as the turn has time for them. */
export class Lane {
  readonly #hasTime: () => boolean;
  readonly #wait: (lane: Lane) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #entries: { readonly steps: Steps; readonly weight: number }[] = [];
  #at = 0;
  #weight = 0;
  #state: 'idle' | 'running' | 'waiting' | 'closed' = 'idle';

  constructor(options: {
    readonly hasTime: () => boolean;
    readonly wait: (lane: Lane) => void;
    readonly onFault: (error: unknown) => void;
  }) {
    this.#hasTime = options.hasTime;
    this.#wait = options.wait;
    this.#onFault = options.onFault;
  }

  /** Of all that has been given and is not done. */
  get weight(): number {
    return this.#weight;
  }

  /** The turn has been long enough: what is to be done goes on in the next one. */
  rest(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'waiting';
    this.#wait(this);
  }

  /** @param weight about how many steps it has */
  push(steps: Steps, weight = 1): void {
    if (this.#state === 'closed') return;
    this.#entries.push({ steps, weight });
    this.#weight += weight;
    if (this.#state === 'idle') this.proceed();
  }

  /** Goes on until all is done or the time of the turn is over. */
  proceed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'running';
    try {
      while (this.#isRunning() && this.#at < this.#entries.length) {
        if (!this.#hasTime()) {
          this.#state = 'waiting';
          this.#wait(this);
          return;
        }
        this.#step();
      }
    } catch (error) {
      this.close();
      this.#onFault(error);
    }
    if (this.#isRunning()) this.#state = 'idle';
  }

  /** What has not been delivered is dropped. */
  close(): void {
    this.#state = 'closed';
    this.#entries.length = 0;
    this.#at = 0;
    this.#weight = 0;
  }

  #isRunning(): boolean {
    return this.#state === 'running';
  }

  #step(): void {
    const entry = this.#entries[this.#at];
    if (!entry?.steps.next().done || !this.#isRunning()) return;
    this.#weight -= entry.weight;
    this.#at += 1;
    if (this.#at < Math.min(this.#entries.length, DONE_KEPT)) return;
    this.#entries.splice(0, this.#at);
    this.#at = 0;
  }
}
