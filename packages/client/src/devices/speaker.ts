import type { AudioOutput, MediaDevice } from '../environment.ts';
import { ClientError, toClientError } from '../errors.ts';
import type { SessionState } from '../state.ts';
import type { StateStore } from '../state-store.ts';

/** Where others are heard: the system's own choice until a device is selected, and again when that is gone. */
export class Speaker {
  readonly #output: AudioOutput;
  readonly #store: StateStore<SessionState>;

  constructor(options: { readonly output: AudioOutput; readonly store: StateStore<SessionState> }) {
    this.#output = options.output;
    this.#store = options.store;
  }

  get canSelect(): boolean {
    return this.#output.canSelect;
  }

  /** @throws ClientError `device_missing`, `device_denied`, `device_failed`; all goes on where it was */
  async select(deviceId: string | undefined): Promise<void> {
    if (!this.#output.canSelect)
      throw new ClientError('device_failed', 'this browser leaves the speaker to the system');
    try {
      await this.#output.select(deviceId ?? '');
    } catch (error) {
      throw toClientError(error, 'device_failed', 'selectSpeaker');
    }
    this.#store.update((state) => ({ ...state, speakerId: deviceId }));
  }

  /** Plays a short sound where others are heard. @throws ClientError `device_failed` */
  async test(): Promise<void> {
    try {
      await this.#output.test();
    } catch (error) {
      throw toClientError(error, 'device_failed', 'testSpeaker');
    }
  }

  /** To be called when devices have come or gone. */
  follow(devices: readonly MediaDevice[]): void {
    const { speakerId } = this.#store.get();
    if (speakerId === undefined || devices.some(({ id, kind }) => kind === 'speaker' && id === speakerId)) return;
    // The system's own is always there.
    this.select(undefined).catch(() => {});
  }
}
