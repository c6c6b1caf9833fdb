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
  readonly #states = new Map<ScreenId, SharedScreen>();

  constructor(media: MediaPort | undefined) {
    this.#captures = new Map(SCREEN_IDS.map((id) => [id, new ScreenCapture(media)]));
    for (const [id, capture] of this.#captures) capture.events.on('changed', (state) => this.#follow(id, state));
  }

  get shared(): readonly SharedScreen[] {
    return [...this.#states.values()];
  }

  /**
   * Shares one more; the person chooses which.
   * @returns its id
   * @throws ClientError `wrong_state` when there are as many as can be; `capture_cancelled` when the person closed the picker,
   *   `device_denied`, `device_failed`
   */
  async add(size: { readonly width: number; readonly height: number; readonly frameRate: number }): Promise<ScreenId> {
    const id = SCREEN_IDS.find((one) => !this.#states.has(one));
    const capture = id && this.#captures.get(id);
    if (!capture) {
      throw new ClientError('wrong_state', `screen share: ${SCREEN_IDS.length} at most`);
    }
    await capture.start(size);
    return id;
  }

  /** Ends one of them, or all. Harmless when it is not shared. */
  stop(id?: ScreenId): void {
    for (const [each, capture] of this.#captures) if (!id || id === each) capture.stop();
  }

  #follow(id: ScreenId, state: ScreenState): void {
    if (state.status === 'off') this.#states.delete(id);
    else this.#states.set(id, { ...state, id });
    this.events.emit('changed', this.shared);
  }
}
