import { CLIENT_FAILURES, PublicError } from '@amphi/protocol';
import type { AnalyticsEvent, Store } from '@amphi/store';
import * as z from 'zod';
import { SESSION_EVENT_TYPES } from '../../history/session-events.ts';
import type { WebServer } from '../web-server.ts';
import { cursorListSchema } from './objects.ts';
import { workspaceOf } from './workspace-access.ts';

const FAILURE_TYPES = CLIENT_FAILURES.map((name) => `client.${name}` as const);
const type = z.enum([...SESSION_EVENT_TYPES, ...FAILURE_TYPES]);

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  /** The `last` of the page before. */
  start: z
    .string()
    .regex(/^\d{0,15}$/, 'the last of an answer before, or nothing')
    .default(''),
});

const text = z.string().exactOptional();
const eventSchema = z.object({
  id: z.string(),
  type,
  timestamp: z.string(),
  /** Empty for what happened to nobody. */
  peer_id: z.string(),
  user_id: z.string(),
  /** As it was then, like the role. */
  user_name: text,
  role: text,
  previous_role: text,
  /** A peer. */
  requested_by: text,
  reason: text,
  output: z.enum(['browser', 'hls', 'rtmp', 'tracks']).exactOptional(),
});
type SessionEvent = z.infer<typeof eventSchema>;

/** `/v2/sessions/{id}/events`: what happened in a session, for its page. Ours: the reference has no such operation. */
export function sessionEventRoutes(
  server: WebServer,
  { store }: { readonly store: Pick<Store, 'history' | 'analytics'> },
): void {
  server.get(
    '/sessions/:sessionId/events',
    {
      schema: {
        tags: ['sessions'],
        summary: 'What happened in a session, newest first, of the last 30 days',
        params: z.object({ sessionId: z.string().max(100) }),
        querystring: listQuery,
        response: { 200: cursorListSchema(eventSchema) },
      },
    },
    async (request): Promise<{ limit: number; data: SessionEvent[]; last: string }> => {
      const { limit, start } = request.query;
      const { sessionId } = request.params;
      if ((await store.history.workspaceOf(sessionId)) !== workspaceOf(request)) {
        throw new PublicError(404, 'session not found');
      }
      const rows = await store.analytics.ofSession(sessionId, type.options, {
        before: start === '' ? undefined : Number(start),
        limit,
      });
      const last = rows.length === limit ? String(rows.at(-1)?.seq) : '';
      return { limit, data: rows.map(sessionEvent), last };
    },
  );
}

/** What a client reported has the addresses of platforms in it (EVT4): that it happened is told, and what it concerns. */
function sessionEvent({ id, at, type: kind, peerId, userId, data }: AnalyticsEvent): SessionEvent {
  const common = { id, type: type.parse(kind), timestamp: at.toISOString(), peer_id: peerId, user_id: userId };
  const told = kind.startsWith('client.') ? { user_name: data.user_name, role: data.role } : data;
  return eventSchema.parse({ ...common, ...told });
}
