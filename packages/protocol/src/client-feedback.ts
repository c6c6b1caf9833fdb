import * as z from 'zod';

/** Longer words of people are cut, not refused. */
const words = (longest: number) =>
  z
    .string()
    .transform((text) => text.slice(0, longest))
    .default('');

/** How somebody found a session, as public clients send it (`POST /v2/client/feedback`). What else is in it is not read. */
export const clientFeedback = z.object({
  peer: z.object({ peer_id: z.string().min(1).max(64), session_id: z.string().min(1).max(64) }),
  payload: z
    .object({
      question: words(500),
      rating: z.int().min(-1_000).max(1_000),
      min_rating: z.int().min(-1_000).max(1_000).default(1),
      max_rating: z.int().min(-1_000).max(1_000).default(5),
      reasons: z.array(z.string().max(200)).max(20).default([]),
      comment: words(1_024),
    })
    .refine(({ min_rating: min, max_rating: max }) => min < max, 'min_rating must be below max_rating')
    .refine(
      ({ rating, min_rating: min, max_rating: max }) => rating >= min && rating <= max,
      'rating must be from min_rating to max_rating',
    ),
});
