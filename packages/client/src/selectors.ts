import { type Level, levelOf } from '@amphi/protocol';
import type { RemotePeer, RemoteTrack, SessionState } from './state.ts';

/** Level of another person; undefined while the role is unknown. */
export function levelOfPeer(state: Pick<SessionState, 'roles'>, peer: RemotePeer): Level | undefined {
  const role = state.roles[peer.roleName];
  return role && levelOf(role);
}

/** People who watch: everyone in the room but those on stage. */
export function viewerCount(state: SessionState): number {
  const others = Object.values(state.peers);
  const onStage = others.filter((peer) => levelOfPeer(state, peer) === 'stage').length;
  const total = Math.max(state.room.peerCount ?? 0, others.length + 1);
  return Math.max(0, total - onStage - (state.self.level === 'stage' ? 1 : 0));
}

/** The track of this kind and source; `source` is `regular` for camera and microphone. */
export function trackOfPeer(
  state: Pick<SessionState, 'tracks'>,
  peerId: string,
  kind: 'audio' | 'video',
  source = 'regular',
): RemoteTrack | undefined {
  return Object.values(state.tracks).find(
    (track) => track.peerId === peerId && track.kind === kind && track.source === source,
  );
}
