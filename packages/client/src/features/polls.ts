import type {
  MethodName,
  MethodParams,
  Notification,
  PollInfo,
  PollResponse,
  PollQuestion as WireQuestion,
} from '@amphi/protocol';
import { pollInfo, pollQuestion, pollResponse, pollResult } from '@amphi/protocol';
import * as z from 'zod/mini';
import { ClientError, toClientError } from '../errors.ts';
import type { Leaderboard, NewPoll, NewQuestion, Poll, PollAnswer, PollQuestion, PollResults } from '../poll-state.ts';
import { readAnswer } from '../read-answer.ts';
import { expectPermission, joinedConnection, type SessionContext } from '../session-context.ts';
import type { SessionState } from '../state.ts';

type PollMethod = Extract<MethodName, `poll-${string}`>;

/** What this SDK leaves as it is. */
const POLL_DEFAULTS = { visibility: false, locked: false, mode: 'userid', responses: [] } satisfies Partial<
  MethodParams<'poll-info-set'>
>;
const NOTHING_KNOWN = { questions: undefined, results: undefined, ownAnswers: {} } as const;

const idAnswer = z.object({ poll_id: z.string() });
const listAnswer = z.object({ polls: z.array(pollInfo) });
const questionsAnswer = z.object({ questions: z.array(pollQuestion) });
const responsesAnswer = z.object({ responses: z._default(z.array(z.object({ response: pollResponse })), []) });
const resultAnswer = z.omit(pollResult, { poll_id: true });
const leaderboardAnswer = z.object({
  avg_score: z.number(),
  avg_time: z.number(),
  voted_users: z.number(),
  total_users: z.number(),
  questions: z.array(
    z.object({
      position: z.number(),
      score: z.number(),
      total_responses: z.number(),
      correct_responses: z.number(),
      duration: z.number(),
      peer: z.object({ peerid: z._default(z.string(), ''), username: z._default(z.string(), '') }),
    }),
  ),
  last: z._default(z.boolean(), true),
});

/** What one may ask of and do in polls. What there is of them is in `state.polls`. */
export class Polls {
  readonly #context: SessionContext;
  #loading: Promise<void> | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /**
   * Fetches the polls of before we came, once; later ones come by themselves. Fetched again after a reconnect.
   * @throws ClientError `refused` for a role that may not read polls
   */
  load(): Promise<void> {
    this.#loading ??= this.#fetchAll().catch((error: unknown) => {
      if (!toClientError(error, 'refused', 'polls').isTransient) this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #fetchAll(): Promise<void> {
    const { polls } = readAnswer(listAnswer, 'poll-list', await this.#ask('poll-list', { count: 50 }));
    this.#context.store.update((state) => ({
      ...state,
      polls: Object.fromEntries(polls.map((info) => [info.poll_id, withInfo(state.polls[info.poll_id], info)])),
    }));
    await Promise.all(polls.map(({ poll_id: id }) => this.#fetchParts(id)));
  }

  /**
   * Makes a poll that nobody else sees yet.
   * @returns its id
   * @throws ClientError `not_allowed` without `pollWrite`
   */
  async create(poll: NewPoll): Promise<string> {
    expectPermission(this.#context, 'pollWrite');
    const { title, type = 'poll', isAnonymous = false, voters = [], durationS = 0, questions } = poll;
    const info = { title, type, anonymous: isAnonymous, vote: [...voters], duration: durationS };
    const answer = await this.#ask('poll-info-set', { ...info, ...POLL_DEFAULTS });
    const { poll_id: id } = readAnswer(idAnswer, 'poll-info-set', answer);
    const wire = questions.map((question, i) => toWireQuestion(question, i + 1));
    await this.#ask('poll-questions-set', { poll_id: id, questions: wire });
    const own = { id, title, type, status: 'created', isAnonymous, voters, durationS } as const;
    const rest = { createdBy: this.#context.store.get().self.peerId, startedAt: 0, stoppedAt: 0 };
    this.#change(id, () => ({ ...own, ...rest, ...NOTHING_KNOWN, questions: wire.map(toQuestion) }));
    return id;
  }

  /** Opens it to everyone who may read polls. @throws ClientError `not_allowed` without `pollWrite` */
  async start(pollId: string): Promise<void> {
    expectPermission(this.#context, 'pollWrite');
    await this.#ask('poll-start', { poll_id: pollId });
  }

  /** @throws ClientError `not_allowed` without `pollWrite` */
  async stop(pollId: string): Promise<void> {
    expectPermission(this.#context, 'pollWrite');
    await this.#ask('poll-stop', { poll_id: pollId });
  }

  /**
   * Answers one question of a running poll.
   * @param options.durationMs time that it took; decides between equal scores of a quiz
   */
  async answer(
    pollId: string,
    question: number,
    answer: PollAnswer,
    options: { readonly durationMs?: number } = {},
  ): Promise<void> {
    const poll = this.#context.store.get().polls[pollId];
    const asked = poll?.questions?.find(({ index }) => index === question);
    if (!asked) throw new ClientError('wrong_state', `poll ${pollId}: question ${question} is not known here`);
    const response = { question, type: asked.type, duration: options.durationMs ?? 0, ...toWireAnswer(asked, answer) };
    await this.#ask('poll-response', { poll_id: pollId, responses: [response] });
    this.#change(pollId, (present) => {
      if (!present || (present.type === 'quiz' && present.ownAnswers[question])) return present;
      return { ...present, ownAnswers: { ...present.ownAnswers, [question]: answer } };
    });
  }

  /** Who did best in a stopped quiz. @throws ClientError `refused` for one that is anonymous or runs */
  async leaderboard(
    pollId: string,
    page: { readonly count?: number; readonly offset?: number } = {},
  ): Promise<Leaderboard> {
    const { count = 50, offset = 0 } = page;
    const answer = await this.#ask('poll-leaderboard', { poll_id: pollId, count, offset });
    const board = readAnswer(leaderboardAnswer, 'poll-leaderboard', answer);
    return {
      averageScore: board.avg_score,
      averageMs: board.avg_time,
      voters: board.voted_users,
      readers: board.total_users,
      entries: board.questions.map(({ position, score, total_responses, correct_responses, duration, peer }) => ({
        position,
        peerId: peer.peerid,
        name: peer.username,
        score,
        answered: total_responses,
        correct: correct_responses,
        durationMs: duration,
      })),
      isMore: !board.last,
    };
  }

  /**
   * After a reconnect; what had been loaded is loaded again.
   * @internal for the session
   */
  resync(): void {
    if (!this.#loading) return;
    this.#loading = undefined;
    void this.#tolerate(this.load());
  }

  /** @internal for the session */
  handle(notification: Notification): void {
    // The right answers of a quiz are told when it is over.
    if (notification.method === 'on-poll-start' || notification.method === 'on-poll-stop') {
      for (const { poll_id: id } of notification.params.polls) void this.#tolerate(this.#fetchParts(id));
    }
  }

  /** Questions, counts and our own answers of a poll whose head is known. */
  async #fetchParts(id: string): Promise<void> {
    const status = this.#context.store.get().polls[id]?.status;
    if (status === undefined) return;
    const begun = status !== 'created';
    const [questions, responses, results] = await Promise.all([
      this.#ask('poll-questions-get', { poll_id: id, index: 0, count: 50 }),
      begun ? this.#ask('poll-responses', { poll_id: id, index: 0, count: 50, self: true }) : undefined,
      begun ? this.#ask('poll-result', { poll_id: id }) : undefined,
    ]);
    const asked = readAnswer(questionsAnswer, 'poll-questions-get', questions).questions.map(toQuestion);
    const given =
      responses === undefined ? undefined : readAnswer(responsesAnswer, 'poll-responses', responses).responses;
    const counted = results === undefined ? undefined : readAnswer(resultAnswer, 'poll-result', results);
    this.#change(id, (poll) =>
      poll
        ? {
            ...poll,
            questions: asked,
            ...(given && {
              ownAnswers: Object.fromEntries(given.map(({ response }) => [response.question, toAnswer(response)])),
            }),
            ...(counted && { results: toResults(counted, asked) }),
          }
        : undefined,
    );
  }

  #ask<Name extends PollMethod>(method: Name, params: MethodParams<Name>): Promise<unknown> {
    return joinedConnection(this.#context, method).request(method, params);
  }

  #change(id: string, change: (poll: Poll | undefined) => Poll | undefined): void {
    this.#context.store.update((state) => {
      const poll = change(state.polls[id]);
      return poll === undefined || poll === state.polls[id]
        ? state
        : { ...state, polls: { ...state.polls, [id]: poll } };
    });
  }

  /** What was fetched because of a notification: told, unless the next `resync` makes it good. */
  async #tolerate(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      const error = toClientError(thrown, 'refused', 'polls');
      if (!error.isTransient) this.#context.events.emit('error', { error });
    }
  }
}

/** What a notification makes of the polls. Pure. */
export function pollsAfter(state: SessionState, notification: Notification): SessionState {
  const polls: Record<string, Poll> = { ...state.polls };
  switch (notification.method) {
    case 'on-poll-start':
      for (const info of notification.params.polls) polls[info.poll_id] = withInfo(polls[info.poll_id], info);
      break;
    case 'on-poll-stop':
      for (const { poll_id: id, stopped_at: stoppedAt } of notification.params.polls) {
        const poll = polls[id];
        if (poll) polls[id] = { ...poll, status: 'stopped', stoppedAt };
      }
      break;
    case 'on-poll-stats':
      for (const result of notification.params.polls) {
        const poll = polls[result.poll_id];
        if (poll) polls[result.poll_id] = { ...poll, results: toResults(result, poll.questions) };
      }
      break;
    default:
      return state;
  }
  return { ...state, polls };
}

function withInfo(present: Poll | undefined, info: PollInfo): Poll {
  return {
    ...NOTHING_KNOWN,
    ...present,
    id: info.poll_id,
    title: info.title,
    type: info.type,
    status: info.state,
    isAnonymous: info.anonymous,
    voters: info.vote,
    durationS: info.duration,
    createdBy: info.created_by,
    startedAt: info.started_at,
    stoppedAt: info.stopped_at,
  };
}

function toQuestion({ question, options = [], answer }: WireQuestion): PollQuestion {
  const { index, text, type, skippable = true, weight } = question;
  const correct = answer?.options ?? (answer?.option === undefined ? undefined : [answer.option]);
  const choices = options.map((option) => ({ index: option.index, text: option.text }));
  return { index, text, type, isSkippable: skippable, points: weight, options: choices, correct };
}

function toWireQuestion(question: NewQuestion, index: number): WireQuestion {
  const { text, type = 'single-choice', options = [], correct, points = 1, isSkippable = true } = question;
  const right = type === 'single-choice' ? { option: correct?.[0] } : { options: [...(correct ?? [])] };
  return {
    question: { index, text, type, skippable: isSkippable, weight: points },
    options: options.map((option, i) => ({ index: i + 1, text: option })),
    // Hidden until the quiz is over.
    ...(correct && correct.length > 0 && { answer: { hidden: true, ...right } }),
  };
}

function toWireAnswer({ type }: PollQuestion, answer: PollAnswer): Partial<PollResponse> {
  if ('isSkipped' in answer) return { skipped: true };
  if ('text' in answer) return { text: answer.text };
  return type === 'single-choice' ? { option: answer.options[0] ?? -1 } : { options: [...answer.options] };
}

function toAnswer({ skipped, text, option, options }: PollResponse): PollAnswer {
  if (skipped) return { isSkipped: true };
  if (options) return { options };
  if (option !== undefined && option > 0) return { options: [option] };
  return { text: text ?? '' };
}

/** @param questions say which option each count belongs to; without them options count from 1 */
function toResults(result: z.infer<typeof resultAnswer>, questions: readonly PollQuestion[] | undefined): PollResults {
  return {
    voters: result.user_count,
    readers: result.max_user,
    questions: result.questions.map(({ question: index, options = [], total, correct, skipped }) => {
      const asked = questions?.find((question) => question.index === index)?.options;
      const votes = Object.fromEntries(options.map((count, i) => [asked?.[i]?.index ?? i + 1, count]));
      return { index, votes, total, correct, skipped };
    }),
  };
}
