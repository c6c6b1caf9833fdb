import { type Clock, type Logger, type Millis, millis } from '@amphi/base';
import type { SpatialLayerName } from '@amphi/protocol';
import { ClientError } from '../errors.ts';
import { largerLayer } from './layer-preference.ts';

/** A smaller layer is asked for only after this long, so that a layout that settles does not make it flicker. */
const LOWER_DELAY_MS = millis(1_500);
/** Pause before a refused or unanswered request is made again. */
const RETRY_DELAY_MS = millis(3_000);

type SendRequest = (trackId: string, layer: SpatialLayerName) => Promise<void>;

interface Entry {
  desired: SpatialLayerName;
  /** What the server has confirmed; nothing is forwarded before the first request. */
  actual: SpatialLayerName;
  isSending: boolean;
  cancelTimer: (() => void) | undefined;
}

/** Wishes for layers and what the server knows of them, reconciled per track. One request per track is under way. */
export class LayerRequests {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  #send: SendRequest | undefined;

  constructor(options: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** A new data channel: what an earlier one had confirmed is not known any more. */
  connect(send: SendRequest): void {
    this.#send = send;
    for (const [trackId, entry] of this.#entries) {
      entry.actual = 'none';
      this.#reconcile(trackId, entry, millis(0));
    }
  }

  setDesired(trackId: string, layer: SpatialLayerName): void {
    let entry = this.#entries.get(trackId);
    if (!entry) {
      if (layer === 'none') return;
      entry = { desired: 'none', actual: 'none', isSending: false, cancelTimer: undefined };
      this.#entries.set(trackId, entry);
    }
    if (entry.desired === layer) return;
    entry.desired = layer;
    const isLower = largerLayer(layer, entry.actual) !== layer;
    this.#reconcile(trackId, entry, isLower ? LOWER_DELAY_MS : millis(0));
  }

  /** The track is gone for good. */
  forget(trackId: string): void {
    this.#entries.get(trackId)?.cancelTimer?.();
    this.#entries.delete(trackId);
  }

  close(): void {
    for (const trackId of [...this.#entries.keys()]) this.forget(trackId);
    this.#send = undefined;
  }

  #reconcile(trackId: string, entry: Entry, delayMs: Millis): void {
    entry.cancelTimer?.();
    entry.cancelTimer = undefined;
    if (delayMs > 0) entry.cancelTimer = this.#clock.after(delayMs, () => void this.#exchange(trackId, entry));
    else void this.#exchange(trackId, entry);
  }

  async #exchange(trackId: string, entry: Entry): Promise<void> {
    const send = this.#send;
    if (!send || entry.isSending || entry.desired === entry.actual || this.#entries.get(trackId) !== entry) return;
    const wanted = entry.desired;
    entry.isSending = true;
    let failed = false;
    try {
      await send(trackId, wanted);
      entry.actual = wanted;
    } catch (error) {
      failed = true;
      this.#logger.info({ trackId, layer: wanted, error: String(error) }, 'layer request failed');
      // A channel that is gone announces itself when it is back.
      if (error instanceof ClientError && error.code === 'connection_lost') return;
    } finally {
      entry.isSending = false;
    }
    if (entry.desired !== entry.actual) this.#reconcile(trackId, entry, failed ? RETRY_DELAY_MS : millis(0));
  }
}
