import * as z from 'zod';
import type { PollQuestion } from './signaling/polls.ts';

/** Polls and quizzes as back ends make them (server API, 2.11). A question's or an option's id is its index, from 1. */

const shortText = z.string().max(1_024);
const index = z.int().min(1).max(1_000);

const option = z.object({ index, text: shortText, weight: z.number().min(0).max(1_000).default(1) });
const answer = z.object({
  /** Not told before the end. */
  hidden: z.boolean().default(false),
  /** Indexes of those that are right; empty: no answer is right or wrong. */
  options: z.array(index).max(20).default([]),
  text: shortText.default(''),
  /** Whether upper and lower case differ. */
  case: z.boolean().default(false),
  trim: z.boolean().default(true),
});
const question = z.object({
  index,
  text: shortText,
  format: z.string().max(20).default('text'),
  type: z.enum(['single-choice', 'multiple-choice', 'short-answer', 'long-answer']).default('single-choice'),
  attachment: z
    .array(z.object({ type: z.string().max(100), url: z.string().max(2_000) }))
    .max(10)
    .default([]),
  skippable: z.boolean().default(true),
  duration: z.number().min(0).max(86_400).default(0),
  once: z.boolean().default(false),
  weight: z.number().min(0).max(1_000).default(1),
  answer_min_len: z.int().min(0).max(1_024).default(1),
  answer_max_len: z.int().min(1).max(1_024).default(1_024),
  answer: answer.prefault({}),
  options: uniquely(option, 20).default([]),
});

/** In the order of their indexes, of which each is there once. */
function uniquely<Item extends z.ZodType<{ readonly index: number }>>(item: Item, max: number) {
  return z
    .array(item)
    .max(max)
    .superRefine((items, context) => {
      const seen = new Set<number>();
      items.forEach((each, place) => {
        const { index: at } = each as { readonly index: number };
        if (seen.has(at)) {
          context.addIssue({ code: 'custom', path: [place, 'index'], message: 'an index that no other has' });
        }
        seen.add(at);
      });
    });
}

export const pollBody = z.object({
  title: shortText.default(''),
  /** Seconds; 0: until it is stopped, or the session ends. */
  duration: z.number().min(0).max(86_400).default(0),
  anonymous: z.boolean().default(false),
  mode: z.enum(['userid', 'peerid']).default('userid'),
  type: z.enum(['poll', 'quiz']).default('poll'),
  /** `auto`: with the session. */
  start: z.enum(['auto', 'manual']).default('auto'),
  questions: uniquely(question, 50).default([]),
});
export const pollQuestionBody = question.extend({ index: index.optional() });
export const pollOptionBody = option.extend({ index: index.optional() });
export const pollQuestionObject = question;
export const pollOptionObject = option;
export const pollIndex = z.coerce.number().pipe(index);

export type PollBody = z.infer<typeof pollBody>;
export type PollQuestionObject = z.infer<typeof question>;
export type PollOptionObject = z.infer<typeof option>;

/** A question as sessions have it. */
export function sessionQuestionOf({ options, answer: right, ...asked }: PollQuestionObject): PollQuestion {
  const { index: at, text, type, skippable, duration, weight } = asked;
  const isRight = right.options.length > 0 || right.text !== '';
  return {
    question: { index: at, text, type, skippable, duration, weight },
    ...(options.length === 0 ? {} : { options }),
    ...(isRight
      ? {
          answer: {
            hidden: right.hidden,
            case: right.case,
            trim: right.trim,
            ...(right.options.length > 0 ? { options: right.options } : { text: right.text }),
          },
        }
      : {}),
  };
}
