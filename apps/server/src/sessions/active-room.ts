import type { Clock } from '@amphi/base';
import {
  announce,
  changePeer,
  type Effects,
  endSession,
  type Fact,
  type Member,
  NoSeatError,
  peersMatching,
  removePeers,
  type Session,
  visibleMember,
} from '@amphi/rooms';
import { roleRefusal } from './calls/refusals.ts';
import type { ActivePeer, ActiveRoom } from './ports/host.ts';

/** The session, as back ends act on it. */
export interface ActiveRoomTarget {
  readonly rules: Session;
  readonly clock: Clock;
  apply(effects: Effects): void;
  remember(refusal: Fact): void;
  /** @throws PublicError 429 while too much waits */
  requireDelivered(): void;
}

/** A session for REST: the rules for back ends, put into effect. */
export function activeRoomOf(session: ActiveRoomTarget): ActiveRoom {
  const { rules, clock } = session;
  /** Many may be told of it. */
  const act = (decide: () => Effects): void => {
    session.requireDelivered();
    session.apply(decide());
  };
  return {
    sessionId: rules.settings.sessionId,
    startedAt: rules.settings.startedAt,
    peers: (wanted) => peersMatching(rules, wanted).map(activePeer),
    peer: (peerId) => activePeer(visibleMember(rules, peerId)),
    changePeer: (peerId, change) => {
      try {
        act(() => changePeer(rules, peerId, change));
      } catch (error) {
        const isFull = error instanceof NoSeatError && change.role !== undefined;
        const refusal = isFull ? roleRefusal(rules, peerId, { role: change.role, by: '' }) : undefined;
        if (refusal) session.remember(refusal);
        throw error;
      }
      return activePeer(visibleMember(rules, peerId));
    },
    send: (message) => act(() => announce(rules, message, clock.now())),
    removePeers: (target, reason) => act(() => removePeers(rules, target, reason)),
    // Nothing is to keep a session from ending.
    end: (options) => session.apply(endSession(rules, options)),
  };
}

function activePeer({ peerId, name, userId, data, role, joinedAt, tracks, trackStarts }: Member): ActivePeer {
  const published = [...tracks.values()].map((track) => ({
    track,
    startedAt: trackStarts.get(track.track_id) ?? joinedAt,
  }));
  return { peerId, name, userId, data, role: role.name, joinedAt, tracks: published };
}
