import type { Millis } from '@amphi/base';

/** What a frame is worth when its receiver is behind; the first kinds are left out first. */
export type Importance =
  /** Soon out of date: who speaks, how good connections are. */
  | 'passing'
  /** What people write. */
  | 'chat'
  /** People, tracks, roles, answers: without it the receiver would believe what is not so. */
  | 'truth';

/** Unsent bytes above which frames of less importance are left out. */
const LEFT_OUT_ABOVE: Readonly<Record<Importance, number>> = {
  passing: 256 * 1024,
  chat: 1024 * 1024,
  truth: Number.POSITIVE_INFINITY,
};

/** Below this nobody is behind: kernels, proxies and one frame of any size keep as much. */
const BEHIND_ABOVE_BYTES = 256 * 1024;
/** Whoever takes less than this in `STALLED_MS` while more waits does not read: 16 kbit/s, a tenth of what audio needs. */
const LEAST_PROGRESS_BYTES = 40 * 1024;
const STALLED_MS: Millis = 20_000;

/**
 * Whether a receiver keeps up, judged by what it takes over time: a frame that is large by itself, such as a list of all
 * peers, is no slowness. Pure; bytes and time come with each call.
 */
export class Receiving {
  readonly #maxUnsentBytes: number;
  #sentBytes = 0;
  #markBytes = 0;
  #markAt: Millis;

  constructor(options: { readonly maxUnsentBytes: number; readonly now: Millis }) {
    this.#maxUnsentBytes = options.maxUnsentBytes;
    this.#markAt = options.now;
  }

  /** What to do with a frame: leave it out, send it, or give the receiver up. */
  judge(frameBytes: number, importance: Importance, unsentBytes: number): 'send' | 'leave out' | 'give up' {
    if (unsentBytes > LEFT_OUT_ABOVE[importance]) return 'leave out';
    // Whatever is sent into an empty pipe is not the receiver's fault.
    if (unsentBytes > 0 && unsentBytes + frameBytes > this.#maxUnsentBytes) return 'give up';
    this.#sentBytes += frameBytes;
    return 'send';
  }

  /** To be asked now and then. */
  hasStalled(unsentBytes: number, now: Millis): boolean {
    const takenBytes = this.#sentBytes - unsentBytes;
    if (unsentBytes <= BEHIND_ABOVE_BYTES || takenBytes - this.#markBytes >= LEAST_PROGRESS_BYTES) {
      this.#markBytes = takenBytes;
      this.#markAt = now;
      return false;
    }
    return now - this.#markAt >= STALLED_MS;
  }
}
