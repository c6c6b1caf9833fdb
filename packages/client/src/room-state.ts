import { levelOf, type Notification, type RoomState } from '@amphi/protocol';
import { type RosterTrack, rosterAfter, toRosterPeer, without } from '@amphi/signaling';
import { pollsAfter } from './features/polls.ts';
import { liveStreamAfterUpdate } from './live-stream.ts';
import { recordingAfterUpdate, rtmpAfterUpdate } from './recording.ts';
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
      return afterRoster(afterRoom(state, notification.params.room), notification);
    case 'room-state': {
      const { room, peers, peer_count: peerCount } = notification.params;
      // Once joined, `peer-list` and the events after it are the truth (client protocol, 8.3).
      if (state.connection.status === 'joined') return state;
      const next = afterRoom(state, room);
      const counted = { ...next, room: { ...next.room, peerCount } };
      return peers ? { ...counted, peers: byId(Object.values(peers).map(toRosterPeer)), tracks: {} } : counted;
    }
    case 'session-info': {
      const {
        session_id: sessionId,
        room_id: id,
        peer_count: peerCount,
        peers_by_role: countsByRole,
      } = notification.params;
      return { ...state, room: { ...state.room, sessionId, id, peerCount, countsByRole } };
    }
    case 'room-info': {
      const { room_id: id, name, description, large_room_optimization: isLarge } = notification.params;
      const { chat_history, whiteboard } = notification.params;
      const room = { ...state.room, id, name, description, isLarge };
      const next = { ...state, room, board: { ...state.board, roles: whiteboard } };
      const isKept = chat_history ?? false;
      if (isKept === state.chatHistory.isKept) return next;
      return { ...next, chatHistory: { isKept, isLoading: false, hasEarlier: isKept } };
    }
    case 'on-peer-leave': {
      const { peer_id: peerId } = notification.params;
      const gone = [peerId];
      return {
        ...afterRoster(state, notification),
        speakers: without(state.speakers, gone),
        quality: without(state.quality, gone),
      };
    }
    case 'on-peer-update':
      return afterPeerUpdate(state, notification);
    case 'on-peer-join':
    case 'on-track-add':
    case 'on-track-update':
    case 'on-track-remove':
    case 'on-track-layer-update':
      return afterRoster(state, notification);
    case 'active-speakers': {
      const loud = notification.params['speaker-list'].filter(({ level }) => level > 0);
      if (loud.length === 0 && Object.keys(state.speakers).length === 0) return state;
      return { ...state, speakers: Object.fromEntries(loud.map((speaker) => [speaker.peer_id, speaker.level])) };
    }
    case 'on-connection-quality-update':
      return afterQuality(state, notification.params.peers);
    case 'on-poll-start':
    case 'on-poll-stop':
    case 'on-poll-stats':
      return pollsAfter(state, notification);
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
    case 'on-metadata-change': {
      const entries = new Map(Object.entries(state.values));
      for (const { key, data } of notification.params.values) {
        if (data === null || data === undefined) entries.delete(key);
        else entries.set(key, data);
      }
      return { ...state, values: Object.fromEntries(entries) };
    }
    case 'on-hls-update': {
      const liveStream = liveStreamAfterUpdate(state.liveStream, notification.params);
      return liveStream === state.liveStream ? state : { ...state, liveStream };
    }
    case 'on-record-update': {
      const which = RECORDINGS[notification.params.type];
      const next = recordingAfterUpdate(state[which], notification.params);
      return next === state[which] ? state : { ...state, [which]: next };
    }
    case 'on-rtmp-update':
      return { ...state, rtmp: rtmpAfterUpdate(state.rtmp, notification.params) };
    default:
      return state;
  }
}

/** Which of ours a kind on the wire is. */
const RECORDINGS = { Browser: 'recording', HLS: 'streamRecording', sfu: 'trackRecording' } as const;

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
  return withMessages(state, [...state.messages, message]);
}

/** What was said before, each in its place. */
export function withEarlierMessages(state: SessionState, earlier: readonly ChatMessage[]): SessionState {
  const known = new Set(state.messages.map(({ id }) => id));
  const messages = [...state.messages];
  for (const message of earlier) {
    if (known.has(message.id)) continue;
    // Of what has no answer yet the time is our own.
    const at = messages.findIndex(({ delivery, sentAt }) => delivery === 'sent' && sentAt > message.sentAt);
    messages.splice(at < 0 ? messages.length : at, 0, message);
  }
  return withMessages(state, messages);
}

/** No more is asked for than is kept: where the oldest has gone, what was before it would leave a gap. */
function withMessages(state: SessionState, messages: readonly ChatMessage[]): SessionState {
  if (messages.length < MESSAGES_KEPT) return { ...state, messages };
  return {
    ...state,
    messages: messages.slice(-MESSAGES_KEPT),
    chatHistory: { ...state.chatHistory, hasEarlier: false },
  };
}

function afterRoom(state: SessionState, room: RoomState): SessionState {
  return {
    ...state,
    room: { ...state.room, name: room.name, sessionId: room.session_id, startedAt: room.started_at },
    liveStream: liveStreamAfterUpdate(state.liveStream, room.streaming.hls),
    recording: recordingAfterUpdate(state.recording, room.recording.browser),
    streamRecording: recordingAfterUpdate(state.streamRecording, room.recording.hls),
    trackRecording: recordingAfterUpdate(state.trackRecording, room.recording.sfu),
    rtmp: rtmpAfterUpdate(state.rtmp, room.streaming.rtmp),
  };
}

function afterQuality(
  state: SessionState,
  scores: readonly { readonly peer_id: string; readonly downlink_score: number }[],
): SessionState {
  const changed = scores.filter(({ peer_id: id, downlink_score: score }) => (state.quality[id] ?? -1) !== score);
  if (changed.length === 0) return state;
  const known = changed.filter(({ downlink_score: score }) => score >= 0);
  const unknown = changed.filter(({ downlink_score: score }) => score < 0).map(({ peer_id: id }) => id);
  const quality = { ...state.quality, ...Object.fromEntries(known.map((peer) => [peer.peer_id, peer.downlink_score])) };
  return { ...state, quality: without(quality, unknown) };
}

function afterRoster(state: SessionState, notification: Notification): SessionState {
  const { peers, tracks } = rosterAfter(state, notification, { selfId: state.self.peerId, addTrack });
  return peers === state.peers && tracks === state.tracks ? state : { ...state, peers, tracks };
}

function addTrack(track: RosterTrack): RemoteTrack {
  return { ...track, isUnplayable: false, media: undefined };
}

type PeerUpdate = Extract<Notification, { method: 'on-peer-update' }>;

function afterPeerUpdate(state: SessionState, update: PeerUpdate): SessionState {
  const { peer_id: peerId, info, realtime } = update.params;
  if (peerId === state.self.peerId) {
    const { name, data } = info;
    const { groups } = update.params;
    return { ...state, self: { ...state.self, name: name || state.self.name, data: data || state.self.data, groups } };
  }
  const next = afterRoster(state, update);
  return realtime ? next : { ...next, speakers: without(next.speakers, [peerId]) };
}

type Broadcast = Extract<Notification, { method: 'on-broadcast' }>['params'];

/** A broadcast as the chat shows it. */
export function messageOf(broadcast: Broadcast, state: SessionState): ChatMessage {
  const { peer, roles, info } = broadcast;
  return {
    id: broadcast.message_id,
    text: info.message,
    sentAt: broadcast.timestamp,
    sender: {
      peerId: peer?.peer_id,
      userId: peer?.info.user_id,
      name: peer?.info.name ?? '',
      roleName: peer?.role ?? '',
      isSelf: peer?.peer_id === state.self.peerId,
    },
    recipients: broadcast.private
      ? { to: 'peer', peerId: state.self.peerId }
      : roles && roles.length > 0
        ? { to: 'roles', roles }
        : { to: 'everyone' },
    mentions: info.mentions,
    delivery: 'sent',
    isEarlier: false,
  };
}

function byId(peers: readonly RemotePeer[]): SessionState['peers'] {
  return Object.fromEntries(peers.map((peer) => [peer.id, peer]));
}
