import type { Millis } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import { keepMessage } from './chat-history.ts';
import { CHAT } from './chat-rules.ts';
import { type Effect, type Effects, fact, notify } from './effects.ts';
import { endForAll, updatePeer } from './membership.ts';
import { addressed } from './messages.ts';
import { requireRoomForMetadata } from './metadata.ts';
import { sendAway } from './removal.ts';
import { setRole } from './role-changes.ts';
import { infoOf, type Member, roleNamed, roleToGive, type Session, visibleMember, visibleMembers } from './session.ts';

/** What a back end asks for, by REST. It is no peer: it needs no permission, and peers are told of no requester. */

/** One peer, or all of a role; everyone without either. */
export interface BackEndTarget {
  readonly peerId?: string | undefined;
  readonly role?: string | undefined;
}

/** Peers that match both, in the order of joining. */
export function peersMatching(
  session: Session,
  wanted: { readonly userId?: string; readonly role?: string },
): Member[] {
  return visibleMembers(session).filter(
    ({ userId, role }) =>
      (wanted.userId === undefined || wanted.userId === userId) &&
      (wanted.role === undefined || wanted.role === role.name),
  );
}

/** A message without a sender. @throws PublicError 404 for an unknown peer or role */
export function announce(
  session: Session,
  message: BackEndTarget & { readonly message: string; readonly type: string },
  now: Millis,
): Effects {
  const { peerId, role } = message;
  const messageId = session.settings.newId();
  const recipients =
    peerId !== undefined
      ? ({ to: 'peer', peerId } as const)
      : role !== undefined
        ? ({ to: 'roles', roles: [role] } as const)
        : ({ to: 'everyone' } as const);
  return [
    fact({ type: 'messageSent', messageId, peerId: '', recipients }),
    ...notify(idsOf(session, message), 'on-broadcast', {
      ...(peerId === undefined && role !== undefined ? { roles: [role] } : {}),
      private: peerId !== undefined,
      message_id: messageId,
      timestamp: now,
      info: { type: message.type, message: message.message },
    }),
    ...(message.type === CHAT
      ? keepMessage(session, {
          id: messageId,
          sentAt: now,
          recipients: addressed(session, recipients),
          text: message.message,
        })
      : []),
  ];
}

/**
 * Takes peers out; their bearers do not come back to this session.
 * @throws PublicError 400 without a target; 404 for an unknown peer or role
 */
export function removePeers(session: Session, target: BackEndTarget, reason: string): Effects {
  if (target.peerId === undefined && target.role === undefined) {
    throw new PublicError(400, 'peer_id: give peer_id or role');
  }
  return idsOf(session, target).flatMap((peerId): Effect[] => {
    const bearer = session.members.get(peerId)?.bearer;
    if (bearer === undefined) return [];
    return [...sendAway(session, peerId, { reason }), { type: 'bearerBarred', bearer }];
  });
}

/**
 * Changes a peer's name, metadata and role, at once. The peer is told of its new name, too: it has not asked for it.
 * @throws PublicError 403 when the role is full; 404 for an unknown peer or role; 413
 */
export function changePeer(
  session: Session,
  peerId: string,
  change: { readonly name?: string; readonly data?: string; readonly role?: string },
): Effects {
  const member = visibleMember(session, peerId);
  // All that may be refused is looked at before anything is done: half a change is none.
  requireRoomForMetadata(session, peerId, { name: change.name ?? member.name, data: change.data ?? member.data });
  const role = change.role === undefined ? undefined : roleToGive(session, change.role);
  const toRole = role && role !== member.role ? setRole(session, member, role) : [];
  const renamed = updatePeer(session, peerId, { name: change.name, data: change.data });
  const toItself = renamed.length > 0 ? notify([peerId], 'on-peer-update', { ...infoOf(member), realtime: true }) : [];
  return [...toRole, ...renamed, ...toItself];
}

/** Ends the session for everyone. */
export function endSession(session: Session, options: { readonly lock: boolean; readonly reason: string }): Effects {
  return endForAll(session, [...session.members.keys()], options);
}

function idsOf(session: Session, { peerId, role }: BackEndTarget): string[] {
  if (peerId !== undefined) return [visibleMember(session, peerId).peerId];
  const named = role === undefined ? undefined : roleNamed(session, role).name;
  return peersMatching(session, named === undefined ? {} : { role: named }).map((member) => member.peerId);
}
