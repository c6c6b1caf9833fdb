import { jsonBytes } from '@amphi/protocol';
import { broadcast, chatHistory, getValue, listenersOf, listenTo, setValue } from '@amphi/rooms';
import { answerAndApply, FRAME_BYTES, type Handlers } from './context.ts';

/** What people say to each other, and what they keep together. */
export const messageCalls: Handlers<
  'broadcast' | 'chat-history' | 'set-metadata' | 'get-metadata' | 'listen-metadata-change'
> = {
  broadcast: ({ session, link, answer }, params) => {
    session.requireDelivered();
    const { receipt, effects } = broadcast(session.rules, link.peerId, params, session.clock.now());
    const { message, type } = params.info;
    session.budgets.chargeChat({
      ...link.payer,
      roomId: link.claims.room_id,
      bytes: FRAME_BYTES + jsonBytes(message) + jsonBytes(type),
      recipients: effects.reduce((sum, effect) => sum + (effect.type === 'notify' ? effect.to.length : 0), 0),
    });
    // The answer promises that the message is on its way, whatever happens to this process (RST5).
    session.apply(effects);
    answer(receipt);
  },

  'chat-history': async ({ session, link, answer }, params) => {
    await session.recallChat();
    answer(chatHistory(session.rules, link.peerId, params, session.clock.now()));
  },

  'set-metadata': (context, params) => {
    const { session, link } = context;
    session.requireDelivered();
    session.budgets.chargeTelling({
      ...link.payer,
      roomId: link.claims.room_id,
      bytes: FRAME_BYTES + (JSON.stringify(params.data)?.length ?? 0),
      recipients: listenersOf(session.rules, params.key).length,
    });
    const { result, effects } = setValue(session.rules, link.peerId, params, session.clock.now());
    answerAndApply(context, effects, result);
  },
  'get-metadata': ({ session, link, answer }, { key }) => answer(getValue(session.rules, link.peerId, key)),
  'listen-metadata-change': (context, { keys }) => {
    answerAndApply(context, listenTo(context.session.rules, context.link.peerId, keys));
  },
};
