import type { Clock, Logger } from '@amphi/base';
import { type MethodName, type MethodParams, PublicError } from '@amphi/protocol';
import type { Effects, Fact, Session } from '@amphi/rooms';
import type { MediaPlane } from '../media-plane.ts';
import type { PeerChannel } from '../peer-channel.ts';
import type { PeerLink } from '../peer-link.ts';
import type { PeerRecord } from '../ports/earlier.ts';
import type { SessionBudgets, Telling } from '../session-budgets.ts';
import type { ExpectedPeer } from '../session-journal.ts';
import type { SessionOutputs } from '../session-outputs.ts';
import type { SessionQuality } from '../session-quality.ts';

/** What calls work on. */
export interface CallTarget {
  readonly rules: Session;
  readonly plane: MediaPlane;
  readonly outputs: SessionOutputs;
  readonly budgets: SessionBudgets;
  readonly quality: SessionQuality;
  readonly clock: Clock;
  readonly logger: Logger;
  apply(effects: Effects): void;
  /** Brings what a peer is sent in line with what it may be sent now. */
  showMedia(peerId: string): void;
  /** Tells a client that has connections which node they belong on. */
  tellNode(link: PeerLink): void;
  /** Who is about to join is written ahead of it. */
  expectPeer(peer: PeerRecord): ExpectedPeer;
  /** What is kept of the room's chat is there. @throws PublicError 503 when the database does not answer */
  recallChat(): Promise<void>;
  /** Something was refused; of so much of it as is worth telling. */
  remember(refusal: Fact): void;
  /** Runs something after all that peers were told before. */
  deliver(run: () => void): void;
  /** To be asked before anything is done that many are to be told of. @throws PublicError 429 while too much waits */
  requireDelivered(): void;
}

/** One call of one peer. `answer` comes before the effects: clients expect the result first (client protocol, 4.2). */
export interface CallContext {
  readonly session: CallTarget;
  readonly link: PeerLink;
  readonly connection: PeerChannel;
  answer(result: object): void;
}

/** How calls are served, by method. A request that its handler does not answer is answered `{}`. */
export type Handlers<Name extends MethodName = MethodName> = {
  readonly [Each in Name]: (context: CallContext, params: MethodParams<Each>) => void | Promise<void>;
};

/** Answers, then does: for calls whose outcome is all in the effects. */
export function answerAndApply({ session, answer }: CallContext, effects: Effects, result: object = {}): void {
  answer(result);
  session.apply(effects);
}

/** About what a notification to others is beside the texts in it. */
export const FRAME_BYTES = 300;

/** So many in the room are told something of this size because of the peer. */
export function telling({ link }: CallContext, bytes: number, recipients: number): Telling {
  return { ...link.payer, roomId: link.claims.room_id, bytes: FRAME_BYTES + bytes, recipients };
}

/**
 * Whether the peer is in the session. One that is not believes to be: its time ran out while it was away. An error
 * answer would be retried each second, `on-error` makes it leave (client protocol, 3.6).
 */
export function requireJoined({ session, link, connection }: CallContext): boolean {
  if (session.rules.members.has(link.peerId) && !session.rules.ended) return true;
  connection.fail(new PublicError(410, 'the peer is not in this session any more'));
  return false;
}
