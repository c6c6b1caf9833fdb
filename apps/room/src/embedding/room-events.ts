import { HAND_RAISED, type LeaveReason, type SessionState } from '@amphi/client';
import type { RoomEvent } from '@amphi/client/embed';

/** What of a session the page around is told, as it is now. */
export interface RoomFacts {
  /** In the room, a lost connection that may come back included. */
  readonly isIn: boolean;
  readonly left: LeaveReason | undefined;
  readonly peerId: string;
  readonly name: string;
  readonly role: string;
  readonly level: string;
  /** Undefined while nothing is on air. */
  readonly liveUrl: string | undefined;
  readonly hasMicrophone: boolean;
  readonly hasCamera: boolean;
  readonly isHandRaised: boolean;
}

export function factsOf({ connection, self, liveStream, microphone, camera }: SessionState): RoomFacts {
  const isLive = liveStream.status === 'live' || liveStream.status === 'stopping';
  return {
    isIn: connection.status === 'joined' || (connection.status === 'reconnecting' && connection.wasJoined),
    left: connection.status === 'left' ? connection.reason : undefined,
    peerId: self.peerId,
    name: self.name,
    role: self.role?.name ?? '',
    level: self.level ?? '',
    liveUrl: isLive ? liveStream.url : undefined,
    hasMicrophone: microphone.isEnabled,
    hasCamera: camera.isEnabled,
    isHandRaised: self.groups.includes(HAND_RAISED),
  };
}

/** What has happened between two readings, in the order in which it is told. */
export function eventsBetween(before: RoomFacts, after: RoomFacts): RoomEvent[] {
  const events: RoomEvent[] = [];
  const { peerId, name, role, level, left } = after;
  if (after.isIn && !before.isIn) events.push({ name: 'joined', detail: { peerId, name, role, level } });
  if (after.isIn && before.isIn && role !== before.role) {
    events.push({ name: 'role-changed', detail: { from: before.role, to: role } });
  }
  if (after.hasMicrophone !== before.hasMicrophone) {
    events.push({ name: 'microphone-changed', detail: { isOn: after.hasMicrophone } });
  }
  if (after.hasCamera !== before.hasCamera) {
    events.push({ name: 'camera-changed', detail: { isOn: after.hasCamera } });
  }
  if (after.isHandRaised !== before.isHandRaised) {
    events.push({ name: 'hand-changed', detail: { isRaised: after.isHandRaised } });
  }
  if (after.liveUrl !== before.liveUrl) {
    if (before.liveUrl !== undefined) events.push({ name: 'live-stopped', detail: {} });
    if (after.liveUrl !== undefined) events.push({ name: 'live-started', detail: { url: after.liveUrl } });
  }
  if (left && !before.left) {
    const message = left.kind === 'left' ? '' : left.message;
    if (left.kind === 'failed') events.push({ name: 'error', detail: { code: left.code, message } });
    events.push({ name: 'left', detail: { reason: left.kind, message } });
  }
  return events;
}
