import * as z from 'zod/mini';

/** Objects of polls and quizzes (client protocol, 7.5). Indexes start at 1. Times: Unix epoch in milliseconds. */

export const pollType = z.enum(['poll', 'quiz']);
export const pollState = z.enum(['created', 'started', 'stopped']);
const questionType = z.enum(['single-choice', 'multiple-choice', 'short-answer', 'long-answer']);
const shortText = z.string().check(z.maxLength(1_024));
const place = z.int().check(z.gte(1), z.lte(1_000));
const roleNames = z.array(z.string().check(z.maxLength(64))).check(z.maxLength(64));

export const pollQuestion = z.object({
  question: z.object({
    index: place,
    text: shortText,
    type: questionType,
    skippable: z.optional(z.boolean()),
    duration: z.optional(z.number().check(z.gte(0))),
    /** Points of a quiz. */
    weight: z._default(z.number().check(z.gte(0), z.lte(1_000)), 1),
  }),
  options: z.optional(
    z.array(z.object({ index: place, text: shortText, weight: z.optional(z.number()) })).check(z.maxLength(20)),
  ),
  answer: z.optional(
    z.object({
      hidden: z._default(z.boolean(), false),
      option: z.optional(z.int()),
      options: z.optional(z.array(z.int()).check(z.maxLength(20))),
      text: z.optional(shortText),
      case: z.optional(z.boolean()),
      trim: z.optional(z.boolean()),
    }),
  ),
});

export const pollResponse = z.object({
  question: place,
  type: questionType,
  /** Milliseconds that it took. */
  duration: z._default(z.number().check(z.gte(0), z.lte(86_400_000)), 0),
  /** −1: none. */
  option: z.optional(z.int()),
  options: z.optional(z.array(z.int()).check(z.maxLength(20))),
  text: z.optional(shortText),
  skipped: z.optional(z.boolean()),
  update: z.optional(z.boolean()),
});

export const pollInfo = z.object({
  poll_id: z.string(),
  title: z.string(),
  type: pollType,
  state: pollState,
  duration: z.number(),
  anonymous: z.boolean(),
  visibility: z.boolean(),
  locked: z.boolean(),
  mode: z.string(),
  vote: z.array(z.string()),
  responses: z.array(z.string()),
  created_by: z.string(),
  started_by: z.string(),
  stopped_by: z.string(),
  created_at: z.number(),
  started_at: z.number(),
  stopped_at: z.number(),
  questions_count: z.number(),
});

export const pollResult = z.object({
  poll_id: z.string(),
  max_user: z.number(),
  user_count: z.number(),
  total_response: z.number(),
  questions: z.array(
    z.object({
      question: z.number(),
      type: questionType,
      /** Votes, in the order of the options. */
      options: z.optional(z.array(z.number())),
      correct: z.number(),
      skipped: z.number(),
      total: z.number(),
    }),
  ),
});

const pollId = z.string().check(z.minLength(1), z.maxLength(64));
const pageSize = z.int().check(z.gte(1), z.lte(100));
/** Public clients ask for so many at once. */
const leadersPageSize = z.int().check(z.gte(1), z.lte(200));

export const pollMethods = {
  'poll-info-set': z.object({
    poll_id: z.optional(pollId),
    title: shortText,
    type: pollType,
    duration: z._default(z.number().check(z.gte(0), z.lte(86_400)), 0),
    anonymous: z._default(z.boolean(), false),
    visibility: z._default(z.boolean(), false),
    locked: z._default(z.boolean(), false),
    mode: z._default(z.enum(['userid', 'peerid', 'username']), 'userid'),
    vote: z._default(roleNames, []),
    responses: z._default(roleNames, []),
  }),
  'poll-questions-set': z.object({ poll_id: pollId, questions: z.array(pollQuestion).check(z.maxLength(50)) }),
  'poll-questions-get': z.object({
    poll_id: pollId,
    index: z._default(z.int().check(z.gte(0)), 0),
    count: z._default(pageSize, 50),
  }),
  'poll-start': z.object({ poll_id: pollId }),
  'poll-stop': z.object({ poll_id: pollId }),
  'poll-response': z.object({ poll_id: pollId, responses: z.array(pollResponse).check(z.maxLength(50)) }),
  'poll-responses': z.object({
    poll_id: pollId,
    index: z._default(z.int().check(z.gte(0)), 0),
    count: z._default(pageSize, 50),
    self: z._default(z.boolean(), false),
  }),
  'poll-result': z.object({ poll_id: pollId }),
  'poll-list': z.object({
    state: z.optional(pollState),
    count: z._default(pageSize, 50),
    start: z.optional(z.string().check(z.maxLength(128))),
  }),
  'poll-leaderboard': z.object({
    poll_id: pollId,
    count: z._default(leadersPageSize, 50),
    offset: z._default(z.int().check(z.gte(0)), 0),
  }),
} as const;

export type PollQuestion = z.infer<typeof pollQuestion>;
export type PollResponse = z.infer<typeof pollResponse>;
export type PollInfo = z.infer<typeof pollInfo>;
