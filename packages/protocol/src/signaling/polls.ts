import * as z from 'zod';

/** Objects of polls and quizzes (client protocol, 7.5). Indexes start at 1. Times: Unix epoch in milliseconds. */

export const pollType = z.enum(['poll', 'quiz']);
export const pollState = z.enum(['created', 'started', 'stopped']);
const questionType = z.enum(['single-choice', 'multiple-choice', 'short-answer', 'long-answer']);
const shortText = z.string().max(1_024);
const place = z.int().min(1).max(1_000);
const roleNames = z.array(z.string()).max(64);

export const pollQuestion = z.object({
  question: z.object({
    index: place,
    text: shortText,
    type: questionType,
    skippable: z.boolean().optional(),
    duration: z.number().min(0).optional(),
    /** Points of a quiz. */
    weight: z.number().min(0).max(1_000).default(1),
  }),
  options: z
    .array(z.object({ index: place, text: shortText, weight: z.number().optional() }))
    .max(20)
    .optional(),
  answer: z
    .object({
      hidden: z.boolean().default(false),
      option: z.int().optional(),
      options: z.array(z.int()).max(20).optional(),
      text: shortText.optional(),
      case: z.boolean().optional(),
      trim: z.boolean().optional(),
    })
    .optional(),
});

export const pollResponse = z.object({
  question: place,
  type: questionType,
  /** Milliseconds that it took. */
  duration: z.number().min(0).max(86_400_000).default(0),
  /** −1: none. */
  option: z.int().optional(),
  options: z.array(z.int()).max(20).optional(),
  text: shortText.optional(),
  skipped: z.boolean().optional(),
  update: z.boolean().optional(),
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
      options: z.array(z.number()).optional(),
      correct: z.number(),
      skipped: z.number(),
      total: z.number(),
    }),
  ),
});

const pollId = z.string().min(1).max(64);
const pageSize = z.int().min(1).max(100);

export const pollMethods = {
  'poll-info-set': z.object({
    poll_id: pollId.optional(),
    title: shortText,
    type: pollType,
    duration: z.number().min(0).max(86_400).default(0),
    anonymous: z.boolean().default(false),
    visibility: z.boolean().default(false),
    locked: z.boolean().default(false),
    mode: z.enum(['userid', 'peerid', 'username']).default('userid'),
    vote: roleNames.default([]),
    responses: roleNames.default([]),
  }),
  'poll-questions-set': z.object({ poll_id: pollId, questions: z.array(pollQuestion).max(50) }),
  'poll-questions-get': z.object({
    poll_id: pollId,
    index: z.int().min(0).default(0),
    count: pageSize.default(50),
  }),
  'poll-start': z.object({ poll_id: pollId }),
  'poll-stop': z.object({ poll_id: pollId }),
  'poll-response': z.object({ poll_id: pollId, responses: z.array(pollResponse).max(50) }),
  'poll-responses': z.object({
    poll_id: pollId,
    index: z.int().min(0).default(0),
    count: pageSize.default(50),
    self: z.boolean().default(false),
  }),
  'poll-result': z.object({ poll_id: pollId }),
  'poll-list': z.object({ state: pollState.optional(), count: pageSize.default(50), start: z.string().optional() }),
  'poll-leaderboard': z.object({
    poll_id: pollId,
    count: pageSize.default(50),
    offset: z.int().min(0).default(0),
  }),
} as const;

export type PollQuestion = z.infer<typeof pollQuestion>;
export type PollResponse = z.infer<typeof pollResponse>;
export type PollInfo = z.infer<typeof pollInfo>;
