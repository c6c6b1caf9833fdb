import type { Clock, Millis, Scope } from '@amphi/base';
import {
  BOARD_KEPT_MS,
  closeDesertedBoard,
  type Effects,
  expirePolls,
  nextPollEndAt,
  type Session,
} from '@amphi/rooms';

/** What of a session comes to its end by itself: polls with a duration, a whiteboard that was deserted, the session. */
export class Deadlines {
  readonly #rules: Session;
  readonly #clock: Clock;
  readonly #timers: Pick<Scope, 'after'>;
  readonly #apply: (effects: Effects) => void;
  #pollsEndAt: Millis | undefined;
  #cancelPolls = (): void => {};
  #cancelBoard = (): void => {};

  constructor(options: {
    readonly rules: Session;
    readonly clock: Clock;
    /** Of the session. */
    readonly timers: Pick<Scope, 'after'>;
    apply(effects: Effects): void;
  }) {
    this.#rules = options.rules;
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#apply = (effects) => options.apply(effects);
  }

  /** Polls may have begun, or ended. */
  watchPolls(): void {
    const at = nextPollEndAt(this.#rules);
    if (at === this.#pollsEndAt) return;
    this.#pollsEndAt = at;
    this.#cancelPolls();
    if (at === undefined) return;
    this.#cancelPolls = this.#timers.after(this.#until(at), () => {
      this.#pollsEndAt = undefined;
      this.#apply(expirePolls(this.#rules, this.#clock.now()));
    });
  }

  /** The whiteboard is nobody's from now on. */
  watchBoard(): void {
    this.#cancelBoard();
    this.#cancelBoard = this.#timers.after(BOARD_KEPT_MS, () => this.#apply(closeDesertedBoard(this.#rules)));
  }

  /**
   * As the room says when the session opens; counted from its first beginning, across restarts.
   * @param maxDurationS 0 is no limit
   */
  watchDuration(maxDurationS: number, onOver: () => void): void {
    if (maxDurationS === 0) return;
    this.#timers.after(this.#until(this.#rules.settings.startedAt + maxDurationS * 1000), onOver);
  }

  #until(at: Millis): Millis {
    return Math.max(0, at - this.#clock.now());
  }
}
