import type { Millis } from '@amphi/base';
import type { Notification, Peer, PeerInfo, SpatialLayerName, TrackState } from '@amphi/protocol';

/** Another person of the session. */
export interface RosterPeer {
  readonly id: string;
  readonly name: string;
  readonly data: string;
  readonly userId: string;
  readonly roleName: string;
  readonly groups: readonly string[];
  /** When the hand went up; undefined while it is down, or the server does not say. */
  readonly handRaisedAt: Millis | undefined;
  /** 0 while the server has not said it. */
  readonly joinedAt: Millis;
}

/** What another person publishes. */
export interface RosterTrack {
  readonly id: string;
  readonly streamId: string;
  readonly peerId: string;
  readonly kind: 'audio' | 'video';
  /** `regular`, `screen`, or an app's own. */
  readonly source: string;
  readonly isMuted: boolean;
  /** Not sent at present for want of bandwidth; the owner did not switch it off. */
  readonly isDegraded: boolean;
  /** What the server forwards now, as far as it said so. */
  readonly layer: SpatialLayerName | undefined;
}

/** Who else is there, and with which tracks. Parts that did not change keep their identity. */
export interface Roster<Track extends RosterTrack = RosterTrack> {
  /** By peer id. */
  readonly peers: Readonly<Record<string, RosterPeer>>;
  /** By track id. */
  readonly tracks: Readonly<Record<string, Track>>;
}

export interface RosterOptions<Track extends RosterTrack> {
  /** Who looks: not in the roster. */
  readonly selfId: string;
  /** What the roster keeps of a track that was not in it yet. */
  readonly addTrack: (track: RosterTrack) => Track;
}

/**
 * What a notification of the server makes of the roster of a joined peer (client protocol, 8.3–8.5). Pure; gives the same
 * roster back where it says nothing about it. Whatever else a `Track` carries is kept through updates.
 */
export function rosterAfter<Track extends RosterTrack>(
  roster: Roster<Track>,
  notification: Notification,
  options: RosterOptions<Track>,
): Roster<Track> {
  switch (notification.method) {
    case 'peer-list':
      return afterPeerList(roster, Object.values(notification.params.peers), options);
    case 'on-peer-join':
      return afterJoin(roster, notification.params, options);
    case 'on-peer-leave':
      return withoutPeer(roster, notification.params.peer_id);
    case 'on-peer-update':
      return afterPeerUpdate(roster, notification.params, options);
    case 'on-track-add':
    case 'on-track-update': {
      const { peer, tracks } = notification.params;
      if (peer.peer_id === options.selfId) return roster;
      const known = roster.peers[peer.peer_id] ? roster : withPeer(roster, toRosterPeer(peer));
      return withTracks(known, peer.peer_id, tracks, options);
    }
    case 'on-track-remove':
      return { ...roster, tracks: without(roster.tracks, Object.keys(notification.params.tracks)) };
    case 'on-track-layer-update':
      return afterLayers(roster, notification.params.tracks);
    default:
      return roster;
  }
}

export function toRosterPeer(peer: PeerInfo & { readonly joined_at?: Millis }): RosterPeer {
  return {
    id: peer.peer_id,
    name: peer.info.name,
    data: peer.info.data,
    userId: peer.info.user_id,
    roleName: peer.role,
    groups: peer.groups,
    handRaisedAt: peer.hand_raised_at,
    joinedAt: peer.joined_at ?? 0,
  };
}

/** The full truth about the others: whoever is not in it has left (client protocol, 8.3). */
function afterPeerList<Track extends RosterTrack>(
  roster: Roster<Track>,
  peers: readonly Peer[],
  options: RosterOptions<Track>,
): Roster<Track> {
  const others = peers.filter((peer) => peer.peer_id !== options.selfId);
  const listed = new Set(others.flatMap((peer) => Object.keys(peer.tracks)));
  const stale = Object.keys(roster.tracks).filter((id) => !listed.has(id));
  const base = {
    peers: Object.fromEntries(others.map((peer) => [peer.peer_id, toRosterPeer(peer)])),
    tracks: without(roster.tracks, stale),
  };
  return others.reduce((next, peer) => withTracks(next, peer.peer_id, peer.tracks, options), base);
}

function afterJoin<Track extends RosterTrack>(
  roster: Roster<Track>,
  peer: Peer,
  options: RosterOptions<Track>,
): Roster<Track> {
  return withTracks(withPeer(roster, toRosterPeer(peer)), peer.peer_id, peer.tracks, options);
}

function afterPeerUpdate<Track extends RosterTrack>(
  roster: Roster<Track>,
  update: PeerInfo & { readonly realtime: boolean },
  { selfId }: RosterOptions<Track>,
): Roster<Track> {
  if (update.peer_id === selfId) return roster;
  if (!update.realtime) return withoutPeer(roster, update.peer_id);
  const before = roster.peers[update.peer_id];
  const next = toRosterPeer(update);
  if (!before) return withPeer(roster, next);
  const { name, data, joinedAt } = before;
  return withPeer(roster, { ...next, name: next.name || name, data: next.data || data, joinedAt });
}

function withTracks<Track extends RosterTrack>(
  roster: Roster<Track>,
  peerId: string,
  states: Readonly<Record<string, TrackState>>,
  { addTrack }: RosterOptions<Track>,
): Roster<Track> {
  if (Object.keys(states).length === 0) return roster;
  const tracks: Record<string, Track> = { ...roster.tracks };
  for (const state of Object.values(states)) {
    const said = {
      id: state.track_id,
      streamId: state.stream_id,
      peerId,
      kind: state.type,
      source: state.source,
      isMuted: state.mute,
    };
    const before = tracks[said.id];
    tracks[said.id] = before ? { ...before, ...said } : addTrack({ ...said, isDegraded: false, layer: undefined });
  }
  return { ...roster, tracks };
}

type LayerUpdates = Extract<Notification, { method: 'on-track-layer-update' }>['params']['tracks'];

function afterLayers<Track extends RosterTrack>(roster: Roster<Track>, updates: LayerUpdates): Roster<Track> {
  const tracks: Record<string, Track> = { ...roster.tracks };
  for (const update of Object.values(updates)) {
    const track = tracks[update.track_id];
    if (!track) continue;
    // Lowered but still sent is no loss worth telling (client protocol, 6.7).
    const isDegraded = update.current_layer === 'none' && (update.subscriber_degraded || update.publisher_degraded);
    tracks[update.track_id] = { ...track, layer: update.current_layer, isDegraded };
  }
  return { ...roster, tracks };
}

function withPeer<Track extends RosterTrack>(roster: Roster<Track>, peer: RosterPeer): Roster<Track> {
  return { ...roster, peers: { ...roster.peers, [peer.id]: peer } };
}

function withoutPeer<Track extends RosterTrack>(roster: Roster<Track>, peerId: string): Roster<Track> {
  if (!roster.peers[peerId]) return roster;
  const owned = Object.values(roster.tracks).filter((track) => track.peerId === peerId);
  return {
    peers: without(roster.peers, [peerId]),
    tracks: without(
      roster.tracks,
      owned.map(({ id }) => id),
    ),
  };
}

/** The record without these keys; the same record when none of them is in it. */
export function without<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Readonly<Record<string, T>> {
  if (!keys.some((key) => key in record)) return record;
  const gone = new Set(keys);
  return Object.fromEntries(Object.entries(record).filter(([key]) => !gone.has(key)));
}
