import { closeBoard, drawOnBoard, openBoard, readBoard, viewerIds } from '@amphi/rooms';
import { answerAndApply, FRAME_BYTES, type Handlers } from './context.ts';

/** The whiteboard. */
export const boardCalls: Handlers<'board-open' | 'board-close' | 'board-draw' | 'board-get'> = {
  'board-open': (context, params) => {
    const { session, link } = context;
    session.requireDelivered();
    const { result, effects } = openBoard(session.rules, link.peerId, params, session.clock.now());
    answerAndApply(context, effects, result);
  },
  'board-close': (context, { board_id: id }) => {
    const { session, link } = context;
    session.requireDelivered();
    answerAndApply(context, closeBoard(session.rules, link.peerId, id));
  },
  'board-draw': (context, params) => {
    const { session, link } = context;
    session.requireDelivered();
    session.budgets.chargeDrawing({
      ...link.payer,
      roomId: link.claims.room_id,
      bytes: FRAME_BYTES + JSON.stringify(params.changes).length,
      recipients: viewerIds(session.rules).length,
    });
    answerAndApply(context, drawOnBoard(session.rules, link.peerId, params));
  },
  'board-get': ({ session, link, answer }, params) => answer(readBoard(session.rules, link.peerId, params)),
};
