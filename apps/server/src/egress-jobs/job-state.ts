import { backoffMs, type Millis, unreachable } from '@amphi/base';

/** When an egress process is taken for broken, and how often it is tried again. */
export interface EgressPolicy {
  /** Until its message is made, and from launch to the first part at the origin. */
  readonly startTimeoutMs: Millis;
  /** Longest silence of a running process; it reports every five seconds. */
  readonly silenceMs: Millis;
  /** From the order to stop until the process is killed. */
  readonly drainTimeoutMs: Millis;
  /** Failures in a row after which the stream is given up. */
  readonly maxFailures: number;
  /** A process that streamed this long counts as healed. */
  readonly stableMs: Millis;
  readonly backoff: { readonly firstMs: Millis; readonly capMs: Millis; readonly random?: () => number };
}

export const DEFAULT_EGRESS_POLICY: EgressPolicy = {
  startTimeoutMs: 30_000,
  silenceMs: 20_000,
  drainTimeoutMs: 10_000,
  maxFailures: 5,
  stableMs: 30_000,
  backoff: { firstMs: 200, capMs: 5_000 },
};

/** One composed stream's process over all its restarts. `failures` counts those in a row. */
export type EgressJobState =
  /** Its message is being made; there is no process. */
  | { readonly phase: 'preparing'; readonly failures: number; readonly since: Millis }
  | { readonly phase: 'starting'; readonly failures: number; readonly since: Millis }
  | { readonly phase: 'streaming'; readonly failures: number; readonly since: Millis; readonly heardAt: Millis }
  | { readonly phase: 'waiting'; readonly failures: number; readonly until: Millis }
  | { readonly phase: 'draining'; readonly since: Millis }
  | { readonly phase: 'ended'; readonly outcome: 'stopped' | 'failed' };

export type EgressJobEvent =
  /** The message is made. */
  | { readonly type: 'prepared' }
  /** The message could not be made. */
  | { readonly type: 'unprepared' }
  | { readonly type: 'streaming' }
  /** Any sign of life. */
  | { readonly type: 'heard' }
  /** The process is gone, or could not be started. */
  | { readonly type: 'exited' }
  | { readonly type: 'stopRequested' }
  /** Time went by. */
  | { readonly type: 'tick' };

/** What the owner of the process has to do; in this order. */
export type EgressJobAction = 'prepare' | 'launch' | 'kill' | 'askToStop';

export interface EgressJobStep {
  readonly state: EgressJobState;
  readonly actions: readonly EgressJobAction[];
}

/** Decides about a process; knows neither processes nor timers. */
export function step(state: EgressJobState, event: EgressJobEvent, now: Millis, policy: EgressPolicy): EgressJobStep {
  const stay: EgressJobStep = { state, actions: [] };
  switch (state.phase) {
    case 'preparing':
      if (event.type === 'prepared') {
        return { state: { phase: 'starting', failures: state.failures, since: now }, actions: ['launch'] };
      }
      if (event.type === 'stopRequested') return { state: { phase: 'ended', outcome: 'stopped' }, actions: [] };
      if (event.type === 'unprepared' || (event.type === 'tick' && now - state.since >= policy.startTimeoutMs)) {
        return afterFailure(state.failures + 1, now, policy);
      }
      return stay;
    case 'starting':
      if (event.type === 'streaming') {
        return { state: { phase: 'streaming', failures: state.failures, since: now, heardAt: now }, actions: [] };
      }
      if (event.type === 'exited') return afterFailure(state.failures + 1, now, policy);
      if (event.type === 'stopRequested') return drain(now);
      // A killed process reports `exited`, and that counts.
      if (event.type === 'tick' && now - state.since >= policy.startTimeoutMs) {
        return { state: { ...state, since: now }, actions: ['kill'] };
      }
      return stay;
    case 'streaming':
      if (event.type === 'heard' || event.type === 'streaming') {
        return { state: { ...state, heardAt: now }, actions: [] };
      }
      if (event.type === 'exited') {
        const failures = now - state.since >= policy.stableMs ? 0 : state.failures;
        return afterFailure(failures + 1, now, policy);
      }
      if (event.type === 'stopRequested') return drain(now);
      if (event.type === 'tick' && now - state.heardAt >= policy.silenceMs) {
        return { state: { ...state, heardAt: now }, actions: ['kill'] };
      }
      return stay;
    case 'waiting':
      if (event.type === 'stopRequested') return { state: { phase: 'ended', outcome: 'stopped' }, actions: [] };
      if (event.type === 'tick' && now >= state.until) {
        return { state: { phase: 'preparing', failures: state.failures, since: now }, actions: ['prepare'] };
      }
      return stay;
    case 'draining':
      if (event.type === 'exited') return { state: { phase: 'ended', outcome: 'stopped' }, actions: [] };
      if (event.type === 'tick' && now - state.since >= policy.drainTimeoutMs) {
        return { state: { ...state, since: now }, actions: ['kill'] };
      }
      return stay;
    case 'ended':
      return stay;
    default:
      return unreachable(state);
  }
}

/** When a `tick` has something to do next. */
export function nextTickAt(state: EgressJobState, policy: EgressPolicy): Millis | undefined {
  switch (state.phase) {
    case 'preparing':
    case 'starting':
      return state.since + policy.startTimeoutMs;
    case 'streaming':
      return state.heardAt + policy.silenceMs;
    case 'waiting':
      return state.until;
    case 'draining':
      return state.since + policy.drainTimeoutMs;
    case 'ended':
      return undefined;
    default:
      return unreachable(state);
  }
}

function drain(now: Millis): EgressJobStep {
  return { state: { phase: 'draining', since: now }, actions: ['askToStop'] };
}

function afterFailure(failures: number, now: Millis, policy: EgressPolicy): EgressJobStep {
  if (failures >= policy.maxFailures) return { state: { phase: 'ended', outcome: 'failed' }, actions: [] };
  const until = now + backoffMs(failures - 1, policy.backoff);
  return { state: { phase: 'waiting', failures, until }, actions: [] };
}
