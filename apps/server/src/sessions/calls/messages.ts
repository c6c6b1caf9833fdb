import { jsonBytes } from '@amphi/protocol';
import { broadcast } from '@amphi/rooms';
import { FRAME_BYTES, type Handlers } from './context.ts';

export const messageCalls: Handlers<'broadcast'> = {
  broadcast: ({ session, link, answer }, params) => {
    session.requireDelivered();
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
};
