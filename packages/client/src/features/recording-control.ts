import { toClientError } from '../errors.ts';
import { expectPermission, joinedConnection, type SessionContext } from '../session-context.ts';
import type { RecordingState } from '../state.ts';

/** What is started and stopped by `rtmp-start` and `rtmp-stop`. */
type Output = 'recording' | 'rtmp';

const PERMISSIONS = { recording: 'browserRecording', rtmp: 'rtmpStreaming' } as const;

/** Which recording: of the stage, or of the live stream. */
export type RecordingChoice = 'stage' | 'stream';

const PAUSES = {
  stage: { type: 'Browser', permission: 'browserRecording' },
  stream: { type: 'HLS', permission: 'hlsStreaming' },
} as const;

/**
 * Starts and stops the recording of the stage, and what is sent to other platforms; a refusal is told in the state as well.
 * Pauses recordings.
 * Both are started together if both are wanted, and stopped together.
 */
export class RecordingControl {
  readonly #context: SessionContext;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  async start(wanted: {
    /** Undefined: as the template says. */
    readonly record: boolean | undefined;
    /** To other platforms. */
    readonly isSent: boolean;
    readonly rtmpUrls: readonly string[];
  }): Promise<void> {
    const { record, isSent, rtmpUrls } = wanted;
    const outputs: Output[] = [...(record ? (['recording'] as const) : []), ...(isSent ? (['rtmp'] as const) : [])];
    for (const output of outputs) expectPermission(this.#context, PERMISSIONS[output]);
    const connection = joinedConnection(this.#context, isSent ? 'startRtmp' : 'startRecording');
    for (const output of outputs) this.#become(output, { status: 'starting', startedAt: undefined, error: undefined });
    try {
      await connection.request('rtmp-start', { rtmp_urls: [...rtmpUrls], ...(record === undefined ? {} : { record }) });
    } catch (error) {
      const { message } = toClientError(error, 'refused', 'start');
      for (const output of outputs) {
        // What began meanwhile goes on.
        if (this.#status(output) !== 'starting') continue;
        this.#become(output, { status: 'failed', startedAt: undefined, error: message });
      }
      throw error;
    }
  }

  /** @param what by which the app means it */
  async stop(what: Output): Promise<void> {
    expectPermission(this.#context, PERMISSIONS[what]);
    const connection = joinedConnection(this.#context, what === 'recording' ? 'stopRecording' : 'stopRtmp');
    const running = (['recording', 'rtmp'] as const).filter((output) => this.#status(output) === 'on');
    for (const output of running) this.#become(output, { status: 'stopping' });
    try {
      await connection.request('rtmp-stop', {});
    } catch (error) {
      for (const output of running) if (this.#status(output) === 'stopping') this.#become(output, { status: 'on' });
      throw error;
    }
  }

  /** The state says when it is so. */
  async setPaused(isPaused: boolean, which: RecordingChoice): Promise<void> {
    const { type, permission } = PAUSES[which];
    expectPermission(this.#context, permission);
    const connection = joinedConnection(this.#context, isPaused ? 'pauseRecording' : 'resumeRecording');
    await connection.request(isPaused ? 'recording-pause' : 'recording-resume', { type });
  }

  #status(output: Output): RecordingState['status'] {
    return this.#context.store.get()[output].status;
  }

  #become(output: Output, change: Partial<RecordingState>): void {
    this.#context.store.update((state) => ({ ...state, [output]: { ...state[output], ...change } }));
  }
}
