import {
  acceptRoleChange,
  changeGroup,
  type Effects,
  endRoom,
  type GroupChange,
  leavePeer,
  memberOf,
  metadataBytes,
  removePeer,
  requestRoleChange,
  updatePeer,
} from '@amphi/rooms';
import { answerAndApply, type CallContext, FRAME_BYTES, type Handlers, telling } from './context.ts';

/** Who is there, and as what. */
export const peopleCalls: Handlers<
  | 'leave'
  | 'peer-update'
  | 'role-change-request'
  | 'role-change'
  | 'peer-leave-request'
  | 'end-room'
  | 'group-join'
  | 'group-leave'
  | 'group-add'
  | 'group-remove'
> = {
  leave: ({ session, link, connection }) => {
    if (session.rules.members.has(link.peerId)) session.apply(leavePeer(session.rules, link.peerId, { why: 'left' }));
    else connection.close();
  },
  'peer-update': (context, params) => {
    const { session, link } = context;
    const { name, data } = memberOf(session.rules, link.peerId);
    const after = { name: params.name ?? name, data: params.data ?? data };
    session.requireDelivered();
    session.budgets.chargeTelling(telling(context, metadataBytes(after)));
    answerAndApply(context, updatePeer(session.rules, link.peerId, params));
  },

  'role-change-request': (context, params) => {
    const { session, link } = context;
    session.requireDelivered();
    const spend = session.budgets.beginSending(link.claims.room_id);
    const effects = requestRoleChange(session.rules, link.peerId, params);
    spend(bytesOf(effects));
    answerAndApply(context, effects);
  },
  'role-change': (context, params) => {
    const { session, link } = context;
    answerAndApply(context, acceptRoleChange(session.rules, link.peerId, params));
  },
  'peer-leave-request': (context, params) => {
    const { session, link } = context;
    answerAndApply(context, removePeer(session.rules, link.peerId, params));
  },
  'end-room': (context, params) => {
    const { session, link } = context;
    answerAndApply(context, endRoom(session.rules, link.peerId, params));
  },

  'group-join': (context, { name }) => changeGroups(context, { name, isIn: true }),
  'group-leave': (context, { name }) => changeGroups(context, { name, isIn: false }),
  'group-add': (context, { name, peer_id: peerId }) => changeGroups(context, { name, peerId, isIn: true }),
  'group-remove': (context, { name, peer_id: peerId }) => changeGroups(context, { name, peerId, isIn: false }),
};

function changeGroups(context: CallContext, change: GroupChange): void {
  const { session, link } = context;
  const about = session.rules.members.get(change.peerId ?? link.peerId);
  session.requireDelivered();
  session.budgets.chargeTelling(telling(context, about?.metadataBytes ?? 0));
  const { groups, effects } = changeGroup(session.rules, link.peerId, change);
  answerAndApply(context, effects, { groups });
}

/** About what the notifications weigh on the wire, all recipients counted. */
function bytesOf(effects: Effects): number {
  return effects.reduce((sum, effect) => sum + (effect.type === 'notify' ? effect.to.length * FRAME_BYTES : 0), 0);
}
