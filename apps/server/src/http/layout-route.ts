import { PublicError, uiLayoutAnswer } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import type { z } from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import { uiLayouts } from '../platform/ui-layouts.ts';
import type { ClientTokens } from '../sessions/ports/rooms.ts';
import { unexpired } from '../sessions/verified-token.ts';
import { bearerOf } from '../tokens/management-tokens.ts';
import { errorBody } from './bodies.ts';
import type { WebServer } from './web-server.ts';

/** `GET /v2/layouts/ui`: how the ready-made room looks to each role, the token's role first. */
export function layoutRoute(
  server: WebServer,
  options: { readonly store: Pick<Store, 'admissions'>; readonly tokens: ClientTokens },
): void {
  const { store, tokens } = options;
  const schema = {
    tags: ['clients'],
    summary: 'Layouts of the ready-made room, the first for the role of the client auth token',
    response: { 200: uiLayoutAnswer, 401: errorBody, 403: errorBody, 429: errorBody },
  };
  server.get('/layouts/ui', { schema }, async (request): Promise<z.infer<typeof uiLayoutAnswer>> => {
    const token = bearerOf(request.headers.authorization);
    if (token === undefined) throw new PublicError(401, 'Authorization header with a Bearer token is missing');
    const claims = unexpired(await tokens.verify(token, addressKey(request.ip)));
    const place = await store.admissions.place(claims.room_id);
    if (!place) throw new PublicError(401, 'room_id of the token is unknown');
    const data = uiLayouts(place.template, claims.role);
    if (data[0]?.role !== claims.role) throw new PublicError(403, `role is invalid: ${claims.role}`);
    return { data, limit: data.length, last: '' };
  });
}
