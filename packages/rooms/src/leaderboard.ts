import { type MethodParams, PublicError } from '@amphi/protocol';
import type { Leader, Poll } from './poll-state.ts';
import { isCorrect, readersOf, shownPoll, voterInfo } from './polls.ts';
import type { Session } from './session.ts';

/**
 * Who did best in a quiz that is over: by points, then by time. Sorted once, when it is first asked for.
 * @throws PublicError 400 while it runs, or for an anonymous one; 403, 404, 410
 */
export function pollLeaderboard(
  session: Session,
  peerId: string,
  { poll_id: id, count, offset }: MethodParams<'poll-leaderboard'>,
) {
  const { poll } = shownPoll(session, peerId, id);
  if (poll.state !== 'stopped') throw new PublicError(400, `poll_id: this poll is ${poll.state}, not stopped`);
  if (poll.anonymous) throw new PublicError(400, 'poll_id: this poll is anonymous');
  poll.leaders ??= leadersOf(poll);
  const { leaders } = poll;
  const voters = Math.max(1, leaders.length);
  const page = leaders.slice(offset, offset + count);
  return {
    avg_score: leaders.reduce((sum, { score }) => sum + score, 0) / voters,
    avg_time: leaders.reduce((sum, { durationMs }) => sum + durationMs, 0) / voters,
    voted_users: leaders.length,
    total_users: Math.max(readersOf(session).length, leaders.length),
    correct_users: leaders.filter(({ correct }) => correct > 0).length,
    questions: page.map(({ voter, score, responses, correct, durationMs }, i) => ({
      position: offset + i + 1,
      score,
      total_responses: responses,
      correct_responses: correct,
      duration: durationMs,
      peer: voterInfo(poll, voter, false),
    })),
    last: offset + page.length >= leaders.length,
  };
}

function leadersOf(poll: Poll): readonly Leader[] {
  const leaders = [...poll.voters.values()].map((voter): Leader => {
    const leader = { voter, score: 0, responses: 0, correct: 0, durationMs: 0 };
    for (const question of poll.questions) {
      const answer = voter.answers.get(question.question.index);
      if (!answer || answer.response.skipped) continue;
      leader.responses += 1;
      leader.durationMs += answer.response.duration;
      if (!isCorrect(question, answer.response)) continue;
      leader.correct += 1;
      leader.score += question.question.weight;
    }
    return leader;
  });
  return leaders.sort((a, b) => b.score - a.score || a.durationMs - b.durationMs);
}
