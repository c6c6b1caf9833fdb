import type { CaptureState, Session, SessionState, TrackProcessor } from '@amphi/client';
import { type Preferences, rememberPreferences } from '../page/preferences.ts';
import type { Background } from './backgrounds.ts';
import { type NoiseState, NoiseSuppression } from './noise-suppression.ts';

/** What is done to the own picture and the own voice before others get them. */
export interface EffectsState {
  readonly background: Background;
  /** Pictures with the background take so long that others see few of them. */
  readonly isSlow: boolean;
  /** This machine could not do it. It was taken back, and is told until something else is chosen. */
  readonly hasFailed: boolean;
  readonly noise: NoiseState;
}

/**
 * The background and the noise suppression of one session, remembered by the browser. What does the work is loaded when it is
 * needed first. A background that fails is taken back: the camera stays off until the person switches it on without.
 */
export class Effects {
  readonly #session: Session;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  readonly #noise: NoiseSuppression;
  #state: EffectsState;

  constructor(session: Session, preferences: Pick<Preferences, 'background' | 'suppressesNoise'>) {
    const { background, suppressesNoise: isSuppressed } = preferences;
    this.#session = session;
    this.#state = { background, isSlow: false, hasFailed: false, noise: { isSuppressed, failure: undefined } };
    this.#noise = new NoiseSuppression({
      session,
      isSuppressed,
      onChange: (noise) => {
        rememberPreferences({ suppressesNoise: noise.isSuppressed });
        this.#set({ noise });
      },
    });
    if (background !== 'none') void session.setCameraProcessor(this.#processor(background));
    this.#unsubscribe = session.watch(cameraOf, ({ error }) => {
      if (error?.code !== 'processor_failed') return;
      this.setBackground('none');
      this.#set({ hasFailed: true });
    });
  }

  get state(): EffectsState {
    return this.#state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Also to be called when the person's own picture is another. */
  setBackground(background: Background): void {
    rememberPreferences({ background });
    this.#set({ background, isSlow: false, hasFailed: false });
    void this.#session.setCameraProcessor(this.#processor(background));
  }

  setNoiseSuppressed(isSuppressed: boolean): void {
    this.#noise.set(isSuppressed);
  }

  close(): void {
    this.#unsubscribe();
    this.#noise.close();
  }

  #processor(background: Background): TrackProcessor | undefined {
    if (background === 'none') return undefined;
    return {
      process: async (track, fail) => {
        const { startBackgroundTrack } = await import('./background-track.ts');
        return startBackgroundTrack(track, background, fail, (isSlow) => {
          if (this.#state.background === background) this.#set({ isSlow });
        });
      },
    };
  }

  #set(change: Partial<EffectsState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}

const cameraOf = ({ camera }: SessionState): CaptureState => camera;
