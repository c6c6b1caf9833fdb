import { type Clock, type Closable, type CloseReason, Emitter, millis, Scope } from '@amphi/base';
import type { CaptureRequest, MediaPort, PagePort } from '../environment.ts';
import { ClientError, type ClientErrorCode, toClientError } from '../errors.ts';
import type { ProcessedTrack, TrackProcessor } from './track-processor.ts';

/**
 * `interrupted`: the system has taken the device for itself, as for a phone call. Nothing is sent, and it comes back
 * when the system gives it back, when the page is shown again, or when it is switched on again.
 */
export type CaptureStatus = 'off' | 'starting' | 'on' | 'interrupted' | 'failed';

/** A device that is silent for less long only stumbles: switching a camera makes some browsers do so. */
const INTERRUPTED_AFTER_MS = millis(1_000);
/** What comes back by itself after a return to the page does so at once (iOS 17); later it has to be captured anew. */
const RECAPTURE_AFTER_MS = millis(1_000);

/** Another device may work where the chosen one cannot be opened for these reasons. */
const OF_ONE_DEVICE: ReadonlySet<ClientErrorCode> = new Set(['device_missing', 'device_in_use', 'device_failed']);

/** A microphone or camera as an app shows it. */
export interface CaptureState {
  /** What the person wants. */
  readonly isEnabled: boolean;
  /** What the hardware does. `failed` comes with `error`. */
  readonly status: CaptureStatus;
  /** The chosen device; undefined lets the browser choose. */
  readonly deviceId: string | undefined;
  /** Present while captured. A muted microphone stays captured and sends silence. */
  readonly track: MediaStreamTrack | undefined;
  /** The device's own track, where a processor makes `track` of it; else the same. */
  readonly source: MediaStreamTrack | undefined;
  /** The chosen device could not be had, and another one is used in its place. */
  readonly isSubstitute: boolean;
  readonly error: ClientError | undefined;
}

export interface CaptureDeviceOptions {
  readonly kind: 'audio' | 'video';
  readonly media: MediaPort | undefined;
  readonly page: PagePort;
  readonly clock: Clock;
  /** Resolution and frame rate; read at each capture. */
  readonly constraints: () => Omit<CaptureRequest, 'kind' | 'deviceId'>;
}

interface Desired {
  readonly isEnabled: boolean;
  readonly deviceId: string | undefined;
  readonly processor: TrackProcessor | undefined;
}

interface Captured {
  readonly source: MediaStreamTrack;
  readonly deviceId: string | undefined;
  readonly processor: TrackProcessor | undefined;
  readonly processed: ProcessedTrack | undefined;
}

/**
 * One capture device: what is wished for and what is captured, reconciled; the latest wish wins. Switching a
 * microphone off only disables its track, switching a camera off releases it, so that its light goes out.
 */
export class CaptureDevice implements Closable {
  readonly events = new Emitter<{ changed: CaptureState }>();
  readonly #options: CaptureDeviceOptions;
  readonly #scope: Scope;
  #desired: Desired = { isEnabled: false, deviceId: undefined, processor: undefined };
  #captured: Captured | undefined;
  #isSubstitute = false;
  #isInterrupted = false;
  /** Lost while nobody looked: tried again when the page is shown. */
  #isLostUnseen = false;
  #cancelTimer: (() => void) | undefined;
  #error: ClientError | undefined;
  #running: Promise<void> | undefined;
  #state: CaptureState;

  constructor(options: CaptureDeviceOptions) {
    this.#options = options;
    this.#scope = new Scope({ clock: options.clock });
    this.#scope.defer(() => this.#release());
    this.#scope.defer(options.page.onVisibility((isVisible) => isVisible && this.#handleReturn()));
    this.#state = this.#snapshot();
  }

  get state(): CaptureState {
    return this.#state;
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /**
   * Resolves when the hardware follows; a failure is in the state, and switches the wish off again. Switched on while
   * interrupted, it is captured anew.
   * @throws never
   */
  setEnabled(isEnabled: boolean): Promise<void> {
    this.#error = undefined;
    this.#isLostUnseen = false;
    this.#desired = { ...this.#desired, isEnabled };
    if (isEnabled && this.#isInterrupted) this.#release();
    return this.#reconcile();
  }

  /** Another device; captured at once when one is captured now. */
  select(deviceId: string): Promise<void> {
    this.#error = undefined;
    this.#isSubstitute = false;
    this.#desired = { ...this.#desired, deviceId };
    return this.#reconcile();
  }

  /**
   * What is captured goes through it from now on; undefined: nothing does. The present track is sent until there is another.
   * @throws never; a failure is in the state as `processor_failed`, and switches the device off
   */
  setProcessor(processor: TrackProcessor | undefined): Promise<void> {
    if (this.#error?.code === 'processor_failed') this.#error = undefined;
    this.#desired = { ...this.#desired, processor };
    return this.#reconcile();
  }

  /** Switches off and releases the hardware. */
  stop(): void {
    this.#desired = { ...this.#desired, isEnabled: false };
    this.#error = undefined;
    this.#isLostUnseen = false;
    this.#release();
    this.#publish();
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#desired = { ...this.#desired, isEnabled: false };
    this.#scope.close(reason);
  }

  #reconcile(): Promise<void> {
    this.#running ??= this.#run();
    this.#publish();
    return this.#running;
  }

  /** Follows the wish until it has not changed meanwhile. */
  async #run(): Promise<void> {
    let desired: Desired;
    do {
      desired = this.#desired;
      await this.#follow(desired);
    } while (this.#desired !== desired);
    // In the same breath as the last look at the wish: one that comes later starts a run of its own.
    this.#running = undefined;
    this.#publish();
  }

  async #follow(desired: Desired): Promise<void> {
    if (!desired.isEnabled && (this.#captured === undefined || this.#options.kind === 'video')) {
      this.#release();
      return;
    }
    try {
      const captured = this.#captured;
      if (captured?.deviceId !== desired.deviceId || !captured) await this.#capture(desired);
      else if (captured.processor !== desired.processor) await this.#processAnew(captured, desired);
      this.#enable(desired.isEnabled);
    } catch (error) {
      if (this.#desired !== desired || this.#substitute(error)) return;
      this.#error = toClientError(error, 'device_failed', 'capture');
      this.#desired = { ...desired, isEnabled: false };
      this.#release();
    }
    if (this.#scope.isClosed) this.#release();
  }

  async #capture(desired: Desired): Promise<void> {
    const { media, kind, constraints } = this.#options;
    if (!media) throw new ClientError('insecure_page', 'cameras and microphones need HTTPS or localhost');
    // Some hardware cannot be opened twice: the old one is let go first.
    if (kind === 'video') this.#release();
    const source = await media.capture({
      kind,
      ...constraints(),
      ...(desired.deviceId !== undefined && { deviceId: desired.deviceId }),
    });
    const { deviceId, processor } = desired;
    const processed = await this.#process(source, processor).catch((error: unknown) => {
      source.stop();
      throw error;
    });
    this.#release();
    this.#captured = { source, deviceId, processor, processed };
    source.onended = () => this.#handleLost(source);
    source.onmute = () => this.#watchMute(source);
    source.onunmute = () => this.#setInterrupted(false);
    this.#watchMute(source);
    // While it was processed nobody listened.
    if (source.readyState === 'ended') this.#handleLost(source);
  }

  /** The same device through another processor, without a gap. */
  async #processAnew(captured: Captured, { processor }: Desired): Promise<void> {
    const processed = await this.#process(captured.source, processor);
    if (this.#captured !== captured) {
      processed?.stop();
      return;
    }
    captured.processed?.stop();
    this.#captured = { ...captured, processor, processed };
  }

  async #process(source: MediaStreamTrack, processor: TrackProcessor | undefined): Promise<ProcessedTrack | undefined> {
    if (!processor) return undefined;
    let processed: ProcessedTrack | undefined;
    try {
      processed = await processor.process(source, (error) => this.#handleFailed(processed, error));
    } catch (error) {
      throw toClientError(error, 'processor_failed', 'processor');
    }
    return processed;
  }

  /** What made the track cannot go on: rather nothing is sent than what was to be kept back. */
  #handleFailed(processed: ProcessedTrack | undefined, error: unknown): void {
    if (!processed || this.#captured?.processed !== processed) return;
    this.stop();
    this.#error = toClientError(error, 'processor_failed', 'processor');
    this.#publish();
  }

  #enable(isEnabled: boolean): void {
    if (!this.#captured) return;
    const { source, processed } = this.#captured;
    source.enabled = isEnabled;
    if (processed) processed.track.enabled = isEnabled;
  }

  /** The chosen device cannot be opened: any other is tried, once. @returns false when there is nothing else to try */
  #substitute(error: unknown): boolean {
    const { code } = toClientError(error, 'device_failed', 'capture');
    if (this.#desired.deviceId === undefined || !OF_ONE_DEVICE.has(code)) return false;
    this.#desired = { ...this.#desired, deviceId: undefined };
    this.#isSubstitute = true;
    return true;
  }

  /** The browser tells by `muted` that the source gives nothing (Media Capture and Streams, W3C, 4.3.1). */
  #watchMute(track: MediaStreamTrack): void {
    if (!track.muted) return;
    this.#wait(INTERRUPTED_AFTER_MS, () => this.#setInterrupted(track.muted && this.#captured?.source === track));
  }

  #setInterrupted(isInterrupted: boolean): void {
    this.#wait(undefined);
    if (this.#isInterrupted === isInterrupted) return;
    this.#isInterrupted = isInterrupted;
    this.#publish();
  }

  /** The page is shown again: what is still silent, or was lost meanwhile, is captured anew. */
  #handleReturn(): void {
    if (this.#isLostUnseen) {
      void this.setEnabled(true);
    } else if (this.#isSilenced()) {
      this.#wait(RECAPTURE_AFTER_MS, () => {
        if (!this.#isSilenced()) return;
        this.#isInterrupted = true;
        void this.setEnabled(true);
      });
    }
  }

  /** Wanted, and silent whether or not that was told already: timers stand still while a phone shows something else. */
  #isSilenced(): boolean {
    return this.#desired.isEnabled && this.#captured?.source.muted === true;
  }

  /** One thing at a time is waited for; the latest counts. */
  #wait(ms: typeof RECAPTURE_AFTER_MS | undefined, run: () => void = () => {}): void {
    this.#cancelTimer?.();
    this.#cancelTimer = ms === undefined ? undefined : this.#scope.after(ms, run);
  }

  /** Unplugged or taken away: try what else there is, once. */
  #handleLost(track: MediaStreamTrack): void {
    if (this.#captured?.source !== track) return;
    const wasEnabled = this.#desired.isEnabled;
    this.#release();
    this.#isSubstitute = this.#desired.deviceId !== undefined;
    this.#desired = { ...this.#desired, deviceId: undefined };
    if (!wasEnabled) {
      this.#publish();
      return;
    }
    void this.#reconcile().then(() => {
      if (this.#captured) return;
      this.#error = new ClientError('device_lost', 'the device was unplugged or taken by the system', {
        cause: this.#error,
      });
      this.#isLostUnseen = !this.#options.page.isVisible;
      this.#publish();
    });
  }

  #release(): void {
    const captured = this.#captured;
    this.#captured = undefined;
    this.#isInterrupted = false;
    this.#wait(undefined);
    if (!captured) return;
    const { source, processed } = captured;
    source.onended = null;
    source.onmute = null;
    source.onunmute = null;
    processed?.stop();
    source.stop();
  }

  #publish(): void {
    const state = this.#snapshot();
    const before = this.#state;
    this.#state = state;
    const keys = ['isEnabled', 'status', 'deviceId', 'track', 'source', 'isSubstitute', 'error'] as const;
    if (keys.some((key) => before[key] !== state[key])) this.events.emit('changed', state);
  }

  #snapshot(): CaptureState {
    const { isEnabled, deviceId } = this.#desired;
    const source = this.#captured?.source;
    const track = this.#captured?.processed?.track ?? source;
    const isSubstitute = this.#isSubstitute && track !== undefined;
    return { isEnabled, status: this.#status(), deviceId, track, source, isSubstitute, error: this.#error };
  }

  #status(): CaptureStatus {
    if (this.#error) return 'failed';
    if (!this.#desired.isEnabled) return 'off';
    if (this.#captured === undefined) return this.#running === undefined ? 'off' : 'starting';
    return this.#isInterrupted ? 'interrupted' : 'on';
  }
}
