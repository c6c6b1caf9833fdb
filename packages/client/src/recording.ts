import type { OutputUpdate, RtmpUpdate } from '@amphi/protocol';
import { NOT_RECORDED, type RecordingState, type RtmpState } from './state.ts';

/**
 * A recording after the server told its state, by `on-record-update` or in a room object (client protocol, 8.2 and 8.7).
 * A room object repeats the state without the error, so a failure that is known stays.
 */
export function recordingAfterUpdate(before: RecordingState, update: OutputUpdate): RecordingState {
  const next = after(before, update);
  const isSame =
    next.status === before.status &&
    next.startedAt === before.startedAt &&
    next.error === before.error &&
    next.isPaused === before.isPaused;
  return isSame ? before : next;
}

/** The same for what is sent to other platforms (`on-rtmp-update`). */
export function rtmpAfterUpdate(before: RtmpState, update: RtmpUpdate): RtmpState {
  const { status, startedAt, error } = after({ ...before, isPaused: false }, update);
  const targets = (update.targets ?? []).map(({ server, state, reason }) => ({ server, state, reason }));
  return { status, startedAt, error, targets };
}

function after(before: RecordingState, { state, started_at: startedAt, error }: OutputUpdate): RecordingState {
  switch (state) {
    case 'initialised':
      return { status: 'starting', startedAt: undefined, error: undefined, isPaused: false };
    case 'started':
    case 'paused':
    case 'resumed':
      // Our own request to stop is not undone by news that were under way.
      return {
        status: before.status === 'stopping' ? 'stopping' : 'on',
        startedAt,
        error: undefined,
        isPaused: state === 'paused',
      };
    case 'failed':
      return {
        status: 'failed',
        startedAt: undefined,
        error: error?.message ?? before.error ?? 'the recording failed',
        isPaused: false,
      };
    case 'none':
    case 'stopped':
      return NOT_RECORDED;
  }
}
