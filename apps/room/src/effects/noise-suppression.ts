import type { Session, TrackProcessor } from '@amphi/client';
import { whenTouched } from '../page/when-touched.ts';
import { NoiseError, type NoiseFailure, noiseFailureOf } from './noise-failure.ts';
import type { startVoiceTrack } from './voice-track.ts';

/** What is done to the own voice before others get it. */
export interface NoiseState {
  readonly isSuppressed: boolean;
  /** Why it was taken back; told until the person chooses again. */
  readonly failure: NoiseFailure | undefined;
}

/** Makes the track that is sent of the microphone's; `fail` is told when it cannot go on. */
type Start = typeof startVoiceTrack;

export interface NoiseSuppressionOptions {
  readonly session: Pick<Session, 'setMicrophoneProcessor'>;
  /** As the browser remembers it. */
  readonly isSuppressed: boolean;
  readonly onChange: (state: NoiseState) => void;
  /** For tests. */
  readonly start?: Start;
  readonly whenTouched?: typeof whenTouched;
}

/**
 * Noise suppression of one session. What does the work is loaded when a microphone is on. Where it fails it is taken back,
 * and the voice is sent as it is: nobody is kept from speaking.
 */
export class NoiseSuppression {
  readonly #options: NoiseSuppressionOptions;
  #state: NoiseState;
  #processor: TrackProcessor | undefined;
  #stopWaiting: () => void = () => {};

  constructor(options: NoiseSuppressionOptions) {
    this.#options = options;
    this.#state = { isSuppressed: options.isSuppressed, failure: undefined };
    if (options.isSuppressed) this.#apply();
  }

  get state(): NoiseState {
    return this.#state;
  }

  set(isSuppressed: boolean): void {
    this.#set({ isSuppressed, failure: undefined });
    this.#apply();
  }

  close(): void {
    this.#stopWaiting();
  }

  /** A page that nobody has touched would send silence: the voice is sent as it is until then. */
  #apply(): void {
    this.#stopWaiting();
    this.#stopWaiting = () => {};
    if (!this.#state.isSuppressed) this.#use(undefined);
    else this.#stopWaiting = (this.#options.whenTouched ?? whenTouched)(() => this.#use(this.#make()));
  }

  #use(processor: TrackProcessor | undefined): void {
    this.#processor = processor;
    void this.#options.session.setMicrophoneProcessor(processor);
  }

  #make(): TrackProcessor {
    const start = this.#options.start ?? startLoaded;
    const processor: TrackProcessor = {
      process: async (track) => {
        try {
          return await start(track, (error) => this.#takeBack(processor, error));
        } catch (error) {
          this.#takeBack(processor, error);
          throw error;
        }
      },
    };
    return processor;
  }

  #takeBack(processor: TrackProcessor, error: unknown): void {
    if (this.#processor !== processor) return;
    this.#set({ isSuppressed: false, failure: noiseFailureOf(error) });
    this.#use(undefined);
  }

  #set(state: NoiseState): void {
    this.#state = state;
    this.#options.onChange(state);
  }
}

const startLoaded: Start = async (source, fail) => {
  if (typeof AudioWorkletNode === 'undefined') throw new NoiseError('no_worklets', 'this browser has no AudioWorklet');
  const { startVoiceTrack } = await import('./voice-track.ts');
  return startVoiceTrack(source, fail);
};
