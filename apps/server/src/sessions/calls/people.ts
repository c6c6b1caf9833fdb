import {
  acceptRoleChange,
  changeGroup,
  type Effects,
  endRoom,
  findMorePeers,
  findPeers,
  type GroupChange,
  getPeer,
  leavePeer,
  listersOf,
  memberOf,
  metadataBytes,
  removePeer,
  requestMuteOfMany,
  requestRoleChange,
  requestTrackMute,
  searchByName,
  toldOfGroups,
  updatePeer,
} from '@amphi/rooms';
import { answerAndApply, type CallContext, FRAME_BYTES, type Handlers, telling } from './context.ts';
import { leaveRefusal } from './refusals.ts';

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
  | 'track-update-request'
  | 'change-track-mute-state-request'
  | 'get-peer'
  | 'find-peer'
  | 'peer-iter-next'
  | 'peer-name-search'
> = {
  leave: ({ session, link, connection }) => {
    if (session.rules.members.has(link.peerId)) session.apply(leavePeer(session.rules, link.peerId, { why: 'left' }));
    else {
      session.remember(leaveRefusal(link));
      connection.close();
    }
  },
  'peer-update': (context, params) => {
    const { session, link } = context;
    const member = memberOf(session.rules, link.peerId);
    const { name, data } = member;
    const after = { name: params.name ?? name, data: params.data ?? data };
    session.requireDelivered();
    session.budgets.chargeTelling(telling(context, metadataBytes(after), listersOf(session.rules, member).length));
    answerAndApply(context, updatePeer(session.rules, link.peerId, params));
  },

  'role-change-request': (context, params) => {
    const { session, link } = context;
    session.requireDelivered();
    const spend = session.budgets.beginSending(link.claims.room_id);
    const effects = requestRoleChange(session.rules, link.peerId, params, session.clock.now());
    spend(bytesOf(effects));
    answerAndApply(context, effects);
  },
  'role-change': (context, params) => {
    const { session, link } = context;
    answerAndApply(context, acceptRoleChange(session.rules, link.peerId, params, session.clock.now()));
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

  'track-update-request': (context, params) => {
    answerAndApply(context, requestTrackMute(context.session.rules, context.link.peerId, params));
  },
  'change-track-mute-state-request': (context, params) => {
    const { session, link } = context;
    session.requireDelivered();
    answerAndApply(context, requestMuteOfMany(session.rules, link.peerId, params));
  },

  'get-peer': ({ session, link, answer }, params) => answer(getPeer(session.rules, link.peerId, params.peer_id)),
  'find-peer': ({ session, link, answer }, params) => answer(findPeers(session.rules, link.peerId, params)),
  'peer-iter-next': ({ session, link, answer }, params) => answer(findMorePeers(session.rules, link.peerId, params)),
  'peer-name-search': ({ session, link, answer }, params) => answer(searchByName(session.rules, link.peerId, params)),
};

function changeGroups(context: CallContext, change: GroupChange): void {
  const { session, link } = context;
  const about = session.rules.members.get(change.peerId ?? link.peerId);
  session.requireDelivered();
  session.budgets.chargeTelling(
    telling(context, about?.metadataBytes ?? 0, about ? toldOfGroups(session.rules, about) : 0),
  );
  const { groups, effects } = changeGroup(session.rules, link.peerId, change, session.clock.now());
  answerAndApply(context, effects, { groups });
}

/** About what the notifications weigh on the wire, all recipients counted. */
function bytesOf(effects: Effects): number {
  return effects.reduce((sum, effect) => sum + (effect.type === 'notify' ? effect.to.length * FRAME_BYTES : 0), 0);
}
