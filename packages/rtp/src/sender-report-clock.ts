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

export interface RtpClockOptions {
  readonly clockRate: number;
  readonly ntpOffset: NtpOffset;
  /** Part of the error that each call corrects; 0.01 for 20 ms audio packets, 0.03 for frames. */
  readonly slew: number;
  /** An error larger than this is jumped at once. */
  readonly jumpMs: Millis;
}

/** Jump and slew found good in a prototype: no audible steps, no lasting offset. */
export const RTP_CLOCK_DEFAULTS = { slew: 0.01, jumpMs: 40 } as const;

/**
 * Frame of reference: RTP timestamps of one stream → milliseconds of our wall clock at which the sender captured.
 * Uses sender reports once there is one (RFC 3550, 6.4.1), first arrival until then; the change-over is slewed.
 */
export class RtpClock {
  readonly #options: RtpClockOptions;
  readonly #unwrapper = new CounterUnwrapper(32);
  readonly #ticksPerMs: number;
  #report: { readonly ntp: number; readonly ticks: number } | undefined;
  /** The mapping in use: `ticks` were captured at `at`. */
  #anchor: { ticks: number; at: Millis } | undefined;
  #firstArrival: { ticks: number; at: Millis } | undefined;
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
    if (this.#report) {
      const wall = this.#options.ntpOffset.toWall(this.#report.ntp) as Millis;
      return wall + (ticks - this.#report.ticks) / this.#ticksPerMs;
    }
    // Without reports the fastest packet so far is the best witness of when ticks were captured.
    const first = this.#firstArrival;
    if (!first || arrivedAt < first.at + (ticks - first.ticks) / this.#ticksPerMs) {
      this.#firstArrival = { ticks, at: arrivedAt };
      return arrivedAt;
    }
    return first.at + (ticks - first.ticks) / this.#ticksPerMs;
  }
}
