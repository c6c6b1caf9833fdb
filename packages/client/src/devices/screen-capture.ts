import { Emitter } from '@amphi/base';
import type { MediaPort } from '../environment.ts';
import { ClientError, toClientError } from '../errors.ts';

/** A screen share as an app shows it. */
export interface ScreenState {
  readonly status: 'off' | 'starting' | 'on';
  readonly video: MediaStreamTrack | undefined;
  readonly audio: MediaStreamTrack | undefined;
}

/** Nothing is shared. */
export const SCREEN_OFF: ScreenState = { status: 'off', video: undefined, audio: undefined };

/** The browser's display capture (Screen Capture, W3C). Ends by itself when the person stops it in the browser's bar. */
export class ScreenCapture {
  readonly events = new Emitter<{ changed: ScreenState }>();
  readonly #media: MediaPort | undefined;
  #state: ScreenState = SCREEN_OFF;

  constructor(media: MediaPort | undefined) {
    this.#media = media;
  }

  get state(): ScreenState {
    return this.#state;
  }

  /** @throws ClientError `capture_cancelled` when the person closed the picker, `device_denied`, `device_failed` */
  async start(size: { readonly width: number; readonly height: number; readonly frameRate: number }): Promise<void> {
    if (this.#state.status !== 'off') return;
    if (!this.#media?.canCaptureScreen) {
      throw new ClientError('device_missing', 'this browser cannot share a screen');
    }
    const starting: ScreenState = { ...SCREEN_OFF, status: 'starting' };
    this.#set(starting);
    try {
      const { video, audio } = await this.#media.captureScreen(size);
      // Stopped while the picker was open.
      if (this.#state !== starting) {
        video.stop();
        audio?.stop();
        return;
      }
      video.onended = () => this.stop();
      this.#set({ status: 'on', video, audio });
    } catch (error) {
      this.#set(SCREEN_OFF);
      throw toClientError(error, 'device_failed', 'screen share');
    }
  }

  stop(): void {
    const { video, audio } = this.#state;
    if (video) video.onended = null;
    video?.stop();
    audio?.stop();
    this.#set(SCREEN_OFF);
  }

  #set(state: ScreenState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.events.emit('changed', state);
  }
}
