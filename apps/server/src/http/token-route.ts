import { PublicError, type TokenAnswer, tokenByRoomCodeBody } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import { z } from 'zod';
import type { RoomTokens } from '../tokens/room-tokens.ts';
import { errorBody } from './bodies.ts';
import type { Readiness } from './health.ts';
import type { WebServer } from './web-server.ts';

/** A code of another shape is an unknown one: clients have a text of their own for that. */
const body = tokenByRoomCodeBody.extend({ code: z.string().min(1).max(100) });

const answer: z.ZodType<TokenAnswer> = z.object({ token: z.string(), expires_at: z.string(), expiresAt: z.string() });

/** `POST /v2/token`: a room code for a client auth token. */
export function tokenRoute(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'rooms' | 'roomCodes' | 'apps'>;
    readonly roomTokens: RoomTokens;
    readonly readiness: Readiness;
  },
): void {
  const { store, roomTokens, readiness } = options;
  const schema = {
    tags: ['clients'],
    summary: 'Client auth token for a room code',
    description: 'The body is read as JSON whatever its content type.',
    body,
    response: { 200: answer, 400: errorBody, 403: errorBody, 404: errorBody },
  };
  server.post('/token', { schema }, async (request): Promise<TokenAnswer> => {
    readiness.assertAccepting();
    const code = await store.roomCodes.find(request.body.code.toLowerCase());
    const room = code && (await store.rooms.find(code.roomId));
    if (!code || !room) throw new PublicError(404, 'room code does not exist');
    if (!code.enabled) throw new PublicError(403, 'room code is disabled');
    if (!room.enabled) throw new PublicError(403, 'room is not active');
    const template = await store.apps.findTemplate(room.templateId);
    if (!template?.body.roles[code.role])
      throw new PublicError(403, 'role is invalid: it is no longer in the template');
    const { token, expiresAt } = await roomTokens.issueUntil({
      roomId: room.id,
      role: code.role,
      userId: request.body.user_id,
    });
    return { token, expires_at: expiresAt.toISOString(), expiresAt: expiresAt.toISOString() };
  });
}
