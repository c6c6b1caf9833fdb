import type { Clock, Millis, Scope } from '@amphi/base';

/** From here on a downlink loses more than any does now and then: bytes that are sent again to those that are sent. */
const LOSSY_SHARE = 0.04;
/** What a share is taken of, about twenty packets. */
const MIN_SAMPLE_BYTES = 20_000;
/** About fifty packets: a link that loses a tenth lets them all pass in one of two hundred cases. */
const QUIET_BYTES = 50_000;
const CHECK_PERIOD_MS: Millis = 400;
/** The worker makes use of a risen estimate once a second. */
const RAISE_MS: Millis = 1_200;
/** What lasted so long was no luck: the next time starts anew. */
const HOLDS_MS: Millis = 10_000;
/** Waits before the next try, the last one again and again: a link that has stayed narrow is overfilled for a moment. */
const BACK_OFF_MS: readonly Millis[] = [2_000, 8_000, 32_000, 64_000];

export interface SentBytes {
  /** Since the connection came to be. */
  readonly first: number;
  /** Likewise: what the subscriber had not got. */
  readonly again: number;
}

export interface Downlink {
  /** undefined: it went away. Never rejects. */
  sent(): Promise<SentBytes | undefined>;
  /** Takes the link to carry all that is wanted … */
  raise(): void;
  /** … until here: from then on what arrived counts again. */
  lower(): void;
}

/**
 * Gives a subscriber back what losses took, as soon as they end. The worker's estimate of a link that lost packets rises by
 * less than a tenth a second, which can take half a minute; but a link that carried all before carries it again. Only who
 * had all, and got less while packets were lost, is helped; only while somebody is held back anything is asked.
 */
export class DownlinkProbe {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #timers: Pick<Scope, 'after'>;
  readonly #downlink: Downlink;
  #wholeSince: Millis | undefined;
  /** While less is sent than is wanted. */
  #hold: Hold | undefined;
  #tries = 0;
  #nextTryAt: Millis = 0;
  #endTry: (() => void) | undefined;

  constructor(options: {
    readonly clock: Pick<Clock, 'now'>;
    readonly timers: Pick<Scope, 'after'>;
    readonly downlink: Downlink;
  }) {
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#downlink = options.downlink;
  }

  /**
   * At every change of what is sent.
   * @param isHeldBack less is sent than is wanted and published
   */
  note(isHeldBack: boolean): void {
    const now = this.#clock.now();
    if (!isHeldBack) {
      if (this.#hold || this.#wholeSince === undefined) this.#wholeSince = now;
      this.#hold = undefined;
      return;
    }
    if (this.#wholeSince === undefined || this.#hold) return;
    if (now - this.#wholeSince >= HOLDS_MS) this.#tries = 0;
    this.#hold = new Hold();
    void this.#check(this.#hold);
  }

  /** What was held back went, or is not wanted any more: nothing is asked for its sake, and nobody has had all for that. */
  endHold(): void {
    this.#hold = undefined;
  }

  /** Goes on for as long as the hold lasts. */
  async #check(hold: Hold): Promise<void> {
    const sent = await this.#downlink.sent();
    if (!sent || this.#hold !== hold) return;
    const hasLost = hold.note(sent);
    if (hasLost) this.#endTry?.();
    else if (hold.hasEndedLosses && this.#clock.now() >= this.#nextTryAt) this.#try();
    this.#timers.after(CHECK_PERIOD_MS, () => {
      if (this.#hold === hold) void this.#check(hold);
    });
  }

  #try(): void {
    this.#nextTryAt = this.#clock.now() + (BACK_OFF_MS[this.#tries] ?? 0);
    this.#tries = Math.min(this.#tries + 1, BACK_OFF_MS.length - 1);
    this.#downlink.raise();
    const cancel = this.#timers.after(RAISE_MS, () => this.#endTry?.());
    this.#endTry = () => {
      cancel();
      this.#endTry = undefined;
      this.#downlink.lower();
    };
  }
}

/** What was lost since less is sent than is wanted. */
class Hold {
  #start: SentBytes | undefined;
  #isLossy = false;
  #last: SentBytes | undefined;
  /** Of `first`: when something was sent again for the last time. */
  #lostAt = 0;

  /** @returns whether something was lost since the last time */
  note(sent: SentBytes): boolean {
    this.#start ??= sent;
    const hasLost = sent.again > (this.#last ?? sent).again;
    if (hasLost) this.#lostAt = sent.first;
    this.#last = sent;
    const first = sent.first - this.#start.first;
    if (first >= MIN_SAMPLE_BYTES && (sent.again - this.#start.again) / first >= LOSSY_SHARE) this.#isLossy = true;
    return hasLost;
  }

  /** Much was lost, and of the last packets none. */
  get hasEndedLosses(): boolean {
    return this.#isLossy && (this.#last?.first ?? 0) - this.#lostAt >= QUIET_BYTES;
  }
}
