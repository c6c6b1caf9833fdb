import type { Millis } from '@amphi/base';
import {
  type MethodParams,
  type NotificationParams,
  type PollInfo,
  type PollQuestion,
  type PollResponse,
  PublicError,
} from '@amphi/protocol';
import { type Effect, type Effects, fact, notify } from './effects.ts';
import type { PollAnswer } from './facts.ts';
import type { Poll, QuestionCount, Voter } from './poll-state.ts';
import { isPermitted } from './roles.ts';
import { type Member, memberOf, requirePermission, roleNamed, type Session, visibleMembers } from './session.ts';

/** Polls of one session, and questions of one poll. */
export const MAX_POLLS = 50;
export const MAX_QUESTIONS = 50;
/** Of all answers in a session. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** What an answer takes beside its text. */
const ANSWER_BYTES = 200;

type PollResult = NotificationParams<'on-poll-stats'>['polls'][number];

/**
 * Makes a poll, or changes one that has not begun.
 * @throws PublicError 400 for a poll that has begun or one too many; 403; 404 for an unknown role; 410
 */
export function setPollInfo(
  session: Session,
  peerId: string,
  params: MethodParams<'poll-info-set'>,
  now: Millis,
): { readonly poll_id: string } {
  requirePermission(memberOf(session, peerId), 'pollWrite');
  const { poll_id: wanted, vote, responses, ...rest } = params;
  const info = { ...rest, vote: rolesNamed(session, vote), responses: rolesNamed(session, responses) };
  const present = wanted === undefined ? undefined : session.polls.get(wanted);
  if (present) {
    requireState(present, 'created');
    Object.assign(present, info);
    present.revision += 1;
    return { poll_id: present.id };
  }
  if (session.polls.size >= MAX_POLLS) throw new PublicError(400, `poll_id: at most ${MAX_POLLS} polls in a session`);
  const id = wanted ?? session.settings.newId();
  session.polls.set(id, {
    id,
    ...info,
    state: 'created',
    createdBy: peerId,
    createdAt: now,
    startedBy: '',
    startedAt: 0,
    stoppedBy: '',
    stoppedAt: 0,
    questions: [],
    revision: 0,
    voters: new Map(),
    counts: new Map(),
    bytes: 0,
  });
  return { poll_id: id };
}

/** @throws PublicError 400 for a poll that has begun or too many questions; 403; 404; 410 */
export function setPollQuestions(
  session: Session,
  peerId: string,
  { poll_id: id, questions }: MethodParams<'poll-questions-set'>,
): { readonly poll_id: string; readonly total_questions: number } {
  requirePermission(memberOf(session, peerId), 'pollWrite');
  const poll = pollOf(session, id);
  requireState(poll, 'created');
  const byIndex = new Map(poll.questions.map((question) => [question.question.index, question]));
  for (const question of questions) byIndex.set(question.question.index, question);
  if (byIndex.size > MAX_QUESTIONS) throw new PublicError(400, `questions: at most ${MAX_QUESTIONS} in a poll`);
  poll.questions = [...byIndex.values()].sort((a, b) => a.question.index - b.question.index);
  poll.revision += 1;
  return { poll_id: id, total_questions: poll.questions.length };
}

/** A page of the questions. What is right is told to those who made it, and to all when it is over. @throws PublicError 403, 404, 410 */
export function getPollQuestions(
  session: Session,
  peerId: string,
  { poll_id: id, index, count }: MethodParams<'poll-questions-get'>,
): { readonly questions: readonly PollQuestion[]; readonly last: boolean } {
  const { member, poll } = shownPoll(session, peerId, id);
  const later = poll.questions.filter(({ question }) => question.index >= index);
  const mayKnow = poll.state === 'stopped' || isPermitted(member.role, 'pollWrite');
  const questions = later
    .slice(0, count)
    .map(({ answer, ...question }) => (answer && (mayKnow || !answer.hidden) ? { ...question, answer } : question));
  return { questions, last: later.length <= count };
}

/** Everyone who may read polls is told, the starter too. @throws PublicError 400 when it has begun; 403, 404, 410 */
export function startPoll(session: Session, peerId: string, id: string, now: Millis): Effects {
  requirePermission(memberOf(session, peerId), 'pollWrite');
  const poll = pollOf(session, id);
  requireState(poll, 'created');
  Object.assign(poll, { state: 'started', startedBy: peerId, startedAt: now });
  poll.revision += 1;
  return [
    fact({ type: 'pollStarted', pollId: id, by: peerId }),
    ...notify(readersOf(session), 'on-poll-start', { polls: [infoOfPoll(poll)] }),
  ];
}

/** Everyone who may read polls is told, the stopper too. @throws PublicError 400 when it does not run; 403, 404, 410 */
export function stopPoll(session: Session, peerId: string, id: string, now: Millis): Effects {
  requirePermission(memberOf(session, peerId), 'pollWrite');
  const poll = pollOf(session, id);
  requireState(poll, 'started');
  return close(session, poll, { by: peerId, at: now });
}

/** Closes the polls whose time is over; nobody has stopped them. */
export function expirePolls(session: Session, now: Millis): Effects {
  if (session.ended) return [];
  return [...session.polls.values()].flatMap((poll) => {
    const at = endOf(poll);
    return at === undefined || at > now ? [] : close(session, poll, { by: '', at });
  });
}

/** When `expirePolls` has something to do next. */
export function nextPollEndAt(session: Session): Millis | undefined {
  let next: Millis | undefined;
  for (const poll of session.polls.values()) {
    const at = endOf(poll);
    if (at !== undefined && (next === undefined || at < next)) next = at;
  }
  return next;
}

function endOf({ state, duration, startedAt }: Poll): Millis | undefined {
  return state === 'started' && duration > 0 ? startedAt + duration * 1000 : undefined;
}

function close(
  session: Session,
  poll: Poll,
  { by: peerId, at: now }: { readonly by: string; readonly at: Millis },
): Effects {
  const { id } = poll;
  Object.assign(poll, { state: 'stopped', stoppedBy: peerId, stoppedAt: now });
  poll.revision += 1;
  const stopped = { poll_id: id, stopped_at: now, stopped_by: peerId };
  return [pollStopped(poll), ...notify(readersOf(session), 'on-poll-stop', { polls: [stopped] })];
}

/** Those that run are over with their session. */
export function endPolls(session: Session, now: Millis): Effects {
  const running = [...session.polls.values()].filter(({ state }) => state === 'started');
  return running.map((poll) => {
    Object.assign(poll, { state: 'stopped', stoppedAt: now });
    return pollStopped(poll);
  });
}

function pollStopped(poll: Poll): Effect {
  const { id: pollId, stoppedBy: by, startedAt } = poll;
  return fact({ type: 'pollStopped', pollId, by, startedAt, voters: poll.voters.size, answers: answersOf(poll) });
}

/** Who answered what, in the order of the voters. Of an anonymous poll not who. */
function answersOf(poll: Poll): PollAnswer[] {
  return [...poll.voters.values()].flatMap(({ peerId, userId, answers }) =>
    [...answers.values()].map(({ id, response, at }) => {
      const question = poll.questions.find(({ question: { index } }) => index === response.question);
      const isRight = question !== undefined && isCorrect(question, response);
      return {
        id,
        response,
        at: at ?? poll.stoppedAt,
        score: isRight ? question.question.weight : 0,
        peerId: poll.anonymous ? '' : peerId,
        userId: poll.anonymous ? '' : userId,
      };
    }),
  );
}

/**
 * Answers of one voter. In a quiz the first answer to a question counts, in a poll the last. Nobody is told of a single
 * vote: `pollChanged` says that the counts are others, and they are told now and then.
 * @throws PublicError 400 for a poll that does not run, or an answer that is none; 403 for a role that may not vote; 404; 410
 */
export function respondToPoll(
  session: Session,
  peerId: string,
  { poll_id: id, responses }: MethodParams<'poll-response'>,
  now: Millis,
): { readonly result: object; readonly effects: Effects } {
  const member = readerOf(session, peerId);
  const poll = pollOf(session, id);
  if (poll.vote.length > 0 && !poll.vote.includes(member.role.name)) {
    throw new PublicError(403, `role ${member.role.name} may not answer in this poll`);
  }
  requireState(poll, 'started');
  const questions = new Map(poll.questions.map((question) => [question.question.index, question]));
  // All are looked at before one counts.
  const given = responses.map((response) => {
    const question = questions.get(response.question);
    if (!question) throw new PublicError(400, `responses: question ${response.question} is not one of this poll`);
    requireAnswer(question, response);
    return { question, response };
  });
  requireSpace(session, responses);
  const voter = voterOf(poll, member);
  const answers = new Map(voter.answers);
  let isChanged = false;
  for (const { question, response } of given) {
    const { index } = question.question;
    const before = answers.get(index);
    if (before && poll.type === 'quiz') continue;
    if (before) uncountAnswer(poll, question, before.response);
    countAnswer(poll, question, response);
    answers.set(index, { id: before?.id ?? session.settings.newId(), response, isFinal: true, at: now });
    isChanged = true;
  }
  if (isChanged) poll.voters.set(keyOf(poll, member), { ...voter, answers });
  const result = {
    poll_id: id,
    result: given.map(({ response }) => ({
      question: response.question,
      response_id: answers.get(response.question)?.id ?? '',
    })),
  };
  return { result, effects: isChanged ? [{ type: 'pollChanged', pollId: id }] : [] };
}

/** Polls in a state, the newest first. Those that have not begun are shown to those who make polls. @throws PublicError 403, 410 */
export function listPolls(
  session: Session,
  peerId: string,
  { state, count: most }: MethodParams<'poll-list'>,
): { readonly polls: readonly PollInfo[] } {
  const { role } = readerOf(session, peerId);
  const polls = [...session.polls.values()]
    .reverse()
    .filter((poll) => state === undefined || poll.state === state)
    .filter((poll) => poll.state !== 'created' || isPermitted(role, 'pollWrite'));
  return { polls: polls.slice(0, most).map(infoOfPoll) };
}

/** One's own answers, or, for roles that may see them, those of all. @throws PublicError 403, 404, 410 */
export function pollResponses(
  session: Session,
  peerId: string,
  { poll_id: id, index, count: most, self }: MethodParams<'poll-responses'>,
) {
  const { member, poll } = shownPoll(session, peerId, id);
  const own = poll.voters.get(keyOf(poll, member));
  if (!self && !maySeeResponses(poll, member)) {
    throw new PublicError(403, `role ${member.role.name} may not see who answered what in this poll`);
  }
  const voters = self ? (own ? [own] : []) : [...poll.voters.values()];
  const all = voters.flatMap((voter) =>
    [...voter.answers.values()].map((answer) => ({
      final: answer.isFinal,
      response: { response_id: answer.id, ...answer.response },
      peer: voterInfo(poll, voter, self),
    })),
  );
  const page = all.slice(index, index + most);
  return { responses: page, last: index + page.length >= all.length };
}

/** The counts. @throws PublicError 403, 404, 410 */
export function pollResult(session: Session, peerId: string, id: string): Omit<PollResult, 'poll_id'> {
  const { poll_id: _id, ...result } = resultOf(session, shownPoll(session, peerId, id).poll);
  return result;
}

/** What those who know the poll are told now and then while it runs; nothing when it is gone. */
export function pollStats(session: Session, id: string): Effects {
  const poll = session.polls.get(id);
  if (!poll || session.ended) return [];
  return notify(readersOf(session), 'on-poll-stats', { polls: [resultOf(session, poll)] });
}

/** Whether a peer may know of polls at all. Ids in the order of joining. */
export function readersOf(session: Session): string[] {
  return visibleMembers(session).flatMap(({ peerId, role }) => (mayRead({ role }) ? [peerId] : []));
}

function mayRead({ role }: Pick<Member, 'role'>): boolean {
  return isPermitted(role, 'pollRead') || isPermitted(role, 'pollWrite');
}

/**
 * A poll that the peer may look into: one that has not begun is for those who make polls, and to others as if it were not there.
 * @throws PublicError 403, 404, 410
 */
export function shownPoll(
  session: Session,
  peerId: string,
  id: string,
): { readonly member: Member; readonly poll: Poll } {
  const member = readerOf(session, peerId);
  const poll = pollOf(session, id);
  if (poll.state === 'created' && !isPermitted(member.role, 'pollWrite')) throw unknownPoll(id);
  return { member, poll };
}

/** @throws PublicError 403, 410 */
function readerOf(session: Session, peerId: string): Member {
  const member = memberOf(session, peerId);
  if (!mayRead(member)) requirePermission(member, 'pollRead');
  return member;
}

/** @throws PublicError 404 */
function pollOf(session: Session, id: string): Poll {
  const poll = session.polls.get(id);
  if (!poll) throw unknownPoll(id);
  return poll;
}

function unknownPoll(id: string): PublicError {
  return new PublicError(404, `poll_id: no poll ${id} in this session`);
}

/** @throws PublicError 400 */
function requireState(poll: Poll, state: Poll['state']): void {
  if (poll.state !== state) throw new PublicError(400, `poll_id: this poll is ${poll.state}, not ${state}`);
}

/** @throws PublicError 413 */
function requireSpace(session: Session, responses: readonly PollResponse[]): void {
  let held = 0;
  for (const { bytes } of session.polls.values()) held += bytes;
  const wanted = responses.reduce((sum, response) => sum + bytesOf(response), 0);
  if (held + wanted <= MAX_ANSWER_BYTES) return;
  throw new PublicError(
    413,
    `responses: the answers of this session take ${held} of ${MAX_ANSWER_BYTES} bytes already`,
  );
}

function bytesOf({ text = '' }: PollResponse): number {
  return ANSWER_BYTES + text.length * 2;
}

function rolesNamed(session: Session, names: readonly string[]): string[] {
  return names.map((name) => roleNamed(session, name).name);
}

/** @throws PublicError 400 for what is no answer to the question */
function requireAnswer({ question, options }: PollQuestion, response: PollResponse): void {
  if (response.skipped) {
    if (question.skippable === false)
      throw new PublicError(400, `responses: question ${question.index} has to be answered`);
    return;
  }
  const places = new Set(options?.map(({ index }) => index));
  for (const chosen of chosenIn(response)) {
    if (!places.has(chosen)) {
      throw new PublicError(400, `responses: question ${question.index} has no option ${chosen}`);
    }
  }
}

/** Options that a response names; a single choice without one comes as −1. */
function chosenIn({ option, options }: PollResponse): readonly number[] {
  const chosen = options ?? (option === undefined || option < 0 ? [] : [option]);
  return [...new Set(chosen)];
}

function keyOf(poll: Poll, { peerId, userId, name }: Member): string {
  if (poll.mode === 'username') return `n ${name}`;
  return poll.mode === 'userid' && userId !== '' ? `u ${userId}` : `p ${peerId}`;
}

function voterOf(poll: Poll, member: Member): Voter {
  const { peerId, userId, name } = member;
  return poll.voters.get(keyOf(poll, member)) ?? { peerId, userId, name, answers: new Map() };
}

function maySeeResponses(poll: Poll, { role }: Member): boolean {
  return poll.responses.length === 0 ? isPermitted(role, 'pollWrite') : poll.responses.includes(role.name);
}

export function voterInfo(poll: Poll, { peerId, userId, name }: Voter, isSelf: boolean) {
  if (poll.anonymous && !isSelf) return { hash: '', peerid: '', userid: '', username: '' };
  return { hash: '', peerid: peerId, userid: userId, username: name };
}

/** An answer is one of the poll's from now on. */
export function countAnswer(poll: Poll, question: PollQuestion, response: PollResponse): void {
  poll.bytes += bytesOf(response);
  count(poll, question, response, 1);
}

function uncountAnswer(poll: Poll, question: PollQuestion, response: PollResponse): void {
  poll.bytes -= bytesOf(response);
  count(poll, question, response, -1);
}

function count(poll: Poll, question: PollQuestion, response: PollResponse, by: 1 | -1): void {
  const { index } = question.question;
  const options = question.options ?? [];
  const counts: QuestionCount = poll.counts.get(index) ?? {
    total: 0,
    skipped: 0,
    correct: 0,
    options: options.map(() => 0),
  };
  poll.counts.set(index, counts);
  counts.total += by;
  if (response.skipped) {
    counts.skipped += by;
    return;
  }
  for (const chosen of chosenIn(response)) {
    const place = options.findIndex((option) => option.index === chosen);
    counts.options[place] = (counts.options[place] ?? 0) + by;
  }
  if (isCorrect(question, response)) counts.correct += by;
}

/** Whether a quiz counts it as right. */
export function isCorrect({ answer }: PollQuestion, response: PollResponse): boolean {
  if (!answer || response.skipped) return false;
  const chosen = chosenIn(response);
  if (answer.options) return sameNumbers(answer.options, chosen);
  if (answer.option !== undefined) return sameNumbers([answer.option], chosen);
  if (answer.text === undefined || response.text === undefined) return false;
  const plain = (text: string): string => {
    const trimmed = answer.trim === false ? text : text.trim();
    return answer.case === true ? trimmed : trimmed.toLocaleLowerCase();
  };
  return plain(answer.text) === plain(response.text);
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  const wanted = new Set(a);
  return wanted.size === b.length && b.every((value) => wanted.has(value));
}

function resultOf(session: Session, poll: Poll): PollResult {
  return {
    poll_id: poll.id,
    max_user: readersOf(session).length,
    user_count: poll.voters.size,
    total_response: [...poll.counts.values()].reduce((sum, { total }) => sum + total, 0),
    questions: poll.questions.map(({ question, options }) => {
      const counts = poll.counts.get(question.index);
      return {
        question: question.index,
        type: question.type,
        ...(options ? { options: counts ? [...counts.options] : options.map(() => 0) } : {}),
        correct: counts?.correct ?? 0,
        skipped: counts?.skipped ?? 0,
        total: counts?.total ?? 0,
      };
    }),
  };
}

export function infoOfPoll(poll: Poll): PollInfo & Pick<Poll, 'mode'> {
  return {
    poll_id: poll.id,
    title: poll.title,
    type: poll.type,
    state: poll.state,
    duration: poll.duration,
    anonymous: poll.anonymous,
    visibility: poll.visibility,
    locked: poll.locked,
    mode: poll.mode,
    vote: [...poll.vote],
    responses: [...poll.responses],
    created_by: poll.createdBy,
    started_by: poll.startedBy,
    stopped_by: poll.stoppedBy,
    created_at: poll.createdAt,
    started_at: poll.startedAt,
    stopped_at: poll.stoppedAt,
    questions_count: poll.questions.length,
  };
}
