import { Emitter } from '@amphi/base';
import type { MediaPort } from '../environment.ts';
import { ClientError } from '../errors.ts';
import { SCREEN_IDS, type ScreenId } from '../tracks/encodings.ts';
import { ScreenCapture, type ScreenState } from './screen-capture.ts';

/** One of several screens, windows or tabs that we share. */
export interface SharedScreen extends ScreenState {
  /** Stays the same until its end. */
  readonly id: ScreenId;
}

/** All that is shared of our screens: each by a capture of its own, which ends by itself. */
export class ScreenShares {
  readonly events = new Emitter<{ changed: readonly SharedScreen[] }>();
  readonly #captures: ReadonlyMap<ScreenId, ScreenCapture>;
  /** In the order in which they were begun. */
  #shared: readonly SharedScreen[] = [];

  constructor(media: MediaPort | undefined) {
    this.#captures = new Map(SCREEN_IDS.map((id) => [id, new ScreenCapture(media)]));
    for (const [id, capture] of this.#captures) capture.events.on('changed', (state) => this.#follow(id, state));
  }

  get shared(): readonly SharedScreen[] {
    return this.#shared;
  }

  /**
   * Shares one more; the person chooses which.
   * @returns its id
   * @throws ClientError `wrong_state` when there are as many as can be; `capture_cancelled` when the person closed the picker,
   *   `device_denied`, `device_failed`
   */
  async add(size: { readonly width: number; readonly height: number; readonly frameRate: number }): Promise<ScreenId> {
    const id = SCREEN_IDS.find((one) => !this.#shared.some((shared) => shared.id === one));
    const capture = id && this.#captures.get(id);
    if (!capture) {
      throw new ClientError(
        'wrong_state',
        `screen share: ${this.#shared.length} are shared, at most ${SCREEN_IDS.length}`,
      );
    }
    await capture.start(size);
    return id;
  }

  /** Ends one of them, or all. Harmless when it is not shared. */
  stop(id?: ScreenId): void {
    for (const [each, capture] of this.#captures) if (id === undefined || id === each) capture.stop();
  }

  #follow(id: ScreenId, state: ScreenState): void {
    const isNew = !this.#shared.some((shared) => shared.id === id);
    if (state.status === 'off') this.#shared = this.#shared.filter((shared) => shared.id !== id);
    else if (isNew) this.#shared = [...this.#shared, { ...state, id }];
    else this.#shared = this.#shared.map((shared) => (shared.id === id ? { ...state, id } : shared));
    this.events.emit('changed', this.#shared);
  }
}
