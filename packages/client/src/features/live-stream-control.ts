import { type Composition, type CompositionWish, compositionInfo, type Notification } from '@amphi/protocol';
import { toClientError } from '../errors.ts';
import { liveStreamRefused, liveStreamStarting, liveStreamStopping } from '../live-stream.ts';
import { readAnswer } from '../read-answer.ts';
import { expectPermission, joinedConnection, type SessionContext } from '../session-context.ts';

/** Starts and stops the composed stream; a refusal is told in the state as well. */
export class LiveStreamControl {
  readonly #context: SessionContext;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  async start(kept: { readonly isRecorded?: boolean; readonly hasVod?: boolean }): Promise<void> {
    expectPermission(this.#context, 'hlsStreaming');
    const connection = joinedConnection(this.#context, 'startLiveStream');
    this.#context.store.update((state) => ({ ...state, liveStream: liveStreamStarting(state.liveStream) }));
    await this.#tellRefusal(
      'start',
      connection.request('hls-start', {
        hls_recording:
          kept.isRecorded === undefined && kept.hasVod === undefined
            ? undefined
            : { single_file_per_layer: kept.isRecorded ?? false, hls_vod: kept.hasVod ?? false },
      }),
    );
  }

  async stop(reason: string | undefined): Promise<void> {
    expectPermission(this.#context, 'hlsStreaming');
    const connection = joinedConnection(this.#context, 'stopLiveStream');
    this.#context.store.update((state) => ({ ...state, liveStream: liveStreamStopping(state.liveStream) }));
    await this.#tellRefusal('stop', connection.request('hls-stop', { stop_reason: reason }));
  }

  async sendTimedMetadata(payload: string, duration: number): Promise<void> {
    expectPermission(this.#context, 'hlsStreaming');
    const params = { metadata_objs: [{ payload, duration }] };
    await joinedConnection(this.#context, 'sendTimedMetadata').request('hls-timed-metadata', params);
  }

  async compose(wish: CompositionWish): Promise<Composition> {
    expectPermission(this.#context, 'hlsStreaming');
    const answer = await joinedConnection(this.#context, 'composeLiveStream').request('hls-composition', wish);
    const composition = readAnswer(compositionInfo, 'hls-composition', answer);
    this.#context.store.update((state) => ({ ...state, composition }));
    return composition;
  }

  /** What others have changed; of what was never asked for, a change says too little. */
  handle(notification: Notification): void {
    if (notification.method !== 'on-hls-composition') return;
    const change = notification.params;
    this.#context.store.update((state) =>
      state.composition ? { ...state, composition: { ...state.composition, ...change } as Composition } : state,
    );
  }

  async #tellRefusal(what: 'start' | 'stop', request: Promise<unknown>): Promise<void> {
    try {
      await request;
    } catch (error) {
      const { message } = toClientError(error, 'refused', what);
      this.#context.store.update((state) => ({
        ...state,
        liveStream: liveStreamRefused(state.liveStream, what, message),
      }));
      throw error;
    }
  }
}
