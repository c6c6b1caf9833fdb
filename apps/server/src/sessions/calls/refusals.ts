import { PublicError } from '@amphi/protocol';
import { type Fact, factPeer, NoSeatError, type Session } from '@amphi/rooms';
import type { IncomingCall } from '../../signaling/connection.ts';
import type { PeerLink } from '../peer-link.ts';

/**
 * What is remembered of a call that was refused: somebody was not let in, or did not get the role that was meant for them.
 * Of many at once, nothing.
 */
export function refusalOf(
  rules: Session,
  { peerId, claims }: Pick<PeerLink, 'peerId' | 'claims'>,
  call: IncomingCall['call'],
  error: unknown,
): Fact | undefined {
  if (!(error instanceof PublicError) || error.code !== 403) return undefined;
  if (call.method === 'join') {
    const { name, data } = call.params;
    return { type: 'joinRefused', peerId, userId: claims.user_id ?? '', role: claims.role, name, data, joinedAt: 0 };
  }
  if (!(error instanceof NoSeatError)) return undefined;
  if (call.method === 'role-change-request') {
    return roleRefusal(rules, call.params.requested_for, { role: call.params.role, by: peerId });
  }
  if (call.method === 'role-change') {
    const { token, role } = call.params;
    const by = rules.members.get(peerId)?.roleOffers.find((offer) => offer.token === token)?.requestedBy;
    return roleRefusal(rules, peerId, { role, by: by ?? '' });
  }
  return undefined;
}

/** Of one that leaves before it has joined. */
export function leaveRefusal({ peerId, claims }: Pick<PeerLink, 'peerId' | 'claims'>): Fact {
  return {
    type: 'leaveRefused',
    peerId,
    userId: claims.user_id ?? '',
    role: claims.role,
    name: '',
    data: '',
    joinedAt: 0,
  };
}

/** @param wanted the role that is full, and who asked for it; nobody for a back end */
export function roleRefusal(
  rules: Session,
  peerId: string | undefined,
  wanted: { readonly role: string; readonly by: string },
): Fact | undefined {
  const member = peerId === undefined ? undefined : rules.members.get(peerId);
  return member && { type: 'roleRefused', ...factPeer(member), ...wanted };
}
