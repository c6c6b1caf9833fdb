import type { Limits } from '../settings/limits.ts';

type PeerLimits = Pick<Limits, 'peersPerRole' | 'peersPerRoom' | 'peersPerLargeRoom'>;

/** Peers that may be open at a time, previews and those that are away among them. */
export interface RoomBounds {
  readonly role: number;
  readonly room: number;
}

/**
 * A room that was made for more than a role holds elsewhere has place for all of them in one role, and besides as many
 * places for the other roles as any room has.
 * @param size of the room; 0: none was named
 */
export function roomBounds(size: number, limits: PeerLimits): RoomBounds {
  const { peersPerRole, peersPerRoom } = limits;
  if (size <= peersPerRole) return { role: peersPerRole, room: peersPerRoom };
  const role = Math.min(size, largestSize(limits));
  return { role, room: Math.max(peersPerRoom, role + placesForOthers(limits)) };
}

/** The largest size that a room can be made for here. */
export function largestSize(limits: PeerLimits): number {
  return Math.max(limits.peersPerRole, limits.peersPerLargeRoom - placesForOthers(limits));
}

function placesForOthers({ peersPerRole, peersPerRoom }: PeerLimits): number {
  return Math.max(0, peersPerRoom - peersPerRole);
}
