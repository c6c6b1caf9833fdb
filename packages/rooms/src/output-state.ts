import type { Millis } from '@amphi/base';
import type { OutputUpdate, RtmpTargetState } from '@amphi/protocol';
import type { StopReason } from './stop-reason.ts';

/** What goes out of a session beside its live stream, as people are told of it; each has a state of its own. */
export type OutputKind =
  /** A recording of the composed stage. */
  | 'browser'
  /** A recording of the live stream. */
  | 'hls'
  /** What is sent to other platforms. */
  | 'rtmp'
  /** A recording of each track by itself; `sfu` to clients. */
  | 'tracks';

export type OutputState =
  | { readonly phase: 'none' }
  | ({ readonly phase: 'initialised' } & OutputBeginning)
  | ({
      readonly phase: 'started';
      readonly startedAt: Millis;
      /** Of a recording: nothing is written at present, or something is again. */
      readonly pause?: 'paused' | 'resumed';
    } & OutputBeginning)
  | ({ readonly phase: 'stopped'; readonly jobId: string } & Pick<OutputBeginning, 'kept'>)
  | ({ readonly phase: 'failed'; readonly jobId: string; readonly error: OutputFailure } & Pick<
      OutputBeginning,
      'kept'
    >);

export interface OutputBeginning {
  /** Of the recording, live stream or external stream that it belongs to. */
  readonly jobId: string;
  readonly initialisedAt: Millis;
  /** Name of the template's destination by which the stage is composed. */
  readonly destination: string;
  /** Platforms that it is sent to, in the order in which they were given. */
  readonly targets?: readonly RtmpTargetState[];
  /** What is kept of a live stream. */
  readonly kept?: KeptForms;
}

/** As the public clients are told: an HLS playlist of the whole, an MP4 file of each layer. */
export interface KeptForms {
  readonly hls_vod: boolean;
  readonly single_file_per_layer: boolean;
}

export interface OutputFailure {
  readonly code: number;
  readonly message: string;
}

/** Facts about an output. Those about another job than the present one change nothing. */
export type OutputEvent =
  | ({ readonly type: 'requested' } & OutputBeginning)
  /** Something arrives, at first or again. */
  | { readonly type: 'started'; readonly jobId: string; readonly at: Millis }
  /** Of a recording: nothing is written any more, as is wanted. */
  | { readonly type: 'paused'; readonly jobId: string; readonly at: Millis }
  /** One of the platforms, by its place among them. */
  | {
      readonly type: 'targetChanged';
      readonly jobId: string;
      readonly index: number;
      readonly state: RtmpTargetState['state'];
      readonly reason?: string;
    }
  | { readonly type: 'stopped'; readonly jobId: string; readonly why?: StopReason }
  | {
      readonly type: 'failed';
      readonly jobId: string;
      readonly error: OutputFailure;
      /** For back ends (server API, 5.7). */
      readonly errorType?: string;
    };

export type RunningOutput = Extract<OutputState, { phase: 'initialised' | 'started' }>;

export function isOutputRunning(state: OutputState): state is RunningOutput {
  return state.phase === 'initialised' || state.phase === 'started';
}

/** The next state; the same object when the event changes nothing. */
export function outputAfter(state: OutputState, event: OutputEvent): OutputState {
  if (event.type === 'requested') {
    const { type: _, ...beginning } = event;
    return isOutputRunning(state) ? state : { phase: 'initialised', ...beginning };
  }
  if (!isOutputRunning(state) || state.jobId !== event.jobId) return state;
  switch (event.type) {
    case 'started':
      if (state.phase === 'initialised') return { ...state, phase: 'started', startedAt: event.at };
      // A process that was started again makes it start again; its first start stays.
      return state.pause === 'paused' ? { ...state, pause: 'resumed' } : state;
    case 'paused':
      if (state.phase === 'started' && state.pause === 'paused') return state;
      // One that was paused when the server was killed has begun before that.
      return { startedAt: event.at, ...state, phase: 'started', pause: 'paused' };
    case 'targetChanged': {
      const { index, state: next, reason } = event;
      const targets = state.targets?.map((target, at) =>
        at === index ? { server: target.server, state: next, ...(reason === undefined ? {} : { reason }) } : target,
      );
      return targets ? { ...state, targets } : state;
    }
    case 'stopped':
      return { phase: 'stopped', jobId: state.jobId, ...keptOf(state) };
    case 'failed':
      return { phase: 'failed', jobId: state.jobId, error: event.error, ...keptOf(state) };
  }
}

function keptOf({ kept }: RunningOutput): Pick<OutputBeginning, 'kept'> {
  return kept ? { kept } : {};
}

/**
 * The phase of a recording and what is sent to other platforms, which were started together: it has begun when either has,
 * is over when both are, and has failed when both have.
 */
export function phaseOfJob(jobId: string, states: readonly OutputState[]): OutputState['phase'] {
  const own = states.flatMap((state) => (state.phase !== 'none' && state.jobId === jobId ? [state.phase] : []));
  for (const phase of ['started', 'initialised', 'stopped'] as const) if (own.includes(phase)) return phase;
  return own.length > 0 ? 'failed' : 'none';
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
      return {
        state: state.pause ?? 'started',
        initialised_at: state.initialisedAt,
        started_at: state.startedAt,
      };
    case 'failed':
      return { state: 'failed', error: { ...state.error } };
  }
}
