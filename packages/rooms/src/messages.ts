import type { Millis } from '@amphi/base';
import { INVITATION_DECLINED, type MethodParams, PublicError } from '@amphi/protocol';
import { keepMessage } from './chat-history.ts';
import { CHAT, requireChat } from './chat-rules.ts';
import { type Effects, fact, notify } from './effects.ts';
import type { MessageScope } from './facts.ts';
import type { KeptMessage } from './history-state.ts';
import { dropDeclined } from './role-offers.ts';
import { infoOf, type Member, memberOf, roleNamed, type Session, visibleMember, visibleMembers } from './session.ts';

/** What the sender is answered; it keeps its own copy under this id. */
export interface MessageReceipt {
  readonly timestamp: Millis;
  readonly message_id: string;
}

/**
 * A message to everyone, to the peers of some roles, or to one peer. Never to the sender, never to a hidden peer.
 * @throws PublicError 410; 400 for both `roles` and `peer_id`; 403 from a hidden peer, and where the
 *   chat's rules forbid it; 404 for an unknown role or peer
 */
export function broadcast(
  session: Session,
  peerId: string,
  message: MethodParams<'broadcast'>,
  now: Millis,
): { readonly receipt: MessageReceipt; readonly effects: Effects } {
  const sender = memberOf(session, peerId);
  if (sender.hidden) throw new PublicError(403, `role ${sender.role.name} may not send messages`);
  requireChat(session, sender, message.info.type);
  if (message.info.type === INVITATION_DECLINED) dropDeclined(sender, message.info.message);
  const receipt = { timestamp: now, message_id: session.settings.newId() };
  const told = notify(recipientsOf(session, peerId, message), 'on-broadcast', {
    peer: infoOf(sender),
    ...(message.roles ? { roles: message.roles } : {}),
    private: message.peer_id !== undefined,
    ...receipt,
    info: message.info,
  });
  const sent = fact({ type: 'messageSent', messageId: receipt.message_id, peerId, recipients: scopeOf(message) });
  return { receipt, effects: [sent, ...told, ...keepBroadcast(session, sender, message, receipt)] };
}

/** Of what people say, not of apps' own events. */
function keepBroadcast(
  session: Session,
  sender: Member,
  message: MethodParams<'broadcast'>,
  { message_id: id, timestamp: sentAt }: MessageReceipt,
): Effects {
  const { type, message: text } = message.info;
  if (type !== CHAT) return [];
  const { peerId, userId, name, role, identity } = sender;
  const recipients = addressed(session, scopeOf(message));
  return keepMessage(session, {
    id,
    sentAt,
    sender: { peerId, userId, name, role: role.name, identity },
    recipients,
    text,
  });
}

/** Who may read it later. */
export function addressed(session: Session, scope: MessageScope): KeptMessage['recipients'] {
  return scope.to === 'peer' ? { ...scope, identity: visibleMember(session, scope.peerId).identity } : scope;
}

function scopeOf({ roles, peer_id: peerId }: MethodParams<'broadcast'>): MessageScope {
  if (peerId !== undefined) return { to: 'peer', peerId };
  return roles ? { to: 'roles', roles } : { to: 'everyone' };
}

function recipientsOf(session: Session, senderId: string, message: MethodParams<'broadcast'>): string[] {
  const { roles, peer_id: peerId } = message;
  if (roles && peerId !== undefined) throw new PublicError(400, 'broadcast: give roles or peer_id, not both');
  if (peerId !== undefined) {
    const target = visibleMember(session, peerId);
    return target.peerId === senderId ? [] : [target.peerId];
  }
  const named = roles && new Set(roles.map((name) => roleNamed(session, name).name));
  return visibleMembers(session)
    .filter((member) => member.peerId !== senderId && (!named || named.has(member.role.name)))
    .map((member) => member.peerId);
}
