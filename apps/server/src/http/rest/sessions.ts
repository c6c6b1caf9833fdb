import { type CursorList, PublicError, type SessionObject } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import type { WebServer } from '../web-server.ts';
import { cursorList, cursorListSchema, pageQuery, sessionObject, sessionObjectSchema } from './objects.ts';
import { flag, spanQuery } from './queries.ts';
import { workspaceOf } from './workspace-access.ts';

const listQuery = z.object({
  room_id: z.string().optional(),
  active: flag.optional(),
  ...spanQuery.shape,
  limit: pageQuery.shape.limit,
  start: z
    .string()
    .max(100)
    .optional()
    .transform((id) => (id === '' ? undefined : id)),
});
const tags = ['sessions'];

/** `/v2/sessions`: what has been, and who was there. */
export function sessionRoutes(server: WebServer, { store }: { readonly store: Pick<Store, 'history'> }): void {
  server.get(
    '/sessions',
    {
      schema: {
        tags,
        summary: 'List sessions, newest first',
        querystring: listQuery,
        response: { 200: cursorListSchema(sessionObjectSchema) },
      },
    },
    async (request): Promise<CursorList<SessionObject>> => {
      const { room_id: roomId, active, after, before, limit, start } = request.query;
      const sessions = await store.history.list({
        workspaceId: workspaceOf(request),
        roomId,
        active,
        after,
        before,
        limit,
        start,
      });
      return cursorList(sessions, limit, sessionObject);
    },
  );

  server.get(
    '/sessions/:sessionId',
    {
      schema: {
        tags,
        summary: 'Read a session, during and after it',
        params: z.object({ sessionId: z.string() }),
        response: { 200: sessionObjectSchema },
      },
    },
    async (request): Promise<SessionObject> => {
      const session = await store.history.find(request.params.sessionId);
      if (session?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'session not found');
      return sessionObject(session);
    },
  );
}
