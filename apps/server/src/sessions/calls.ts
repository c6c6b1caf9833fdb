import { type Clock, type Logger, messageOf } from '@amphi/base';
import { jsonBytes, levelOf, type MethodName, type MethodParams, PublicError } from '@amphi/protocol';
import {
  acceptRoleChange,
  announceAgain,
  broadcast,
  checkJoin,
  type Effects,
  endRoom,
  joinPeer,
  leavePeer,
  memberOf,
  metadataBytes,
  permittedTracks,
  publishTracks,
  removePeer,
  requestRoleChange,
  requireMedia,
  type Session,
  unpublishTracks,
  updatePeer,
  updateTracks,
  visibleTracks,
} from '@amphi/rooms';
import type { IncomingCall, SignalingConnection } from '../signaling/connection.ts';
import type { LiveStream } from './live-stream.ts';
import type { MediaPlane } from './media-plane.ts';
import type { PeerLink } from './peer-link.ts';
import { type OfferOutcome, PeerMedia } from './peer-media.ts';
import { PlainMedia } from './plain-media.ts';
import { toPublicError } from './public-errors.ts';
import type { SessionBudgets, Telling } from './session-budgets.ts';

/** What calls work on. */
export interface CallTarget {
  readonly rules: Session;
  readonly plane: MediaPlane;
  readonly stream: LiveStream;
  readonly budgets: SessionBudgets;
  readonly clock: Clock;
  readonly logger: Logger;
  apply(effects: Effects): void;
  /** Runs something after all that peers were told before. */
  deliver(run: () => void): void;
}

/** One call of one peer. `answer` comes before the effects: clients expect the result first (client protocol, 4.2). */
interface CallContext {
  readonly session: CallTarget;
  readonly link: PeerLink;
  readonly connection: SignalingConnection;
  answer(result: object): void;
}

type Handlers = {
  readonly [Name in MethodName]: (context: CallContext, params: MethodParams<Name>) => void | Promise<void>;
};

/** Serves one call; every request gets an answer. Never throws. */
export async function handleCall(
  session: CallTarget,
  link: PeerLink,
  connection: SignalingConnection,
  { call, ...reply }: IncomingCall,
): Promise<void> {
  const answer = (result: object): void => session.deliver(() => reply.answer(result));
  try {
    const context: CallContext = { session, link, connection, answer };
    // The table's entry belongs to the method, which TypeScript cannot follow through the union.
    const handler = handlers[call.method] as (context: CallContext, params: unknown) => void | Promise<void>;
    await handler(context, call.params);
    // Methods that clients send without an id; with one they deserve an answer all the same.
    answer({});
  } catch (error) {
    const told = toPublicError(error);
    session.deliver(() => reply.refuse(told));
    const details = { peerId: link.peerId, method: call.method, code: told.code, error: messageOf(error) };
    if (told.code >= 500) session.logger.error(details, 'a call failed');
    else session.logger.debug(details, 'a call was refused');
  }
}

const handlers: Handlers = {
  ping: () => {},
  analytics: () => {},
  // The SFU is ICE-lite: it learns the client's address from its checks (RFC 8445, 2.5).
  trickle: () => {},

  join: (context, params) => context.link.queue.push('join', () => join(context, params)),
  offer: (context, params) => context.link.queue.push('offer', () => offer(context, params)),
  answer: ({ link }, { desc }) => link.queue.push('answer', () => link.media?.handleAnswer(desc.sdp)),
  'track-update': (context, { tracks }) =>
    // Behind the offer that carries the tracks.
    context.link.queue.push('track-update', () => {
      const { session, link } = context;
      if (requireJoined(context)) session.apply(updateTracks(session.rules, link.peerId, tracks));
    }),
  leave: ({ session, link, connection }) => {
    if (session.rules.members.has(link.peerId)) session.apply(leavePeer(session.rules, link.peerId));
    else connection.close();
  },

  'peer-update': (context, params) => {
    const { session, link, answer } = context;
    const { name, data } = memberOf(session.rules, link.peerId);
    session.budgets.chargeTelling(telling(context, { name: params.name ?? name, data: params.data ?? data }));
    const effects = updatePeer(session.rules, link.peerId, params);
    answer({});
    session.apply(effects);
  },
  broadcast: ({ session, link, answer }, params) => {
    const { receipt, effects } = broadcast(session.rules, link.peerId, params, session.clock.now());
    const { message, type } = params.info;
    session.budgets.chargeChat({
      bearer: link.tokenHash,
      roomId: link.claims.room_id,
      bytes: FRAME_BYTES + jsonBytes(message) + jsonBytes(type),
      recipients: effects.reduce((sum, effect) => sum + (effect.type === 'notify' ? effect.to.length : 0), 0),
    });
    // The answer promises that the message is on its way, whatever happens to this process (RST5).
    session.apply(effects);
    answer(receipt);
  },
  'role-change-request': ({ session, link, answer }, params) => {
    const effects = requestRoleChange(session.rules, link.peerId, params);
    answer({});
    session.apply(effects);
  },
  'role-change': ({ session, link, answer }, params) => {
    const effects = acceptRoleChange(session.rules, link.peerId, params);
    answer({});
    session.apply(effects);
  },
  'peer-leave-request': ({ session, link, answer }, params) => {
    const effects = removePeer(session.rules, link.peerId, params);
    answer({});
    session.apply(effects);
  },
  'end-room': ({ session, link, answer }, params) => {
    const effects = endRoom(session.rules, link.peerId, params);
    answer({});
    session.apply(effects);
  },
  'hls-start': async ({ session, link }) => {
    await session.stream.start({ peerId: link.peerId });
  },
  'hls-stop': async ({ session, link }) => {
    await session.stream.stop({ peerId: link.peerId });
  },

  'plain-subscribe': (context, params) =>
    context.link.queue.push('plain-subscribe', async () => {
      const plain = requirePlain(context);
      if (!visibleTracks(context.session.rules, context.link.peerId).has(params.track_id)) {
        throw new PublicError(404, `no track ${params.track_id} for this peer`);
      }
      const result = await plain.subscribe(params);
      context.link.nodeId = context.session.plane.nodeId;
      context.answer(result);
    }),
  'plain-resume': (context, params) =>
    context.link.queue.push('plain-resume', () => requirePlain(context).resume(params)),
  'plain-layer': (context, params) =>
    context.link.queue.push('plain-layer', () => requirePlain(context).setLayer(params)),
  'plain-unsubscribe': (context, params) =>
    context.link.queue.push('plain-unsubscribe', () => requirePlain(context).unsubscribe(params)),
};

async function join(context: CallContext, params: MethodParams<'join'>): Promise<void> {
  const { session, link, connection, answer } = context;
  const { rules } = session;
  const request = {
    peerId: link.peerId,
    userId: link.claims.user_id ?? '',
    bearer: link.tokenHash,
    roleName: link.claims.role,
    name: params.name,
    data: params.data,
  };
  session.budgets.chargeJoin(telling(context, params));
  if (!rules.members.has(link.peerId)) checkJoin(rules, request);
  let outcome: OfferOutcome | undefined;
  if (params.offer) {
    requireMediaToJoin(context);
    session.budgets.chargeOffer(link.tokenHash);
    link.autoVideo = !params.disableVidAutoSub;
    const media = mediaOf(context);
    media.autoVideo = link.autoVideo;
    outcome = await media.handleOffer(params.offer.sdp, new Map());
  }
  // Without its socket a newcomer would stay as a ghost: it joins again from the next one.
  if (link.connection !== connection || connection.isClosed) throw new PublicError(410, 'the socket was replaced');
  const effects = joinPeer(rules, request, session.clock.now());
  answer(outcome ? answerOf(context, outcome) : {});
  session.logger.info({ peerId: link.peerId, role: link.claims.role }, 'peer joined');
  session.apply(effects);
  if (outcome) await afterAnswer(context, outcome);
}

async function offer(context: CallContext, params: MethodParams<'offer'>): Promise<void> {
  const { session, link, answer } = context;
  const { rules, plane } = session;
  if (!requireJoined(context)) return;
  if (params.sfu_node_id !== undefined && params.sfu_node_id !== plane.nodeId) {
    throw new PublicError(421, `the media of this session has moved to ${plane.nodeId}`);
  }
  requireMedia(rules, link.peerId);
  session.budgets.chargeOffer(link.tokenHash);
  const permitted = permittedTracks(rules, link.peerId, params.tracks);
  const outcome = await mediaOf(context).handleOffer(params.desc.sdp, permitted);
  const published = outcome.published.flatMap((track) => permitted.get(track.trackId) ?? []);
  const effects = [
    ...unpublishTracks(rules, link.peerId, outcome.unpublished),
    ...publishTracks(rules, link.peerId, published),
    ...updateTracks(rules, link.peerId, params.tracks),
  ];
  answer(answerOf(context, outcome));
  session.apply(effects);
  await afterAnswer(context, outcome);
}

/** About what a notification to others is beside the texts in it. */
const FRAME_BYTES = 300;

/** What a peer's name and metadata cost those who are told. */
function telling({ session, link }: CallContext, peer: { readonly name: string; readonly data: string }): Telling {
  return {
    bearer: link.tokenHash,
    roomId: link.claims.room_id,
    bytes: FRAME_BYTES + metadataBytes(peer),
    recipients: session.rules.members.size,
  };
}

/**
 * Roles without media join without an offer (client protocol, 4.3); one that comes all the same gets no transport.
 * @throws PublicError 403
 */
function requireMediaToJoin({ session, link }: CallContext): void {
  if (session.rules.members.has(link.peerId)) {
    requireMedia(session.rules, link.peerId);
    return;
  }
  const role = session.rules.settings.roles[link.claims.role];
  if (role && levelOf(role) === 'stream') {
    throw new PublicError(403, `offer: role ${role.name} neither publishes nor subscribes`);
  }
}

function answerOf({ session, link }: CallContext, outcome: OfferOutcome): object {
  link.nodeId = session.plane.nodeId;
  return { type: 'answer', sdp: outcome.answer, sfu_node_id: link.nodeId };
}

/** The subscribe connection follows the publish connection; the client's one exists when its first offer came. */
async function afterAnswer({ session, link }: CallContext, outcome: OfferOutcome): Promise<void> {
  if (outcome.refused.length > 0) {
    session.logger.debug({ peerId: link.peerId, tracks: outcome.refused }, 'refused tracks of an offer');
  }
  if (outcome.isNewConnection) {
    link.media?.setVisible(visibleTracks(session.rules, link.peerId));
    await link.media?.subscribe();
  } else if (outcome.iceRestarted) {
    link.media?.restartSubscribeIce();
  }
  if (outcome.forgotTracks && session.rules.members.has(link.peerId)) {
    session.apply(announceAgain(session.rules, link.peerId));
  }
}

function mediaOf({ session, link }: CallContext): PeerMedia {
  link.media ??= new PeerMedia({
    peerId: link.peerId,
    plane: session.plane,
    notify: (notification) => link.notify(notification),
    autoVideo: link.autoVideo,
    onFault: (error) => link.connection?.failAt(error),
    now: () => session.clock.now(),
  });
  return link.media;
}

/**
 * Whether the peer is in the session. One that is not believes to be: its time ran out while it was away. An error
 * answer would be retried each second, `on-error` makes it leave (client protocol, 3.6).
 */
function requireJoined({ session, link, connection }: CallContext): boolean {
  if (session.rules.members.has(link.peerId) && !session.rules.ended) return true;
  connection.fail(new PublicError(410, 'the peer is not in this session any more'));
  return false;
}

/** @throws PublicError 403 for anyone but the hidden peer */
function requirePlain({ session, link }: CallContext): PlainMedia {
  if (session.rules.members.get(link.peerId)?.hidden !== true) {
    throw new PublicError(403, `role ${link.claims.role} may not subscribe to plain RTP`);
  }
  link.plain ??= new PlainMedia({ plane: session.plane, notify: (notification) => link.notify(notification) });
  return link.plain;
}
