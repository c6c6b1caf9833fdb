import type { NotificationParams, RoomState } from '@amphi/protocol';
import { outputsInRoom } from './outputs.ts';
import { countsOf, type Session } from './session.ts';
import { hlsInRoom, isRunning } from './stream-state.ts';

/** `on-policy-change` for a peer, or a preview, with this role. All roles of the template are in it. */
export function policyFor(session: Session, roleName: string): NotificationParams<'on-policy-change'> {
  return {
    name: roleName,
    template_id: session.settings.templateId,
    known_roles: { ...session.roles },
  };
}

export function roomInfoOf(session: Session): NotificationParams<'room-info'> {
  const { roomId, roomName, description, maxPeers } = session.settings;
  return {
    room_id: roomId,
    name: roomName,
    description,
    max_size: maxPeers,
    large_room_optimization: session.isLarge,
    ...(session.history && { chat_history: true }),
    ...(session.boardRoles.admin.length > 0 && { whiteboard: session.boardRoles }),
  };
}

export function sessionInfoOf(session: Session): NotificationParams<'session-info'> {
  const { peerCount, trackCount, peersByRole } = countsOf(session);
  const { sessionId, roomId } = session.settings;
  return {
    session_id: sessionId,
    room_id: roomId,
    peer_count: peerCount,
    track_count: trackCount,
    peers_by_role: peersByRole,
  };
}

/** Complete on purpose: clients overwrite all they knew with it (client protocol, 8.2). */
export function roomStateOf(session: Session): RoomState {
  const { recording, rtmp } = outputsInRoom(session.outputs);
  return {
    name: session.settings.roomName,
    session_id: session.settings.sessionId,
    started_at: session.settings.startedAt,
    recording,
    streaming: { enabled: isRunning(session.stream) || rtmp.enabled, rtmp, hls: hlsInRoom(session.stream) },
    transcriptions: [],
  };
}
