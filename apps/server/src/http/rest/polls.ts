import {
  type PollBody,
  type PollOptionObject,
  type PollQuestionObject,
  PublicError,
  pollBody,
  pollIndex,
  pollOptionBody,
  pollOptionObject,
  pollQuestionBody,
  pollQuestionObject,
} from '@amphi/protocol';
import type { Poll, PollPage, PollResponseRow, PollSession, Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { WebServer } from '../web-server.ts';
import { cursorList, pageQuery } from './objects.ts';
import { flag } from './queries.ts';
import { workspaceOf } from './workspace-access.ts';

const params = z.object({ pollId: z.string() });
const questionParams = params.extend({ question: pollIndex });
const optionParams = questionParams.extend({ option: pollIndex });
const tags = ['polls'];

const pollObject = pollBody.extend({ id: z.string() });
const sessionObject = z.object({
  id: z.string(),
  poll_id: z.string(),
  session_id: z.string(),
  started_at: z.string(),
  stopped_at: z.string(),
  total_responses: z.int(),
  unique_participants: z.int(),
});
const responseObject = z.object({
  id: z.string(),
  poll_id: z.string(),
  session_id: z.string(),
  /** Milliseconds. */
  duration: z.number(),
  question: z.int(),
  skipped: z.boolean(),
  option: z.int().exactOptional(),
  options: z.array(z.int()).exactOptional(),
  text: z.string(),
  update: z.boolean(),
  original_response: z.string(),
  retries: z.int(),
  sent_at: z.string(),
  peer_id: z.string(),
  user_id: z.string(),
});
const resultObject = z.object({
  id: z.string(),
  poll_id: z.string(),
  session_id: z.string(),
  question: z.int(),
  duration: z.number(),
  peer_id: z.string(),
  user_id: z.string(),
  score: z.number(),
});
const responses = <Item>(item: z.ZodType<Item>) =>
  z.object({ last: z.string(), limit: z.int(), responses: z.array(item) });

/** `/v2/polls`: polls that back ends make, and what came of them. */
export function pollRoutes(server: WebServer, { store }: { readonly store: Pick<Store, 'polls'> }): void {
  const pollOf = async (request: FastifyRequest, id: string): Promise<Poll> => {
    const poll = await store.polls.find(id);
    if (poll?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'Poll not found');
    return poll;
  };
  const change = async (request: FastifyRequest, pollId: string, how: (body: PollBody) => PollBody): Promise<void> => {
    const { id } = await pollOf(request, pollId);
    await store.polls.change(id, how);
  };

  server.post(
    '/polls',
    { schema: { tags, summary: 'Create a poll', body: pollBody, response: { 200: pollObject } } },
    async (request) => objectOf(await store.polls.create(workspaceOf(request), request.body)),
  );

  server.get(
    '/polls/:pollId',
    { schema: { tags, summary: 'Read a poll', params, response: { 200: pollObject } } },
    async (request) => objectOf(await pollOf(request, request.params.pollId)),
  );

  server.post(
    '/polls/:pollId',
    {
      schema: {
        tags,
        summary: 'Write over a poll; sessions take it as it is when they begin',
        params,
        body: pollBody,
        response: { 200: pollObject },
      },
    },
    async (request) => {
      const { id } = await pollOf(request, request.params.pollId);
      return objectOf(await store.polls.change(id, () => request.body));
    },
  );

  server.post(
    '/polls/:pollId/questions/:question',
    {
      schema: {
        tags,
        summary: 'Write over a question, or add one',
        params: questionParams,
        body: pollQuestionBody,
        response: { 200: pollQuestionObject },
      },
    },
    async (request) => {
      const question: PollQuestionObject = { ...request.body, index: request.params.question };
      await change(request, request.params.pollId, (body) => ({
        ...body,
        questions: withItem('questions', body.questions, question, 50),
      }));
      return question;
    },
  );

  server.delete(
    '/polls/:pollId/questions/:question',
    {
      schema: {
        tags,
        summary: 'Remove a question; those behind it move down',
        params: questionParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const at = request.params.question;
      await change(request, request.params.pollId, (body) => ({
        ...body,
        questions: withoutItem('question', body.questions, at),
      }));
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/polls/:pollId/questions/:question/options/:option',
    {
      schema: {
        tags,
        summary: 'Write over an option of a question, or add one',
        params: optionParams,
        body: pollOptionBody,
        response: { 200: pollOptionObject },
      },
    },
    async (request) => {
      const { question, option: index } = request.params;
      const option: PollOptionObject = { ...request.body, index };
      await change(request, request.params.pollId, (body) =>
        inQuestion(body, question, (all) => withItem('options', all, option, 20)),
      );
      return option;
    },
  );

  server.delete(
    '/polls/:pollId/questions/:question/options/:option',
    {
      schema: {
        tags,
        summary: 'Remove an option; those behind it move down',
        params: optionParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { question, option } = request.params;
      await change(request, request.params.pollId, (body) =>
        inQuestion(body, question, (all) => withoutItem('option', all, option)),
      );
      return reply.code(204).send(null);
    },
  );

  const questionFilter = { question: pollIndex.optional() };
  const page = async (
    request: FastifyRequest,
    { pollId }: { readonly pollId: string },
    query: Omit<PollPage, 'pollId'>,
  ): Promise<PollPage> => ({ ...query, pollId: (await pollOf(request, pollId)).id });

  // The documentation shows both paths.
  for (const url of ['/polls/:pollId/sessions', '/polls/:pollId/sessions/:sessionId'] as const) {
    server.get(
      url,
      {
        schema: {
          tags,
          summary: 'Runs of a poll that are over, newest first',
          params: params.extend({ sessionId: z.string().optional() }),
          querystring: pageQuery,
          response: { 200: responses(sessionObject) },
        },
      },
      async (request) => {
        const { sessionId } = request.params;
        const rows = await store.polls.listSessions({
          ...(await page(request, request.params, request.query)),
          sessionId,
        });
        const { data, ...rest } = cursorList(rows, request.query.limit, sessionOf);
        return { ...rest, responses: [...data] };
      },
    );
  }

  server.get(
    '/polls/:pollId/responses',
    {
      schema: {
        tags,
        summary: 'What was answered, newest first',
        params,
        // Answers that were given anew are not kept, so that `all` has nothing to add.
        querystring: pageQuery.extend({ ...questionFilter, all: flag.optional() }),
        response: { 200: responses(responseObject) },
      },
    },
    async (request) => {
      const { all: _, ...query } = request.query;
      const rows = await store.polls.listResponses(await page(request, request.params, query));
      const { data, ...rest } = cursorList(rows, query.limit, responseOf);
      return { ...rest, responses: [...data] };
    },
  );

  server.get(
    '/polls/:pollId/results',
    {
      schema: {
        tags,
        summary: 'Points of what was answered, newest first',
        params,
        querystring: pageQuery.extend(questionFilter),
        response: {
          200: z.object({ last: z.string(), limit: z.int(), results: z.array(resultObject) }),
        },
      },
    },
    async (request) => {
      const rows = await store.polls.listResponses(await page(request, request.params, request.query));
      const { data, ...rest } = cursorList(rows, request.query.limit, resultOf);
      return { ...rest, results: [...data] };
    },
  );

  const one = async (request: FastifyRequest, pollId: string, id: string): Promise<PollResponseRow> => {
    const row = await store.polls.findResponse((await pollOf(request, pollId)).id, id);
    if (!row) throw new PublicError(404, 'Response not found');
    return row;
  };
  const oneParams = params.extend({ id: z.string() });
  server.get(
    '/polls/:pollId/responses/:id',
    { schema: { tags, summary: 'One answer', params: oneParams, response: { 200: responseObject } } },
    async (request) => responseOf(await one(request, request.params.pollId, request.params.id)),
  );
  server.get(
    '/polls/:pollId/results/:id',
    {
      schema: { tags, summary: 'Points of one answer', params: oneParams, response: { 200: resultObject } },
    },
    async (request) => resultOf(await one(request, request.params.pollId, request.params.id)),
  );
}

interface Indexed {
  readonly index: number;
}

/** @throws PublicError 400 */
function withItem<Item extends Indexed>(what: string, items: readonly Item[], item: Item, max: number): Item[] {
  const after = [...items.filter(({ index }) => index !== item.index), item].sort((a, b) => a.index - b.index);
  if (after.length > max) throw new PublicError(400, `Invalid body param: ${what}: at most ${max}`);
  return after;
}

/** @throws PublicError 404 */
function withoutItem<Item extends Indexed>(what: string, items: readonly Item[], at: number): Item[] {
  if (!items.some(({ index }) => index === at)) throw new PublicError(404, `${what} not found: ${at}`);
  return items
    .filter(({ index }) => index !== at)
    .map((item) => (item.index > at ? { ...item, index: item.index - 1 } : item));
}

/** @throws PublicError 404 */
function inQuestion(
  body: PollBody,
  at: number,
  change: (options: readonly PollOptionObject[]) => PollOptionObject[],
): PollBody {
  if (!body.questions.some(({ index }) => index === at)) throw new PublicError(404, `question not found: ${at}`);
  const questions = body.questions.map((question) =>
    question.index === at ? { ...question, options: change(question.options) } : question,
  );
  return { ...body, questions };
}

function objectOf({ id, body }: Poll): z.infer<typeof pollObject> {
  return { id, ...body };
}

function sessionOf(row: PollSession): z.infer<typeof sessionObject> {
  return {
    id: row.id,
    poll_id: row.pollId,
    session_id: row.sessionId,
    started_at: row.startedAt.toISOString(),
    stopped_at: row.stoppedAt.toISOString(),
    total_responses: row.totalResponses,
    unique_participants: row.participants,
  };
}

function responseOf({ response, ...row }: PollResponseRow): z.infer<typeof responseObject> {
  const { option, options } = response;
  return {
    id: row.id,
    poll_id: row.pollId,
    session_id: row.sessionId,
    duration: response.duration,
    question: row.question,
    skipped: response.skipped ?? false,
    ...(option === undefined ? {} : { option }),
    ...(options === undefined ? {} : { options }),
    text: response.text ?? '',
    update: response.update ?? false,
    original_response: '',
    retries: 0,
    sent_at: row.sentAt.toISOString(),
    peer_id: row.peerId,
    user_id: row.userId,
  };
}

function resultOf(row: PollResponseRow): z.infer<typeof resultObject> {
  return {
    id: row.id,
    poll_id: row.pollId,
    session_id: row.sessionId,
    question: row.question,
    duration: row.response.duration,
    peer_id: row.peerId,
    user_id: row.userId,
    score: row.score,
  };
}
