import { PublicError } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import type { WebServer } from '../web-server.ts';
import { pageQuery } from './objects.ts';
import { workspaceOf } from './workspace-access.ts';

const text = z.string().max(256).optional();
const listQuery = z.object({
  room_id: text,
  session_id: text,
  user_id: text,
  limit: pageQuery.shape.limit,
  start: z
    .string()
    .max(100)
    .optional()
    .transform((id) => (id === '' ? undefined : id)),
});

const scale = { min: z.number(), max: z.number() };
const listed = z.object({
  peer_id: z.string(),
  user_id: z.string(),
  account_id: z.string(),
  peer_name: z.string(),
  role: z.string(),
  session_id: z.string(),
  room_id: z.string(),
  template_id: z.string(),
  question: z.string(),
  rating: z.int(),
  min_rating: z.int(),
  max_rating: z.int(),
  reasons: z.array(z.string()),
  comment: z.string(),
  timestamp: z.string(),
});
const list = z.object({ limit: z.int(), total: z.int(), next: z.string(), data: z.array(listed) });
const summary = z.object({
  avg_session_rating: z.number(),
  scale: z.object(scale),
  num_feedback_submitted: z.int(),
});
const tags = ['analytics'];

/** `/v2/analytics/feedback`: how people found the sessions that they had been in (server API, 2.16). */
export function feedbackRoutes(
  server: WebServer,
  { store }: { readonly store: Pick<Store, 'feedback' | 'history'> },
): void {
  server.get(
    '/analytics/feedback',
    {
      schema: {
        tags,
        summary: 'What people said of sessions after leaving, newest first',
        querystring: listQuery,
        response: { 200: list },
      },
    },
    async (request): Promise<z.infer<typeof list>> => {
      const { room_id: roomId, session_id: sessionId, user_id: userId, limit, start } = request.query;
      const filter = { workspaceId: workspaceOf(request), roomId, sessionId, userId };
      const { rows, total } = await store.feedback.list(filter, { limit, start });
      return {
        limit,
        total,
        next: rows.length === limit ? (rows.at(-1)?.id ?? '') : '',
        data: rows.map((row) => ({
          peer_id: row.peerId,
          user_id: row.userId,
          account_id: row.workspaceId,
          peer_name: row.name,
          role: row.role,
          session_id: row.sessionId,
          room_id: row.roomId,
          template_id: row.templateId,
          question: row.question,
          rating: row.rating,
          min_rating: row.minRating,
          max_rating: row.maxRating,
          reasons: [...row.reasons],
          comment: row.comment,
          timestamp: row.at.toISOString(),
        })),
      };
    },
  );

  server.get(
    '/analytics/feedback/summary/:sessionId',
    {
      schema: {
        tags,
        summary: 'Average rating of a session, on the scale that is asked for; 0 without ratings',
        params: z.object({ sessionId: z.string() }),
        querystring: z
          .object({ scale_min: z.coerce.number().default(1), scale_max: z.coerce.number().default(5) })
          .refine(({ scale_min: min, scale_max: max }) => min < max, 'scale_min must be below scale_max'),
        response: { 200: summary },
      },
    },
    async (request): Promise<z.infer<typeof summary>> => {
      const { sessionId } = request.params;
      const { scale_min: min, scale_max: max } = request.query;
      const session = await store.history.find(sessionId);
      if (session?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'session not found');
      const { count, average } = await store.feedback.summary(sessionId);
      return {
        avg_session_rating: average === undefined ? 0 : min + average * (max - min),
        scale: { min, max },
        num_feedback_submitted: count,
      };
    },
  );
}
