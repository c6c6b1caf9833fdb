import {
  getPollQuestions,
  listPolls,
  pollLeaderboard,
  pollResponses,
  pollResult,
  respondToPoll,
  setPollInfo,
  setPollQuestions,
  startPoll,
  stopPoll,
} from '@amphi/rooms';
import { answerAndApply, type Handlers } from './context.ts';

/** Polls and quizzes: asking, answering, looking at what came of it. */
export const pollCalls: Handlers<
  | 'poll-info-set'
  | 'poll-questions-set'
  | 'poll-questions-get'
  | 'poll-start'
  | 'poll-stop'
  | 'poll-response'
  | 'poll-responses'
  | 'poll-result'
  | 'poll-list'
  | 'poll-leaderboard'
> = {
  'poll-info-set': ({ session, link, answer }, params) =>
    answer(setPollInfo(session.rules, link.peerId, params, session.clock.now())),
  'poll-questions-set': ({ session, link, answer }, params) =>
    answer(setPollQuestions(session.rules, link.peerId, params)),
  'poll-questions-get': ({ session, link, answer }, params) =>
    answer(getPollQuestions(session.rules, link.peerId, params)),
  'poll-start': (context, { poll_id: id }) => {
    const { session, link } = context;
    session.requireDelivered();
    answerAndApply(context, startPoll(session.rules, link.peerId, id, session.clock.now()), { poll_id: id });
  },
  'poll-stop': (context, { poll_id: id }) => {
    const { session, link } = context;
    session.requireDelivered();
    answerAndApply(context, stopPoll(session.rules, link.peerId, id, session.clock.now()), { poll_id: id });
  },
  'poll-response': (context, params) => {
    const { result, effects } = respondToPoll(
      context.session.rules,
      context.link.peerId,
      params,
      context.session.clock.now(),
    );
    answerAndApply(context, effects, result);
  },
  'poll-responses': ({ session, link, answer }, params) => answer(pollResponses(session.rules, link.peerId, params)),
  'poll-result': ({ session, link, answer }, { poll_id: id }) => answer(pollResult(session.rules, link.peerId, id)),
  'poll-list': ({ session, link, answer }, params) => answer(listPolls(session.rules, link.peerId, params)),
  'poll-leaderboard': ({ session, link, answer }, params) =>
    answer(pollLeaderboard(session.rules, link.peerId, params)),
};
