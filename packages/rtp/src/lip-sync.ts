import type { Millis } from '@amphi/base';

/** What a publisher says of one of its streams: what has this RTP timestamp was captured at `ntp` of its own clock. */
export interface CaptureReport {
  readonly ssrc: number;
  /** Milliseconds, from whatever moment the publisher counts. */
  readonly ntp: Millis;
  /** 32 bits. */
  readonly rtpTimestamp: number;
}

/** Early streams wait this long at most for a late one. */
const MAX_DELAY_MS = 1_000;
/** Streams of one publisher that seem to be further apart are not measured by the same clock. */
const MAX_APART_MS = 10_000;
/** A stream that was not seen for so long is not waited for. */
const STALE_MS = 5_000;
/** Part of the error that each observation corrects; an error beyond `JUMP_MS` is taken over at once. */
const SMOOTHING = 0.03;
/** A delay that is further off jumps; below it moves so slowly that sound can be stretched without anyone hearing it. */
const JUMP_MS = 100;
const CREEP = 0.015;
/** Simulcast layers, and those of a connection before. */
const MAX_REPORTS = 8;

/**
 * The streams of one publisher. Its camera may be held up on the uplink while its voice comes at once: then the voice
 * waits, and lips and voice are together again. Nothing is known of the way itself: streams are compared by their
 * *transit*, the time between capture by the publisher's clock and arrival by ours. Its offset is unknown, and the same
 * for all streams of a publisher.
 */
export class SyncGroup {
  readonly #streams = new Set<SyncedStream>();

  /** @param clockRate of its RTP timestamps */
  join(clockRate: number): SyncedStream {
    const stream = new SyncedStream(clockRate, this);
    this.#streams.add(stream);
    return stream;
  }

  leave(stream: SyncedStream): void {
    this.#streams.delete(stream);
  }

  /** Of all streams that were seen lately, but this one. */
  othersThan(stream: SyncedStream, at: Millis): number[] {
    return [...this.#streams].flatMap((other) => (other === stream ? [] : (other.transitAt(at) ?? [])));
  }
}

/** One stream of a `SyncGroup`. Frame of reference: our wall clock in ms. */
export class SyncedStream {
  readonly #ticksPerMs: number;
  readonly #group: SyncGroup;
  readonly #reports = new Map<number, CaptureReport>();
  #transit: number | undefined;
  #seenAt = Number.NEGATIVE_INFINITY;
  #delay: Millis = 0;

  constructor(clockRate: number, group: SyncGroup) {
    this.#ticksPerMs = clockRate / 1000;
    this.#group = group;
  }

  /** How much later than it arrived the stream is to be taken, to be together with the others. */
  get delay(): Millis {
    return this.#delay;
  }

  onReport(report: CaptureReport): void {
    this.#reports.delete(report.ssrc);
    this.#reports.set(report.ssrc, report);
    for (const ssrc of this.#reports.keys()) if (this.#reports.size > MAX_REPORTS) this.#reports.delete(ssrc);
  }

  /** Call for every frame or audio packet. @param at when it came, smoothed */
  observe(timestamp: number, at: Millis): void {
    const others = this.#group.othersThan(this, at);
    const transit = this.#measure(timestamp, at, others);
    if (transit === undefined) return;
    const error = transit - (this.#transit ?? transit);
    this.#transit =
      this.#transit === undefined || Math.abs(error) > JUMP_MS ? transit : this.#transit + error * SMOOTHING;
    const elapsed = Math.min(STALE_MS, at - this.#seenAt);
    this.#seenAt = at;
    this.#approach(this.#lateness(others), elapsed);
  }

  /** undefined when it is not known, or not any more. */
  transitAt(at: Millis): number | undefined {
    return at - this.#seenAt > STALE_MS ? undefined : this.#transit;
  }

  close(): void {
    this.#group.leave(this);
  }

  /**
   * Layers of a simulcast count by clocks of their own, and the SFU sends all in the clock of one that it does not name: the
   * report that fits the other streams is of that one. The others are off by hours.
   */
  #measure(timestamp: number, at: Millis, others: readonly number[]): number | undefined {
    const transits = [...this.#reports.values()].map(
      ({ ntp, rtpTimestamp }) => at - ntp - ((timestamp - rtpTimestamp) | 0) / this.#ticksPerMs,
    );
    if (transits.length <= 1) return transits[0];
    const reference = others[0] ?? this.#transit;
    if (reference === undefined) return undefined;
    return transits
      .filter((transit) => Math.abs(transit - reference) <= MAX_APART_MS)
      .sort((a, b) => Math.abs(a - reference) - Math.abs(b - reference))[0];
  }

  /** By how much the latest of the others comes later. */
  #lateness(others: readonly number[]): Millis {
    const own = this.#transit as number;
    const comparable = others.filter((transit) => Math.abs(transit - own) <= MAX_APART_MS);
    return Math.min(MAX_DELAY_MS, Math.max(0, ...comparable.map((transit) => transit - own)));
  }

  #approach(target: Millis, elapsed: Millis): void {
    const error = target - this.#delay;
    const most = Math.abs(error) > JUMP_MS ? Math.abs(error) : elapsed * CREEP;
    this.#delay += Math.max(-most, Math.min(most, error));
  }
}
