import { PublicError, type RoomState, type RtmpUpdate } from '@amphi/protocol';
import { type Effects, fact, notify } from './effects.ts';
import { whyOf } from './facts.ts';
import {
  isOutputRunning,
  type KeptForms,
  type OutputEvent,
  type OutputKind,
  type OutputState,
  outputAfter,
  outputUpdateOf,
  phaseOfJob,
} from './output-state.ts';
import { memberOf, requirePermission, type Session, visibleMembers } from './session.ts';

/** What a recording and what goes to other platforms have in common: they are started and stopped together. */
export interface BeamRequest {
  /** Absent when a back end asks, which needs no role. */
  readonly peerId?: string | undefined;
  readonly record: boolean;
  /** Whether it goes to other platforms. */
  readonly isSent: boolean;
}

/**
 * Whether a recording, or sending to other platforms, may be started now. One at a time: both are started together if
 * both are wanted.
 * @throws PublicError 403 without permission; 400 when one runs already; 410
 */
export function checkBeamStart(session: Session, request: BeamRequest): void {
  const { peerId, record, isSent } = request;
  if (peerId !== undefined) {
    const member = memberOf(session, peerId);
    if (record) requirePermission(member, 'browserRecording');
    if (isSent) requirePermission(member, 'rtmpStreaming');
  }
  if (session.ended) throw new PublicError(410, 'the session has ended');
  if (isBeamRunning(session)) throw new PublicError(400, 'beam already started');
}

/**
 * Whether a peer may stop what runs.
 * @param peerId absent for a back end
 * @throws PublicError 403 without permission; 404 `no active beam found`; 410
 */
export function checkBeamStop(session: Session, peerId: string | undefined): void {
  const { browser, rtmp } = session.outputs;
  if (peerId !== undefined) {
    const member = memberOf(session, peerId);
    if (isOutputRunning(browser) || !isOutputRunning(rtmp)) requirePermission(member, 'browserRecording');
    if (isOutputRunning(rtmp)) requirePermission(member, 'rtmpStreaming');
  }
  if (!isBeamRunning(session)) throw new PublicError(404, 'no active beam found');
}

/** Recordings that can be paused: of the stage, and of the live stream. */
export type RecordingKind = 'browser' | 'hls';

const PAUSE_PERMISSIONS = { browser: 'browserRecording', hls: 'hlsStreaming' } as const;
const NOT_RUNNING = { browser: 'no active beam found', hls: 'hls recording not running' } as const;

/**
 * Whether a peer may pause a recording, or let it go on; whether it is paused is for the one who runs it to say.
 * @param peerId absent for a back end
 * @throws PublicError 403 without permission; 404 when nothing is recorded; 400 before it has begun
 */
export function checkRecordingPause(session: Session, kind: RecordingKind, peerId: string | undefined): void {
  if (peerId !== undefined) requirePermission(memberOf(session, peerId), PAUSE_PERMISSIONS[kind]);
  const state = session.outputs[kind];
  if (!isOutputRunning(state)) throw new PublicError(404, NOT_RUNNING[kind]);
  if (state.phase === 'initialised') throw new PublicError(400, 'the recording has not started yet');
}

export function isBeamRunning({ outputs }: Session): boolean {
  return isOutputRunning(outputs.browser) || isOutputRunning(outputs.rtmp);
}

/** Takes a fact about an output in; everyone is told when it changed something. */
export function handleOutputEvent(session: Session, kind: OutputKind, event: OutputEvent): Effects {
  const before = session.outputs[kind];
  const next = outputAfter(before, event);
  if (next === before || next.phase === 'none') return [];
  const phaseBefore = phaseOf(session, kind, event.jobId);
  session.outputs = { ...session.outputs, [kind]: next };
  const phase = phaseOf(session, kind, event.jobId);
  const everyone = visibleMembers(session).map((member) => member.peerId);
  return [
    ...(phase === phaseBefore || phase === 'none'
      ? []
      : [
          fact({
            type: 'outputChanged',
            kind,
            phase,
            jobId: event.jobId,
            ...whyOf(event),
          }),
        ]),
    ...(kind === 'rtmp'
      ? notify(everyone, 'on-rtmp-update', { ...outputUpdateOf(next), ...targetsOf(next) })
      : notify(everyone, 'on-record-update', {
          type: WIRE_TYPES[kind],
          ...outputUpdateOf(next),
          ...(kind === 'hls' ? { hls_recording: next.kept ?? NOTHING_KEPT } : {}),
        })),
    { type: 'outputChanged' },
  ];
}

/** Of all that was started together: one fact is told for it. */
function phaseOf({ outputs }: Session, kind: OutputKind, jobId: string): OutputState['phase'] {
  return phaseOfJob(jobId, kind === 'browser' || kind === 'rtmp' ? [outputs.browser, outputs.rtmp] : [outputs[kind]]);
}

function targetsOf(state: OutputState): Pick<RtmpUpdate, 'targets'> {
  return isOutputRunning(state) && state.targets ? { targets: [...state.targets] } : {};
}

/** Recordings as `on-record-update` names them. */
const WIRE_TYPES = { browser: 'Browser', hls: 'HLS', tracks: 'sfu' } as const;

const NOTHING_KEPT: KeptForms = { hls_vod: false, single_file_per_layer: false };

/** Outputs in the words of the room object. */
export function outputsInRoom({ browser, hls, rtmp, tracks }: Session['outputs']): {
  readonly recording: RoomState['recording'];
  readonly rtmp: RoomState['streaming']['rtmp'];
} {
  return {
    recording: {
      sfu: inRoom(tracks),
      browser: inRoom(browser),
      hls: {
        ...inRoom(hls),
        config: (isOutputRunning(hls) ? hls.kept : undefined) ?? NOTHING_KEPT,
      },
    },
    rtmp: { ...inRoom(rtmp), ...targetsOf(rtmp) },
  };
}

function inRoom(state: OutputState): RoomState['recording']['browser'] {
  const { error: _, ...update } = outputUpdateOf(state);
  return { enabled: isOutputRunning(state), ...update };
}
