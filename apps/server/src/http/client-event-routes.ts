import {
  type ClientTokenClaims,
  clientFailureDetails,
  clientReport,
  isClientFailure,
  PublicError,
  readClientAgent,
} from '@amphi/protocol';
import * as z from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import type { ClientTokens, SessionHost } from '../sessions/ports.ts';
import { bearerOf } from '../tokens/management-tokens.ts';
import { errorBody } from './bodies.ts';
import type { WebServer } from './web-server.ts';

/**
 * Where clients send what they have to report while they have no socket. What failed is kept, by the name that the token
 * gives; all else is taken so that they do not keep and repeat it. The bodies hold the reporter's token: they must not be
 * logged.
 */
export function clientEventRoutes(
  server: WebServer,
  { host, tokens }: { readonly host: Pick<SessionHost, 'clientFailed'>; readonly tokens: ClientTokens },
): void {
  server.post('/client/feedback', { schema: { tags: ['clients'], summary: 'Rating after leaving' } }, async () => ({}));
  server.post(
    '/client/report',
    {
      schema: {
        tags: ['clients'],
        summary: 'What failed for a client that has no socket',
        response: { 200: z.object({}), 401: errorBody, 429: errorBody },
      },
    },
    async (request) => {
      const report = clientReport.safeParse(request.body);
      if (!report.success || !isClientFailure(report.data.event)) return {};
      const token = bearerOf(request.headers.authorization);
      if (token === undefined) throw new PublicError(401, 'Authorization header with a Bearer token is missing');
      // An expired one still says who it was.
      const { claims } = await tokens.verify(token, addressKey(request.ip));
      const details = clientFailureDetails.safeParse(report.data.payload);
      if (!details.success) return {};
      const { peer } = report.data;
      const agent = readClientAgent(String(request.headers.user_agent_v2 ?? ''));
      host.clientFailed({
        roomId: claims.room_id,
        sessionId: peer?.session_id ?? '',
        peer: { ...peerOf(claims), peerId: peer?.peer_id ?? '', name: peer?.user_name ?? '' },
        failure: { name: report.data.event, details: details.data, agent },
      });
      return {};
    },
  );
}

function peerOf({ user_id, role }: ClientTokenClaims) {
  return { userId: user_id ?? '', role, data: '', joinedAt: 0 };
}
