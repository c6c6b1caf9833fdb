import { type MethodParams, PublicError } from '@amphi/protocol';
import { type Effects, notify } from './effects.ts';
import { leavePeer } from './membership.ts';
import { memberOf, requirePermission, type Session, visibleMember } from './session.ts';

/**
 * Takes another peer out; its bearer does not come back to this session (client protocol, 7: `peer-leave-request`).
 * @throws PublicError 400 for oneself; 403 without permission; 404 for an unknown peer; 410
 */
export function removePeer(session: Session, peerId: string, request: MethodParams<'peer-leave-request'>): Effects {
  requirePermission(memberOf(session, peerId), 'removeOthers');
  if (request.requested_for === peerId) throw new PublicError(400, 'requested_for: oneself; there is leave for that');
  const { peerId: target, bearer } = visibleMember(session, request.requested_for);
  return [...sendAway(session, target, { ...request, requestedBy: peerId }), { type: 'bearerBarred', bearer }];
}

/** The peer is told to go, and is out. Nothing happens for an unknown one. */
export function sendAway(
  session: Session,
  peerId: string,
  { reason, requestedBy }: { readonly reason: string; readonly requestedBy?: string },
): Effects {
  if (!session.members.has(peerId)) return [];
  return [
    ...notify([peerId], 'on-peer-leave-request', {
      ...(requestedBy === undefined ? {} : { requested_by: requestedBy }),
      reason,
      room_end: false,
    }),
    ...leavePeer(session, peerId, {
      why: 'removed',
      message: reason,
      ...(requestedBy === undefined ? {} : { by: requestedBy }),
    }),
  ];
}
