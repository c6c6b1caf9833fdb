import type { Millis } from '@amphi/base';
import type { RtpPacket } from './rtp-packet.ts';
import { CounterUnwrapper } from './unwrap.ts';

export interface JitterBufferOptions {
  /** How long a packet waits for one missing before it; then the missing ones are given up. */
  readonly maxWaitMs: Millis;
  /** Power of two. A packet further ahead than this gives up everything that is missing. */
  readonly capacity: number;
}

/** 120 ms: with retransmission on one machine 3 % loss went by unseen (measured); more would only add delay. */
export const JITTER_BUFFER_DEFAULTS: JitterBufferOptions = { maxWaitMs: 120, capacity: 1024 };

/** What comes out, in order. `gap`: `lost` packets before the next one were given up. */
export type JitterBufferOutput =
  | { readonly type: 'packet'; readonly packet: RtpPacket; readonly sequence: number }
  | { readonly type: 'gap'; readonly lost: number };

export interface JitterBufferStats {
  received: number;
  /** Arrived behind a higher number. */
  reordered: number;
  duplicates: number;
  /** Arrived after they had been given up; dropped. */
  late: number;
  /** Given up. */
  lost: number;
  /** Sequence restarts of the sender that were followed. */
  restarts: number;
}

/**
 * RFC 3550, A.1: a sender has restarted when it jumps far back and more packets follow the jump in a row. Nearer than
 * that a run of old numbers is a burst that was lost on the way to the SFU and comes late, sent again: at 400 packets a
 * second this far is more than a second late. (MAX_MISORDER of the RFC, 100, was chosen before retransmission.)
 */
const RESTART_DISTANCE = 500;
const RESTART_PACKETS = 4;

interface Slot {
  sequence: number;
  arrivedAt: Millis;
  packet: RtpPacket | undefined;
}

/**
 * Puts the packets of one SSRC back into order. Holds a packet only while one before it is missing, and never
 * longer than `maxWaitMs`. Bounded by `capacity`; counts what it drops. Reads no clock: the owner passes `now` and
 * calls `pop` again at `deadline`.
 */
export class JitterBuffer {
  readonly stats: JitterBufferStats = { received: 0, reordered: 0, duplicates: 0, late: 0, lost: 0, restarts: 0 };
  readonly #options: JitterBufferOptions;
  readonly #slots: Slot[];
  readonly #mask: number;
  readonly #unwrapper = new CounterUnwrapper(16);
  /** Next sequence to hand out. */
  #next: number | undefined;
  #highest = -1;
  #held = 0;
  #givenUp = 0;
  #restartRun = 0;
  #restartExpected = -1;

  constructor(options: Partial<JitterBufferOptions> = {}) {
    this.#options = { ...JITTER_BUFFER_DEFAULTS, ...options };
    const { capacity } = this.#options;
    if (capacity < 16 || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError(`capacity ${capacity}; allowed is a power of two from 16`);
    }
    this.#mask = capacity - 1;
    this.#slots = Array.from({ length: capacity }, () => ({ sequence: -1, arrivedAt: 0, packet: undefined }));
  }

  /** Packets that wait for one before them. */
  get held(): number {
    return this.#held;
  }

  /** Unwrapped sequence of the highest packet so far, or undefined before the first. */
  get highest(): number | undefined {
    return this.#next === undefined ? undefined : this.#highest;
  }

  /**
   * @returns the packet's unwrapped sequence, or undefined when it was dropped as late or double
   */
  push(packet: RtpPacket, now: Millis): number | undefined {
    this.stats.received++;
    if (this.#next === undefined) this.#start(packet);
    const next = this.#next as number;
    const sequence = this.#unwrapper.peek(packet.sequenceNumber);
    if (sequence < next) return this.#handleLate(packet, next - sequence, now);
    this.#restartRun = 0;
    if (sequence >= next + this.#options.capacity) this.#skipTo(sequence - this.#options.capacity + 1);
    const slot = this.#slots[sequence & this.#mask] as Slot;
    if (slot.packet && slot.sequence === sequence) {
      this.stats.duplicates++;
      return undefined;
    }
    if (sequence < this.#highest) this.stats.reordered++;
    else this.#highest = sequence;
    this.#unwrapper.unwrap(packet.sequenceNumber);
    slot.sequence = sequence;
    slot.arrivedAt = now;
    slot.packet = packet;
    this.#held++;
    return sequence;
  }

  /** The next packet or gap that is ready at `now`; undefined when there is none. */
  pop(now: Millis): JitterBufferOutput | undefined {
    if (this.#givenUp > 0) {
      const lost = this.#givenUp;
      this.#givenUp = 0;
      return { type: 'gap', lost };
    }
    if (this.#next === undefined || this.#held === 0) return undefined;
    const slot = this.#slots[this.#next & this.#mask] as Slot;
    if (slot.packet && slot.sequence === this.#next) {
      const packet = slot.packet;
      slot.packet = undefined;
      this.#held--;
      const sequence = this.#next++;
      return { type: 'packet', packet, sequence };
    }
    const first = this.#firstHeld();
    if (now - first.arrivedAt < this.#options.maxWaitMs) return undefined;
    this.#skipTo(first.sequence);
    return this.pop(now);
  }

  /** When `pop` will have something without another `push`; undefined when nothing waits. */
  get deadline(): Millis | undefined {
    if (this.#held === 0) return this.#givenUp > 0 ? 0 : undefined;
    return this.#firstHeld().arrivedAt + this.#options.maxWaitMs;
  }

  #start(packet: RtpPacket): void {
    this.#unwrapper.reset();
    this.#next = this.#unwrapper.unwrap(packet.sequenceNumber);
    this.#highest = this.#next;
  }

  #firstHeld(): Slot {
    let sequence = this.#next as number;
    for (;;) {
      const slot = this.#slots[sequence & this.#mask] as Slot;
      if (slot.packet && slot.sequence === sequence) return slot;
      sequence++;
    }
  }

  /** Gives up what is missing before `sequence`. Packets held before it are dropped too and counted as lost. */
  #skipTo(sequence: number): void {
    const next = this.#next as number;
    for (let s = next; s < Math.min(sequence, next + this.#options.capacity); s++) {
      const slot = this.#slots[s & this.#mask] as Slot;
      if (slot.packet && slot.sequence === s) {
        slot.packet = undefined;
        this.#held--;
      }
    }
    this.#givenUp += sequence - next;
    this.stats.lost += sequence - next;
    this.#next = sequence;
  }

  /** @param behind how far before the next one to hand out */
  #handleLate(packet: RtpPacket, behind: number, now: Millis): number | undefined {
    if (behind <= RESTART_DISTANCE) {
      this.stats.late++;
      return undefined;
    }
    const expected = packet.sequenceNumber === this.#restartExpected;
    this.#restartRun = expected ? this.#restartRun + 1 : 1;
    this.#restartExpected = (packet.sequenceNumber + 1) & 0xffff;
    if (this.#restartRun < RESTART_PACKETS) {
      this.stats.late++;
      return undefined;
    }
    this.#restartRun = 0;
    this.stats.restarts++;
    for (const slot of this.#slots) slot.packet = undefined;
    this.#held = 0;
    this.#givenUp += 1;
    this.#start(packet);
    return this.push(packet, now);
  }
}
