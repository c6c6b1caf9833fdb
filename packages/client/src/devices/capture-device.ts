import { type Clock, type Closable, type CloseReason, Emitter, Scope } from '@amphi/base';
import type { CaptureRequest, MediaPort } from '../environment.ts';
import { ClientError, toClientError } from '../errors.ts';

export type CaptureStatus = 'off' | 'starting' | 'on' | 'failed';

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
  readonly error: ClientError | undefined;
}

export interface CaptureDeviceOptions {
  readonly kind: 'audio' | 'video';
  readonly media: MediaPort | undefined;
  readonly clock: Clock;
  /** Resolution and frame rate; read at each capture. */
  readonly constraints: () => Omit<CaptureRequest, 'kind' | 'deviceId'>;
}

interface Desired {
  readonly isEnabled: boolean;
  readonly deviceId: string | undefined;
}

/**
 * One capture device: what is wished for and what is captured, reconciled; the latest wish wins. Switching a
 * microphone off only disables its track, switching a camera off releases it, so that its light goes out.
 */
export class CaptureDevice implements Closable {
  readonly events = new Emitter<{ changed: CaptureState }>();
  readonly #options: CaptureDeviceOptions;
  readonly #scope: Scope;
  #desired: Desired = { isEnabled: false, deviceId: undefined };
  #captured: { readonly track: MediaStreamTrack; readonly deviceId: string | undefined } | undefined;
  #error: ClientError | undefined;
  #running: Promise<void> | undefined;
  #state: CaptureState;

  constructor(options: CaptureDeviceOptions) {
    this.#options = options;
    this.#scope = new Scope({ clock: options.clock });
    this.#scope.defer(() => this.#release());
    this.#state = this.#snapshot();
  }

  get state(): CaptureState {
    return this.#state;
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /**
   * Resolves when the hardware follows; a failure is in the state, and switches the wish off again.
   * @throws never
   */
  setEnabled(isEnabled: boolean): Promise<void> {
    this.#error = undefined;
    this.#desired = { ...this.#desired, isEnabled };
    return this.#reconcile();
  }

  /** Another device; captured at once when one is captured now. */
  select(deviceId: string): Promise<void> {
    this.#error = undefined;
    this.#desired = { ...this.#desired, deviceId };
    return this.#reconcile();
  }

  /** Switches off and releases the hardware. */
  stop(): void {
    this.#desired = { ...this.#desired, isEnabled: false };
    this.#error = undefined;
    this.#release();
    this.#publish();
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#desired = { ...this.#desired, isEnabled: false };
    this.#scope.close(reason);
  }

  #reconcile(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.#publish();
    });
    this.#publish();
    return this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      const desired = this.#desired;
      const isCurrent = this.#captured !== undefined && this.#captured.deviceId === desired.deviceId;
      if (!desired.isEnabled && (this.#captured === undefined || this.#options.kind === 'video')) {
        this.#release();
        return;
      }
      if (isCurrent) {
        this.#captured!.track.enabled = desired.isEnabled;
        return;
      }
      try {
        await this.#capture(desired);
      } catch (error) {
        if (this.#desired !== desired) continue;
        this.#error = toClientError(error, 'device_failed', 'capture');
        this.#desired = { ...desired, isEnabled: false };
        this.#release();
        return;
      }
      if (this.#scope.isClosed) {
        this.#release();
        return;
      }
    }
  }

  async #capture(desired: Desired): Promise<void> {
    const { media, kind, constraints } = this.#options;
    if (!media) throw new ClientError('insecure_page', 'cameras and microphones need HTTPS or localhost');
    // Some hardware cannot be opened twice: the old one is let go first.
    if (kind === 'video') this.#release();
    const track = await media.capture({
      kind,
      ...constraints(),
      ...(desired.deviceId !== undefined && { deviceId: desired.deviceId }),
    });
    this.#release();
    this.#captured = { track, deviceId: desired.deviceId };
    track.enabled = desired.isEnabled;
    track.onended = () => this.#handleLost(track);
  }

  /** Unplugged or taken away: try what else there is, once. */
  #handleLost(track: MediaStreamTrack): void {
    if (this.#captured?.track !== track) return;
    const wasEnabled = this.#desired.isEnabled;
    this.#captured = undefined;
    this.#desired = { isEnabled: wasEnabled, deviceId: undefined };
    if (!wasEnabled) {
      this.#publish();
      return;
    }
    void this.#reconcile().then(() => {
      if (this.#captured) return;
      this.#error = new ClientError('device_lost', 'the device was unplugged or taken by the system', {
        cause: this.#error,
      });
      this.#publish();
    });
  }

  #release(): void {
    const track = this.#captured?.track;
    this.#captured = undefined;
    if (!track) return;
    track.onended = null;
    track.stop();
  }

  #publish(): void {
    const state = this.#snapshot();
    const before = this.#state;
    this.#state = state;
    const keys = ['isEnabled', 'status', 'deviceId', 'track', 'error'] as const;
    if (keys.some((key) => before[key] !== state[key])) this.events.emit('changed', state);
  }

  #snapshot(): CaptureState {
    const { isEnabled, deviceId } = this.#desired;
    const track = this.#captured?.track;
    const isStarting = this.#running !== undefined && isEnabled && track === undefined;
    const status = this.#error ? 'failed' : isStarting ? 'starting' : isEnabled && track ? 'on' : 'off';
    return { isEnabled, status, deviceId, track, error: this.#error };
  }
}
