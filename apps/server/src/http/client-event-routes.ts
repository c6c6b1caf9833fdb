import { Buckets, type Clock, charge } from '@amphi/base';
import {
  type ClientTokenClaims,
  clientFailureDetails,
  clientFeedback,
  clientReport,
  isClientFailure,
  PublicError,
  readClientAgent,
} from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import { overBudget } from '../budgets/over-budget.ts';
import type { SessionHost } from '../sessions/ports/host.ts';
import type { ClientTokens } from '../sessions/ports/rooms.ts';
import type { Limits } from '../settings/limits.ts';
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
  options: {
    readonly store: Pick<Store, 'feedback'>;
    readonly host: Pick<SessionHost, 'clientFailed'>;
    readonly tokens: ClientTokens;
    readonly limits: Pick<Limits, 'feedbackPerRoom'>;
    readonly clock: Clock;
  },
): void {
  const { store, host, tokens, limits, clock } = options;
  const answers = new Buckets({ name: 'feedback of this room', rate: limits.feedbackPerRoom });
  server.post(
    '/client/feedback',
    {
      schema: {
        tags: ['clients'],
        summary: 'How somebody found the session that they have left; the first answer counts',
        body: clientFeedback,
        response: { 200: z.object({}), 400: errorBody, 401: errorBody, 403: errorBody, 429: errorBody },
      },
    },
    async (request) => {
      const token = bearerOf(request.headers.authorization);
      if (token === undefined) throw new PublicError(401, 'Authorization header with a Bearer token is missing');
      // An expired one still says who it was.
      const { claims } = await tokens.verify(token, addressKey(request.ip));
      const refusal = charge([{ limit: answers, key: claims.room_id }], clock.now());
      if (refusal) throw overBudget(refusal);
      const { peer, payload } = request.body;
      const { min_rating: minRating, max_rating: maxRating, ...words } = payload;
      const wasThere = await store.feedback.give(
        { roomId: claims.room_id, sessionId: peer.session_id, peerId: peer.peer_id, userId: claims.user_id ?? '' },
        { ...words, minRating, maxRating },
      );
      if (!wasThere) throw new PublicError(403, 'this person was not in the session as this peer');
      return {};
    },
  );
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
