import { levelOf, type Notification, type Peer, type PeerInfo, type RoomState, type TrackState } from '@amphi/protocol';
import { liveStreamAfterUpdate } from './live-stream.ts';
import type { ChatMessage, RemotePeer, RemoteTrack, SessionState } from './state.ts';
import { MESSAGES_KEPT } from './state.ts';
import type { Received } from './subscribe-connection.ts';

/** Broadcast type of chat; anything else is an app's own event. */
export const CHAT_TYPE = 'chat';

/**
 * What a notification of the server makes of the state (client protocol, section 8). Pure. Notifications that ask for
 * more than a change of state (offers, candidates, leaving) are the session's; their part here is only what they show.
 */
export function stateAfterNotification(state: SessionState, notification: Notification): SessionState {
  switch (notification.method) {
    case 'on-policy-change': {
      const { name, known_roles: roles } = notification.params;
      const role = roles[name];
      return { ...state, roles, self: { ...state.self, role, level: role && levelOf(role) } };
    }
    case 'peer-list':
      return afterPeerList(afterRoom(state, notification.params.room), Object.values(notification.params.peers));
    case 'room-state': {
      const { room, peers, peer_count: peerCount } = notification.params;
      // Once joined, `peer-list` and the events after it are the truth (client protocol, 8.3).
      if (state.connection.status === 'joined') return state;
      const next = afterRoom(state, room);
      const counted = { ...next, room: { ...next.room, peerCount } };
      return peers ? { ...counted, peers: byId(Object.values(peers).map(remotePeer)), tracks: {} } : counted;
    }
    case 'session-info': {
      const { session_id: sessionId, room_id: id, peer_count: peerCount } = notification.params;
      return { ...state, room: { ...state.room, sessionId, id, peerCount } };
    }
    case 'room-info': {
      const { room_id: id, name, description } = notification.params;
      return { ...state, room: { ...state.room, id, name, description } };
    }
    case 'on-peer-join': {
      const peer = remotePeer(notification.params);
      const joined = withPeers(state, { ...state.peers, [peer.id]: peer });
      return afterTracks(joined, peer.id, notification.params.tracks);
    }
    case 'on-peer-leave':
      return withoutPeer(state, notification.params.peer_id);
    case 'on-peer-update':
      return afterPeerUpdate(state, notification.params);
    case 'on-track-add':
    case 'on-track-update': {
      const { peer, tracks } = notification.params;
      if (peer.peer_id === state.self.peerId) return state;
      const known = state.peers[peer.peer_id]
        ? state
        : withPeers(state, { ...state.peers, [peer.peer_id]: remotePeer(peer) });
      return afterTracks(known, peer.peer_id, tracks);
    }
    case 'on-track-remove':
      return { ...state, tracks: without(state.tracks, Object.keys(notification.params.tracks)) };
    case 'on-track-layer-update':
      return afterLayers(state, notification.params.tracks);
    case 'active-speakers': {
      const loud = notification.params['speaker-list'].filter(({ level }) => level > 0);
      if (loud.length === 0 && Object.keys(state.speakers).length === 0) return state;
      return { ...state, speakers: Object.fromEntries(loud.map((speaker) => [speaker.peer_id, speaker.level])) };
    }
    case 'on-broadcast':
      return notification.params.info.type === CHAT_TYPE
        ? withMessage(state, messageOf(notification.params, state))
        : state;
    case 'on-role-change-request': {
      const { requested_by: requestedBy, role, token } = notification.params;
      const known = state.roles[role];
      const requesterName = (requestedBy && state.peers[requestedBy]?.name) || '';
      const level = known && levelOf(known);
      return { ...state, invitation: { roleName: role, level, requestedBy, requesterName, token } };
    }
    case 'on-hls-update': {
      const liveStream = liveStreamAfterUpdate(state.liveStream, notification.params);
      return liveStream === state.liveStream ? state : { ...state, liveStream };
    }
    default:
      return state;
  }
}

/** What is received now; tracks of which nothing has changed keep their identity. */
export function stateAfterMedia(state: SessionState, received: Received): SessionState {
  let isChanged = false;
  const tracks = Object.fromEntries(
    Object.entries(state.tracks).map(([id, track]) => {
      const media = received.tracks.get(id);
      const isUnplayable = received.refused.has(id);
      if (track.media === media && track.isUnplayable === isUnplayable) return [id, track];
      isChanged = true;
      return [id, { ...track, media, isUnplayable }];
    }),
  );
  return isChanged ? { ...state, tracks } : state;
}

export function withMessage(state: SessionState, message: ChatMessage): SessionState {
  if (state.messages.some(({ id }) => id === message.id)) return state;
  return { ...state, messages: [...state.messages, message].slice(-MESSAGES_KEPT) };
}

function afterRoom(state: SessionState, room: RoomState): SessionState {
  return {
    ...state,
    room: { ...state.room, name: room.name, sessionId: room.session_id, startedAt: room.started_at },
    liveStream: liveStreamAfterUpdate(state.liveStream, room.streaming.hls),
  };
}

/** The full truth about the others: whoever is not in it has left (client protocol, 8.3). */
function afterPeerList(state: SessionState, peers: readonly Peer[]): SessionState {
  const others = peers.filter((peer) => peer.peer_id !== state.self.peerId);
  const listed = new Set(others.flatMap((peer) => Object.keys(peer.tracks)));
  const stale = Object.keys(state.tracks).filter((id) => !listed.has(id));
  const base: SessionState = {
    ...state,
    peers: byId(others.map(remotePeer)),
    tracks: without(state.tracks, stale),
  };
  return others.reduce((next, peer) => afterTracks(next, peer.peer_id, peer.tracks), base);
}

function afterPeerUpdate(state: SessionState, update: PeerInfo & { readonly realtime: boolean }): SessionState {
  if (update.peer_id === state.self.peerId) {
    const { name, data } = update.info;
    return { ...state, self: { ...state.self, name: name || state.self.name, data: data || state.self.data } };
  }
  if (!update.realtime) return withoutPeer(state, update.peer_id);
  const before = state.peers[update.peer_id];
  const next = remotePeer(update);
  return withPeers(state, {
    ...state.peers,
    [next.id]: before
      ? { ...next, name: next.name || before.name, data: next.data || before.data, joinedAt: before.joinedAt }
      : next,
  });
}

function afterTracks(state: SessionState, peerId: string, tracks: Readonly<Record<string, TrackState>>): SessionState {
  if (Object.keys(tracks).length === 0) return state;
  const next: Record<string, RemoteTrack> = { ...state.tracks };
  for (const track of Object.values(tracks)) {
    const before = next[track.track_id];
    next[track.track_id] = {
      id: track.track_id,
      streamId: track.stream_id,
      peerId,
      kind: track.type,
      source: track.source,
      isMuted: track.mute,
      isDegraded: before?.isDegraded ?? false,
      isUnplayable: before?.isUnplayable ?? false,
      layer: before?.layer,
      media: before?.media,
    };
  }
  return { ...state, tracks: next };
}

type LayerUpdates = Extract<Notification, { method: 'on-track-layer-update' }>['params']['tracks'];

function afterLayers(state: SessionState, updates: LayerUpdates): SessionState {
  const tracks: Record<string, RemoteTrack> = { ...state.tracks };
  for (const update of Object.values(updates)) {
    const track = tracks[update.track_id];
    if (!track) continue;
    // Lowered but still sent is no loss worth telling (client protocol, 6.7).
    const isDegraded = update.current_layer === 'none' && (update.subscriber_degraded || update.publisher_degraded);
    tracks[update.track_id] = { ...track, layer: update.current_layer, isDegraded };
  }
  return { ...state, tracks };
}

type Broadcast = Extract<Notification, { method: 'on-broadcast' }>['params'];

function messageOf(broadcast: Broadcast, state: SessionState): ChatMessage {
  const { peer, roles, info } = broadcast;
  return {
    id: broadcast.message_id,
    text: info.message,
    sentAt: broadcast.timestamp,
    sender: {
      peerId: peer?.peer_id,
      name: peer?.info.name ?? '',
      roleName: peer?.role ?? '',
      isSelf: peer?.peer_id === state.self.peerId,
    },
    recipients: broadcast.private
      ? { to: 'peer', peerId: state.self.peerId }
      : roles && roles.length > 0
        ? { to: 'roles', roles }
        : { to: 'everyone' },
    delivery: 'sent',
  };
}

function remotePeer(peer: PeerInfo & { readonly joined_at?: number }): RemotePeer {
  return {
    id: peer.peer_id,
    name: peer.info.name,
    data: peer.info.data,
    userId: peer.info.user_id,
    roleName: peer.role,
    groups: peer.groups,
    joinedAt: peer.joined_at ?? 0,
  };
}

function withoutPeer(state: SessionState, peerId: string): SessionState {
  if (!state.peers[peerId]) return state;
  const owned = Object.values(state.tracks).filter((track) => track.peerId === peerId);
  return {
    ...state,
    peers: without(state.peers, [peerId]),
    tracks: without(
      state.tracks,
      owned.map(({ id }) => id),
    ),
    speakers: without(state.speakers, [peerId]),
  };
}

function withPeers(state: SessionState, peers: SessionState['peers']): SessionState {
  return { ...state, peers };
}

function byId(peers: readonly RemotePeer[]): SessionState['peers'] {
  return Object.fromEntries(peers.map((peer) => [peer.id, peer]));
}

function without<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Readonly<Record<string, T>> {
  if (!keys.some((key) => key in record)) return record;
  const gone = new Set(keys);
  return Object.fromEntries(Object.entries(record).filter(([key]) => !gone.has(key)));
}
