import type { Clock } from '@amphi/base';
import { diagnosticAnswer, diagnosticClock, diagnosticOffer, PublicError } from '@amphi/protocol';
import type { z } from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import type { DiagnosticConnections } from '../diagnostics/diagnostic-connections.ts';
import type { ClientTokens } from '../sessions/ports/rooms.ts';
import { toPublicError } from '../sessions/public-errors.ts';
import { unexpired } from '../sessions/verified-token.ts';
import { bearerOf } from '../tokens/management-tokens.ts';
import { errorBody } from './bodies.ts';
import type { Readiness } from './health.ts';
import type { WebServer } from './web-server.ts';

/** What a client asks before it joins: what time it is here, and how it reaches the media workers. */
export function diagnosticsRoutes(
  server: WebServer,
  options: {
    readonly connections: Pick<DiagnosticConnections, 'connect'>;
    readonly tokens: ClientTokens;
    readonly readiness: Readiness;
    readonly clock: Clock;
  },
): void {
  const { connections, tokens, readiness, clock } = options;
  const clockSchema = {
    tags: ['clients'],
    summary: 'Time of the server, for clients that look for what is wrong',
    response: { 200: diagnosticClock },
  };
  server.get(
    '/diagnostics',
    { schema: clockSchema },
    async (_request, reply): Promise<z.infer<typeof diagnosticClock>> => {
      reply.header('cache-control', 'no-store');
      return { time_ms: clock.now() };
    },
  );

  const schema = {
    tags: ['clients'],
    summary: 'A media connection of a few seconds, by which the bearer of a client auth token measures the path',
    description:
      'Takes the offer of a peer connection that has a data channel and, to measure the bandwidth, one video track. What is sent nobody receives.',
    body: diagnosticOffer,
    response: { 200: diagnosticAnswer, 400: errorBody, 401: errorBody, 429: errorBody, 503: errorBody },
  };
  server.post('/diagnostics/connection', { schema }, async (request): Promise<z.infer<typeof diagnosticAnswer>> => {
    const token = bearerOf(request.headers.authorization);
    if (token === undefined) throw new PublicError(401, 'Authorization header with a Bearer token is missing');
    readiness.assertAccepting();
    const from = addressKey(request.ip);
    unexpired(await tokens.verify(token, from));
    const { sdp, track_id: trackId } = request.body;
    try {
      const answer = await connections.connect({ sdp, trackId, from });
      return { sdp: answer.sdp, lifetime_ms: answer.lifetimeMs };
    } catch (error) {
      throw toPublicError(error);
    }
  });
}
