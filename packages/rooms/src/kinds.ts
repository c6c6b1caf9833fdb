import type { Millis } from '@amphi/base';
import type { Peer } from '@amphi/protocol';
import { leaveBoard, tellBoard } from './board.ts';
import type { Effect, Effects } from './effects.ts';
import { notify, subscriptionsChanged } from './effects.ts';
import { isListed, listableMembers, listersOf } from './listing.ts';
import { askAgain } from './role-offers.ts';
import { roomInfoOf, roomStateOf, sessionInfoOf } from './room.ts';
import { infoOf, type Member, peerFor, type Session, toldTracks, viewersOf } from './session.ts';
import { tellValues } from './session-store.ts';

/**
 * What a kind of state asks for when peers come and go. Whoever adds a field to `Session` or `Member` has to say it here,
 * or the types do not fit: so nothing is forgotten that a newcomer should be told, or that one who left still holds.
 */
interface Care {
  /** What a peer is told that has joined, or is back with a new socket. */
  arrive?(session: Session, member: Member, now: Millis): Effect[];
  /** The peer is out: what it held is given up, others are told. It is no member any more. */
  leave?(session: Session, member: Member): Effects;
}

/** Nothing has to be done, for this reason. */
interface Carefree {
  readonly because: string;
}

const because = (reason: string): Carefree => ({ because: reason });

/** In this order their values become visible (client protocol, 8.3). */
const OF_SESSION: { readonly [Kind in keyof Required<Session>]: Care | Carefree } = {
  members: {
    arrive: (session, member) => {
      const peers: Record<string, Peer> = {};
      for (const other of listableMembers(session)) {
        if (isListed(member, other)) peers[other.peerId] = peerFor(member, other);
      }
      return notify([member.peerId], 'peer-list', { peers, room: roomStateOf(session) });
    },
    leave: (session, member) => [
      ...leaveTracks(session, member),
      ...notify(listersOf(session, member), 'on-peer-leave', { peer_id: member.peerId }),
      ...subscriptionsChanged(member.tracks.size > 0 ? viewersOf(session, member) : []),
    ],
  },
  settings: { arrive: (session, member) => notify([member.peerId], 'room-info', roomInfoOf(session)) },
  isLarge: { arrive: (session, member) => notify([member.peerId], 'session-info', sessionInfoOf(session)) },
  roles: because('they come with the policy, with each socket'),
  retiredRoles: because('those who have one keep it; it is told to nobody'),
  publishers: because('an index of members, kept by removeMember'),
  sample: because('an index of members, kept by removeMember'),
  away: because('an index of members, kept by removeMember'),
  holders: because('counts of members, kept by removeMember'),
  listable: because('an index of members, kept by removeMember'),
  speakersShown: { leave: (session, { peerId }) => forget(session.speakersShown, peerId) },
  destinations: because('nothing of it is told'),
  store: because('told to those who listen: see listens'),
  history: because('clients ask for it; what was said stays'),
  polls: because('clients ask for those that run; votes stay, as their givers may come back'),
  boardRoles: because('they are part of room-info'),
  board: { arrive: tellBoard, leave: leaveBoard },
  lastSerial: because('it only counts'),
  stream: because('it is part of the room object in peer-list'),
  outputs: because('they are part of the room object in peer-list'),
  ended: because('nobody is in a session that has ended'),
  ending: because('nobody is in a session that has ended'),
};

const OF_MEMBER: { readonly [Kind in keyof Member]: Care | Carefree } = {
  peerId: because('it is the peer'),
  serial: because('nobody is told'),
  userId: because('it is in every list'),
  identity: because('nobody is told'),
  bearer: because('nobody is told'),
  hidden: because('nobody is told'),
  joinedAt: because('it is in every list'),
  isSampled: because('an index of members, kept by removeMember'),
  name: because('it is in every list; its owner is told of itself when it is back: see resumePeer'),
  data: because('it is in every list; its owner is told of itself when it is back: see resumePeer'),
  metadataBytes: because('counted over members'),
  role: because('the policy comes with each socket, before all this'),
  hadMedia: because('nobody is told'),
  presence: because('others see it by its tracks'),
  tracks: because('withdrawn before the peer is: see members'),
  trackStarts: because('back ends ask for it'),
  groups: because('they are in every list; its owner is told of itself when it is back: see resumePeer'),
  handRaisedAt: because('it is told with the groups'),
  listens: { arrive: (session, member) => tellValues(session, member) },
  roleOffers: { arrive: (_session, member, now) => askAgain(member, now) },
};

const CARES = [...Object.values(OF_SESSION), ...Object.values(OF_MEMBER)].flatMap((care): Care[] =>
  'because' in care ? [] : [care],
);

/** All that a peer is told that has joined, or is back. */
export function arrival(session: Session, member: Member, now: Millis): Effect[] {
  return CARES.flatMap((care) => care.arrive?.(session, member, now) ?? []);
}

/** Gives up all that a peer held that is no member any more. */
export function departure(session: Session, member: Member): Effect[] {
  return CARES.flatMap((care) => care.leave?.(session, member) ?? []);
}

/** Before the subscribe offer that drops the sections, or hidden audio elements stay (client protocol, 8.3). */
function leaveTracks(session: Session, member: Member): Effect[] {
  if (member.tracks.size === 0) return [];
  const tracks = toldTracks(member, member.tracks.values());
  return notify(viewersOf(session, member), 'on-track-remove', { peer: infoOf(member), tracks });
}

function forget(peers: Set<string>, peerId: string): [] {
  peers.delete(peerId);
  return [];
}
