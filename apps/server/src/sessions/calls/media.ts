import { type Millis, withDeadline } from '@amphi/base';
import { levelOf, type MethodParams, PublicError, RECORDER_ROLE } from '@amphi/protocol';
import {
  announceAgain,
  checkJoin,
  joinPeer,
  metadataBytes,
  type PublishLimits,
  permittedTracks,
  publishLimitsOf,
  publishTracks,
  requireMedia,
  toldOfNewcomer,
  unpublishTracks,
  updateTracks,
  visibleTracks,
} from '@amphi/rooms';
import { identityOf } from '../identity.ts';
import { type OfferOutcome, PeerMedia } from '../peer-media.ts';
import { PlainMedia } from '../plain-media.ts';
import type { PeerRecord } from '../ports/earlier.ts';
import type { ExpectedPeer } from '../session-journal.ts';
import { type CallContext, type Handlers, requireJoined, telling } from './context.ts';

/** A newcomer waits so long for being written. */
const MAX_WRITE_WAIT_MS: Millis = 1_000;

/** Joining, and what is on its way to and from the media plane: one after the other for each peer. */
export const mediaCalls: Handlers<
  | 'join'
  | 'offer'
  | 'answer'
  | 'trickle'
  | 'track-update'
  | 'plain-subscribe'
  | 'plain-resume'
  | 'plain-layer'
  | 'plain-unsubscribe'
  | 'plain-publish'
  | 'plain-unpublish'
> = {
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
  'plain-subscribe': (context, params) =>
    context.link.queue.push('plain-subscribe', async () => {
      const plain = requirePlain(context);
      const { rules, outputs } = context.session;
      const isVisible = visibleTracks(rules, context.link.peerId).has(params.track_id);
      if (!isVisible && !outputs.programs.ownsTrack(params.track_id)) {
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
  'plain-publish': (context, params) =>
    context.link.queue.push('plain-publish', async () => {
      const { source, answer } = await requirePlain(context).publish(params);
      context.answer(answer);
      context.session.outputs.stream.audience.arrive(source);
    }),
  'plain-unpublish': (context, params) =>
    context.link.queue.push('plain-unpublish', () => requirePlain(context).unpublish(params)),
};

async function join(context: CallContext, params: MethodParams<'join'>): Promise<void> {
  const { session, link, connection, answer } = context;
  const { rules } = session;
  const request = {
    peerId: link.peerId,
    userId: link.claims.user_id ?? '',
    identity: identityOf(link.claims, link.tokenHash),
    bearer: link.tokenHash,
    roleName: link.claims.role,
    name: params.name,
    data: params.data,
  };
  const role = rules.roles[link.claims.role];
  session.budgets.chargeJoin(telling(context, metadataBytes(params), role ? toldOfNewcomer(rules, role) : 0));
  // Also of one without media: what it is sent when it gets another role is no matter of its offers.
  link.video = { unasked: !params.disableVidAutoSub, onDemand: params.onDemandTracks === true };
  const now = session.clock.now();
  const isNew = !rules.members.has(link.peerId);
  if (isNew) checkJoin(rules, request);
  const expected =
    isNew && link.claims.role !== RECORDER_ROLE ? session.expectPeer(recordOf(context, params, now)) : undefined;
  let outcome: OfferOutcome | undefined;
  try {
    if (params.offer) {
      requireMediaToJoin(context);
      session.budgets.chargeOffer(link.payer);
      const media = mediaOf(context);
      media.video = link.video;
      outcome = await media.handleOffer(params.offer.sdp, new Map(), publishLimits(context));
    }
    if (expected) await isWritten(context, expected);
    // Without its socket a newcomer would stay as a ghost: it joins again from the next one.
    if (link.connection !== connection || connection.isClosed) throw new PublicError(410, 'the socket was replaced');
    const effects = joinPeer(rules, request, now);
    answer(outcome ? answerOf(context, outcome) : {});
    session.logger.info({ peerId: link.peerId, role: link.claims.role }, 'peer joined');
    session.apply(effects);
  } finally {
    expected?.end();
  }
  if (outcome) await afterAnswer(context, outcome);
}

/** As it will be kept, but for what is not known before. */
function recordOf({ session, link }: CallContext, params: MethodParams<'join'>, joinedAt: Millis): PeerRecord {
  const { peerId, tokenHash, claims } = link;
  return {
    peerId,
    tokenHash,
    claims,
    role: claims.role,
    name: params.name,
    data: params.data,
    joinedAt,
    sfuNodeId: params.offer ? session.plane.nodeId : undefined,
    autoVideo: link.video.unasked,
    groups: [],
    handRaisedAt: undefined,
    listens: [],
  };
}

/** Who was told to be in the session may come back to it after a kill. A slow database is not waited for without end. */
async function isWritten({ session }: CallContext, { written }: ExpectedPeer): Promise<void> {
  await withDeadline('a newcomer is written', written, { ms: MAX_WRITE_WAIT_MS, clock: session.clock }).catch(() => {});
}

async function offer(context: CallContext, params: MethodParams<'offer'>): Promise<void> {
  const { session, link, answer } = context;
  const { rules, plane } = session;
  if (!requireJoined(context)) return;
  if (params.sfu_node_id !== undefined && params.sfu_node_id !== plane.nodeId) {
    throw new PublicError(421, `the media of this session has moved to ${plane.nodeId}`);
  }
  requireMedia(rules, link.peerId);
  session.budgets.chargeOffer(link.payer);
  const permitted = permittedTracks(rules, link.peerId, params.tracks);
  const outcome = await mediaOf(context).handleOffer(params.desc.sdp, permitted, publishLimits(context));
  const published = outcome.published.flatMap((track) => permitted.get(track.trackId) ?? []);
  const effects = [
    ...unpublishTracks(rules, link.peerId, outcome.unpublished),
    ...publishTracks(rules, link.peerId, published, session.clock.now()),
    ...updateTracks(rules, link.peerId, params.tracks),
  ];
  const isFirst = link.nodeId === undefined;
  answer(answerOf(context, outcome));
  // Public clients take the node from the answer to `join` only, and who knows none does not move (client protocol, 5.8).
  if (isFirst) link.notify({ method: 'node-info', params: { sfu_node_id: outcome.nodeId } });
  session.apply(effects);
  await afterAnswer(context, outcome);
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
  const role = session.rules.roles[link.claims.role];
  if (role && levelOf(role) === 'stream') {
    throw new PublicError(403, `offer: role ${role.name} neither publishes nor subscribes`);
  }
}

/** Of the role it has, or comes with. */
function publishLimits({ session, link }: CallContext): PublishLimits | undefined {
  const role = session.rules.members.get(link.peerId)?.role ?? session.rules.roles[link.claims.role];
  return role && publishLimitsOf(role);
}

function answerOf({ link }: CallContext, outcome: OfferOutcome): object {
  link.nodeId = outcome.nodeId;
  return { type: 'answer', sdp: outcome.answer, sfu_node_id: link.nodeId };
}

/** The subscribe connection follows the publish connection; the client's one exists when its first offer came. */
async function afterAnswer({ session, link }: CallContext, outcome: OfferOutcome): Promise<void> {
  if (outcome.refused.length > 0) {
    session.logger.debug({ peerId: link.peerId, tracks: outcome.refused }, 'refused tracks of an offer');
  }
  if (outcome.nodeId !== session.plane.nodeId) {
    // Its worker died before the answer was out: the client offers anew.
    session.tellNode(link);
    return;
  }
  if (link.publishesOnly) return;
  if (outcome.isNewConnection) {
    session.showMedia(link.peerId);
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
    video: link.video,
    onFault: (error) => link.connection?.failAt(error),
    onPublishState: (state) => link.connection?.publishStateChanged?.(state),
    now: () => session.clock.now(),
  });
  return link.media;
}

/** @throws PublicError 403 for anyone but the hidden peer */
function requirePlain({ session, link }: CallContext): PlainMedia {
  if (session.rules.members.get(link.peerId)?.hidden !== true) {
    throw new PublicError(403, `role ${link.claims.role} may not subscribe to plain RTP`);
  }
  link.plain ??= new PlainMedia({ plane: session.plane, notify: (notification) => link.notify(notification) });
  return link.plain;
}
