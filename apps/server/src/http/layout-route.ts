import { PublicError, uiLayoutAnswer } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import type { z } from 'zod';
import { uiLayouts } from '../platform/ui-layouts.ts';
import type { ClientTokens } from '../sessions/ports.ts';
import { bearerOf } from '../tokens/management-tokens.ts';
import { errorBody } from './bodies.ts';
import type { WebServer } from './web-server.ts';

/** `GET /v2/layouts/ui`: how the ready-made room looks to each role, the token's role first. */
export function layoutRoute(
  server: WebServer,
  options: { readonly store: Pick<Store, 'rooms' | 'apps'>; readonly tokens: ClientTokens },
): void {
  const { store, tokens } = options;
  const schema = {
    tags: ['clients'],
    summary: 'Layouts of the ready-made room, the first for the role of the client auth token',
    response: { 200: uiLayoutAnswer, 401: errorBody, 403: errorBody },
  };
  server.get('/layouts/ui', { schema }, async (request): Promise<z.infer<typeof uiLayoutAnswer>> => {
    const token = bearerOf(request.headers.authorization);
    if (token === undefined) throw new PublicError(401, 'Authorization header with a Bearer token is missing');
    const claims = await tokens.verify(token);
    const room = await store.rooms.find(claims.room_id);
    const template = room && (await store.apps.findTemplate(room.templateId));
    if (!template) throw new PublicError(401, 'room_id of the token is unknown');
    const data = uiLayouts(template, claims.role);
    if (data[0]?.role !== claims.role) throw new PublicError(403, `role is invalid: ${claims.role}`);
    return { data, limit: data.length, last: '' };
  });
}
