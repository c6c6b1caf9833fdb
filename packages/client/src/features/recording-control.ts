import { toClientError } from '../errors.ts';
import { expectPermission, joinedConnection, type SessionContext } from '../session-context.ts';
import type { RecordingState } from '../state.ts';

/** Starts and stops the recording of the stage; a refusal is told in the state as well. */
export class RecordingControl {
  readonly #context: SessionContext;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  async start(): Promise<void> {
    expectPermission(this.#context, 'browserRecording');
    const connection = joinedConnection(this.#context, 'startRecording');
    this.#become({ status: 'starting', startedAt: undefined, error: undefined });
    try {
      await connection.request('rtmp-start', { rtmp_urls: [], record: true });
    } catch (error) {
      const { message } = toClientError(error, 'refused', 'start');
      const { recording } = this.#context.store.get();
      // What began meanwhile goes on.
      if (recording.status === 'starting') this.#become({ status: 'failed', startedAt: undefined, error: message });
      throw error;
    }
  }

  async stop(): Promise<void> {
    expectPermission(this.#context, 'browserRecording');
    const connection = joinedConnection(this.#context, 'stopRecording');
    const { recording: before } = this.#context.store.get();
    if (before.status === 'on') this.#become({ ...before, status: 'stopping' });
    try {
      await connection.request('rtmp-stop', {});
    } catch (error) {
      const { recording } = this.#context.store.get();
      if (recording.status === 'stopping') this.#become({ ...recording, status: 'on' });
      throw error;
    }
  }

  #become(recording: RecordingState): void {
    this.#context.store.update((state) => ({ ...state, recording }));
  }
}
