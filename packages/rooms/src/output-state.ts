import type { Millis } from '@amphi/base';
import type { OutputUpdate } from '@amphi/protocol';

/** What goes out of a session beside its live stream, as people are told of it; each has a state of its own. */
export type OutputKind =
  /** A recording of the composed stage. */
  | 'browser'
  /** A recording of the live stream. */
  | 'hls'
  /** What is sent to other platforms. */
  | 'rtmp';

export type OutputState =
  | { readonly phase: 'none' }
  | ({ readonly phase: 'initialised' } & OutputBeginning)
  | ({ readonly phase: 'started'; readonly startedAt: Millis } & OutputBeginning)
  | { readonly phase: 'stopped'; readonly jobId: string }
  | { readonly phase: 'failed'; readonly jobId: string; readonly error: OutputFailure };

export interface OutputBeginning {
  /** Of the recording, live stream or external stream that it belongs to. */
  readonly jobId: string;
  readonly initialisedAt: Millis;
  /** Name of the template's destination by which the stage is composed. */
  readonly destination: string;
}

export interface OutputFailure {
  readonly code: number;
  readonly message: string;
}

/** Facts about an output. Those about another job than the present one change nothing. */
export type OutputEvent =
  | ({ readonly type: 'requested' } & OutputBeginning)
  | { readonly type: 'started'; readonly jobId: string; readonly at: Millis }
  | { readonly type: 'stopped'; readonly jobId: string }
  | { readonly type: 'failed'; readonly jobId: string; readonly error: OutputFailure };

export type RunningOutput = Extract<OutputState, { phase: 'initialised' | 'started' }>;

export function isOutputRunning(state: OutputState): state is RunningOutput {
  return state.phase === 'initialised' || state.phase === 'started';
}

/** The next state; the same object when the event changes nothing. */
export function outputAfter(state: OutputState, event: OutputEvent): OutputState {
  if (event.type === 'requested') {
    const { jobId, initialisedAt, destination } = event;
    return isOutputRunning(state) ? state : { phase: 'initialised', jobId, initialisedAt, destination };
  }
  if (!isOutputRunning(state) || state.jobId !== event.jobId) return state;
  switch (event.type) {
    case 'started':
      // A process that was started again makes it start again; its first start stays.
      return state.phase === 'started' ? state : { ...state, phase: 'started', startedAt: event.at };
    case 'stopped':
      return { phase: 'stopped', jobId: state.jobId };
    case 'failed':
      return { phase: 'failed', jobId: state.jobId, error: event.error };
  }
}

/** The state in the words of `on-record-update`, `on-rtmp-update` and the room object (client protocol, 8.2 and 8.7). */
export function outputUpdateOf(state: OutputState): OutputUpdate {
  switch (state.phase) {
    case 'none':
    case 'stopped':
      return { state: state.phase };
    case 'initialised':
      return { state: 'initialised', initialised_at: state.initialisedAt };
    case 'started':
      return { state: 'started', initialised_at: state.initialisedAt, started_at: state.startedAt };
    case 'failed':
      return { state: 'failed', error: { ...state.error } };
  }
}
