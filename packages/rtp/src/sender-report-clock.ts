import type { Millis } from '@amphi/base';
import type { SenderReport } from './rtcp/types.ts';
import { CounterUnwrapper } from './unwrap.ts';

/** How fast the offset may rise again per report: follows clocks that drift, ignores single late reports. */
const RISE_PER_REPORT = 0.0005;

/**
 * Maps the NTP time of one host's sender reports to our wall clock, whatever epoch it counts from (mediasoup counts
 * from the boot of its machine): `offset = min(arrival − ntp)`, as the fastest report had the least delay. Share one
 * among all streams of a host, and they share one clock.
 */
export class NtpOffset {
  #offset: Millis | undefined;

  observe(ntp: number, arrivedAt: Millis): void {
    const offset = arrivedAt - ntp;
    if (this.#offset === undefined || offset < this.#offset) this.#offset = offset;
    else this.#offset += (offset - this.#offset) * RISE_PER_REPORT;
  }

  /** undefined before the first report. */
  toWall(ntp: number): Millis | undefined {
    return this.#offset === undefined ? undefined : ntp + this.#offset;
  }
}

/** The window of arrivals is one to two of these long. */
const ARRIVALS_PERIOD_MS: Millis = 1_000;

/** The least of `arrival − capture` among the packets of the last seconds: none came faster. */
class FastestArrival {
  #since = Number.NEGATIVE_INFINITY;
  #present = Number.POSITIVE_INFINITY;
  #before = Number.POSITIVE_INFINITY;

  /** @returns the least one, this among them */
  observe(offset: number, arrivedAt: Millis): number {
    const age = arrivedAt - this.#since;
    if (age >= ARRIVALS_PERIOD_MS) {
      this.#before = age < 2 * ARRIVALS_PERIOD_MS ? this.#present : Number.POSITIVE_INFINITY;
      this.#present = Number.POSITIVE_INFINITY;
      this.#since = arrivedAt;
    }
    this.#present = Math.min(this.#present, offset);
    return Math.min(this.#before, this.#present);
  }
}

export interface RtpClockOptions {
  readonly clockRate: number;
  readonly ntpOffset: NtpOffset;
  /** Part of the error that each call corrects; 0.01 for 20 ms audio packets, 0.03 for frames. */
  readonly slew: number;
  /** An error larger than this is jumped at once. */
  readonly jumpMs: Millis;
  /**
   * When even the fastest packet of the last seconds came this much later than the report has it, the report is out of
   * date: timestamps of sound count samples, and a host that stood still has lost some. Pictures may be long on their way,
   * and their timestamps count time: there is no limit to them.
   */
  readonly maxWayMs: Millis;
}

/** Jump and slew found good in a prototype: no audible steps, no lasting offset. */
export const RTP_CLOCK_DEFAULTS = { slew: 0.01, jumpMs: 40, maxWayMs: Number.POSITIVE_INFINITY } as const;

/**
 * Frame of reference: RTP timestamps of one stream → milliseconds of our wall clock at which the sender captured.
 * Uses sender reports once there is one (RFC 3550, 6.4.1), the fastest arrivals until then; the change-over is slewed.
 * An SFU makes its reports by when a packet reached it, and makes them seldom: one of a packet that was held up is put
 * right by those that come faster.
 */
export class RtpClock {
  readonly #options: RtpClockOptions;
  readonly #unwrapper = new CounterUnwrapper(32);
  readonly #ticksPerMs: number;
  #report: { readonly ntp: number; readonly ticks: number } | undefined;
  /** The mapping in use: `ticks` were captured at `at`. */
  #anchor: { ticks: number; at: Millis } | undefined;
  readonly #fastest = new FastestArrival();
  #jumps = 0;

  constructor(options: Pick<RtpClockOptions, 'clockRate' | 'ntpOffset'> & Partial<RtpClockOptions>) {
    this.#options = { ...RTP_CLOCK_DEFAULTS, ...options };
    this.#ticksPerMs = options.clockRate / 1000;
  }

  /** Times the mapping was moved by more than `jumpMs`. */
  get jumps(): number {
    return this.#jumps;
  }

  onSenderReport(report: Pick<SenderReport, 'ntp' | 'rtpTimestamp'>, arrivedAt: Millis): void {
    this.#options.ntpOffset.observe(report.ntp, arrivedAt);
    this.#report = { ntp: report.ntp, ticks: this.#unwrapper.unwrap(report.rtpTimestamp) };
  }

  /** Call once for every packet (audio) or frame (video), in order. @param timestamp 32 bits */
  capturedAt(timestamp: number, arrivedAt: Millis): Millis {
    const ticks = this.#unwrapper.unwrap(timestamp);
    const wanted = this.#wanted(ticks, arrivedAt);
    if (!this.#anchor) {
      this.#anchor = { ticks, at: wanted };
      return wanted;
    }
    const estimate = this.#anchor.at + (ticks - this.#anchor.ticks) / this.#ticksPerMs;
    const error = wanted - estimate;
    if (Math.abs(error) > this.#options.jumpMs) {
      this.#jumps++;
      this.#anchor = { ticks, at: wanted };
    } else {
      this.#anchor = { ticks, at: estimate + error * this.#options.slew };
    }
    return this.#anchor.at;
  }

  #wanted(ticks: number, arrivedAt: Millis): Millis {
    const sinceZero = ticks / this.#ticksPerMs;
    const byArrival = sinceZero + this.#fastest.observe(arrivedAt - sinceZero, arrivedAt);
    if (!this.#report) return byArrival;
    const wall = this.#options.ntpOffset.toWall(this.#report.ntp) as Millis;
    const byReport = wall + (ticks - this.#report.ticks) / this.#ticksPerMs;
    return byArrival - byReport > this.#options.maxWayMs ? byArrival : Math.min(byReport, byArrival);
  }
}
