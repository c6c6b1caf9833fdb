import { messageOf } from '@amphi/base';
import type { IncomingCall } from '../../signaling/connection.ts';
import type { PeerChannel } from '../peer-channel.ts';
import type { PeerLink } from '../peer-link.ts';
import { toPublicError } from '../public-errors.ts';
import { boardCalls } from './board.ts';
import type { CallContext, CallTarget, Handlers } from './context.ts';
import { mediaCalls } from './media.ts';
import { messageCalls } from './messages.ts';
import { peopleCalls } from './people.ts';
import { pollCalls } from './polls.ts';
import { refusalOf } from './refusals.ts';
import { reportCalls } from './reports.ts';
import { streamCalls } from './stream.ts';

const handlers: Handlers = {
  // Answered by the connection itself.
  ping: () => {},
  ...reportCalls,
  ...mediaCalls,
  ...peopleCalls,
  ...messageCalls,
  ...pollCalls,
  ...boardCalls,
  ...streamCalls,
};

/** Serves one call; every request gets an answer. Never throws. */
export async function handleCall(
  session: CallTarget,
  link: PeerLink,
  connection: PeerChannel,
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
    const refusal = refusalOf(session.rules, link, call, error);
    if (refusal) session.remember(refusal);
    session.deliver(() => reply.refuse(told));
    const details = { peerId: link.peerId, method: call.method, code: told.code, error: messageOf(error) };
    if (told.code >= 500) session.logger.error(details, 'a call failed');
    else session.logger.debug(details, 'a call was refused');
  }
}
