import { type Logger, messageOf } from '@amphi/base';
import type { types } from 'mediasoup';
import type { Downlink, SentBytes } from './downlink-probe.ts';

/** To what is wanted comes what protects and describes it. */
const HEADROOM = 1.25;

/** What the worker takes a subscriber's link to carry. Rejections of the worker are of a transport that went away. */
export class WorkerDownlink implements Downlink {
  readonly #transport: types.WebRtcTransport;
  readonly #wantedBps: () => Promise<number>;
  readonly #logger: Logger;
  #maxBps = 0;
  #isRaised = false;

  /** @param options.wantedBps of all that is sent, as it is wanted; rejects when something of it went away */
  constructor(options: {
    readonly transport: types.WebRtcTransport;
    readonly wantedBps: () => Promise<number>;
    readonly logger: Logger;
  }) {
    this.#transport = options.transport;
    this.#wantedBps = options.wantedBps;
    this.#logger = options.logger;
  }

  /** @param maxBps never more than this; 0: no limit */
  limit(maxBps: number): void {
    if (maxBps === this.#maxBps) return;
    this.#maxBps = maxBps;
    // A least that is more than the most would be refused.
    this.lower();
    this.#transport.setMaxOutgoingBitrate(maxBps).catch((error: unknown) => this.#noteFailure(error));
  }

  async sent(): Promise<SentBytes | undefined> {
    try {
      const [stats] = await this.#transport.getStats();
      return stats && { first: stats.rtpBytesSent, again: stats.rtxBytesSent };
    } catch {
      return undefined;
    }
  }

  raise(): void {
    this.#isRaised = true;
    this.#raise().catch((error: unknown) => this.#noteFailure(error));
  }

  lower(): void {
    if (!this.#isRaised) return;
    this.#isRaised = false;
    this.#transport.setMinOutgoingBitrate(0).catch((error: unknown) => this.#noteFailure(error));
  }

  async #raise(): Promise<void> {
    const bps = Math.ceil((await this.#wantedBps()) * HEADROOM);
    if (!this.#isRaised) return;
    await this.#transport.setMinOutgoingBitrate(this.#maxBps ? Math.min(bps, this.#maxBps) : bps);
    this.#logger.debug({ bps }, 'downlink tried anew after losses');
  }

  #noteFailure(error: unknown): void {
    this.#logger.debug({ reason: messageOf(error) }, 'bit rate not set');
  }
}
