import type { Millis, Scope } from '@amphi/base';
import type { SubscribingEvents } from './contract.ts';

export type LayerReport = SubscribingEvents['layersChanged'];

/** A key frame takes up to this long to arrive; before that nothing being sent is no degradation. */
const START_GRACE_MS: Millis = 3_000;

/**
 * The worker takes 1.5 s without a packet for the end of a layer, which the next picture of a slow camera belies. Only
 * when nothing comes for this much longer is the publisher told to send nothing.
 */
const QUIET_GRACE_MS: Millis = 2_000;

/** Which of the states of a track's layers are told to its subscriber: each that is new, and lasts if it is bad news (SB18). */
export class LayerReports {
  readonly #timers: Pick<Scope, 'after'>;
  readonly #tell: (report: LayerReport) => void;
  #told: LayerReport | undefined;
  /** What is not told yet, since it may pass by itself. */
  #held: LayerReport | undefined;
  #isStarting = false;
  #cancelStart = (): void => {};
  #cancelQuiet: (() => void) | undefined;

  constructor({
    timers,
    tell,
  }: { readonly timers: Pick<Scope, 'after'>; readonly tell: (report: LayerReport) => void }) {
    this.#timers = timers;
    this.#tell = tell;
  }

  /** Sending begins or ends. */
  setSending(isSending: boolean): void {
    this.#cancelStart();
    this.#isStarting = isSending;
    if (!isSending) return;
    this.#cancelStart = this.#timers.after(START_GRACE_MS, () => {
      this.#isStarting = false;
      if (this.#held) this.note(this.#held);
    });
  }

  /** How it is now. */
  note(report: LayerReport): void {
    if (report.current !== 'none') this.#isStarting = false;
    this.#held = report;
    if (this.#isStarting || this.#mayGoOn(report)) return;
    this.#tellNew(report);
  }

  /** The publisher sends none of what was seen until now, since a moment ago. */
  #mayGoOn(report: LayerReport): boolean {
    const wasSeen = this.#told !== undefined && this.#told.current !== 'none';
    if (!wasSeen || report.current !== 'none' || report.degraded !== 'publisher') {
      this.#cancelQuiet?.();
      this.#cancelQuiet = undefined;
      return false;
    }
    this.#cancelQuiet ??= this.#timers.after(QUIET_GRACE_MS, () => {
      this.#cancelQuiet = undefined;
      if (this.#held) this.#tellNew(this.#held);
    });
    return true;
  }

  #tellNew(report: LayerReport): void {
    const told = this.#told;
    const isNew =
      told?.current !== report.current || told.expected !== report.expected || told.degraded !== report.degraded;
    // A track that was never wanted has nothing to tell.
    if (!isNew || (!told && report.expected === 'none')) return;
    this.#told = report;
    this.#tell(report);
  }
}
