import {
  ENABLED_FLAGS,
  type InitAnswer,
  initAnswer,
  ON_DEMAND_FLAG,
  PublicError,
  STATS_PERIODS,
} from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import type { SessionHost } from '../sessions/ports/host.ts';
import type { ClientTokens } from '../sessions/ports/rooms.ts';
import { unexpired } from '../sessions/verified-token.ts';
import { bearerOf } from '../tokens/management-tokens.ts';
import type { IceServers } from '../turn/ice-servers.ts';
import { errorBody } from './bodies.ts';
import type { Readiness } from './health.ts';
import type { Metrics } from './metrics.ts';
import { networkHealth } from './network-health.ts';
import type { PublicAddress } from './public-address.ts';
import { uncheckedAnswers } from './unchecked-answers.ts';
import type { WebServer } from './web-server.ts';

/**
 * `GET /init`: where a client finds its session. Clients cannot bear a 404 here, nor an answer without `config`
 * (client protocol, 2.2 and 2.4), so everything that is refused is 401, 403, 429 or 503.
 */
export function initRoute(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'admissions'>;
    readonly tokens: ClientTokens;
    readonly host: Pick<SessionHost, 'checkAdmission' | 'knowsPeer'>;
    readonly address: PublicAddress;
    readonly readiness: Readiness;
    readonly iceServers: IceServers;
    readonly metrics: Pick<Metrics, 'joinRefused'>;
    /** Public clients are to take pictures on demand. */
    readonly onDemandTracks: boolean;
  },
): void {
  const { store, tokens, host, address, readiness, iceServers, metrics } = options;
  // Constant: a client reads some of them once in a session, others again and again.
  const enabledFlags = [...ENABLED_FLAGS, ...(options.onDemandTracks ? [ON_DEMAND_FLAG] : [])];
  const schema = {
    tags: ['clients'],
    summary: 'Signaling endpoint and client configuration for the bearer of a client auth token',
    querystring: z.looseObject({ peer_id: z.string().max(128).optional() }),
    response: { 200: initAnswer, 401: errorBody, 403: errorBody, 429: errorBody, 503: errorBody },
  };
  server.addHook('onError', async (_request, _reply, error) => {
    const refusal: unknown = error;
    if (refusal instanceof PublicError) metrics.joinRefused('init', refusal.code);
  });
  server.get('/', { schema, serializerCompiler: uncheckedAnswers }, async (request, reply): Promise<InitAnswer> => {
    const token = bearerOf(request.headers.authorization);
    if (token === undefined) throw new PublicError(401, 'Authorization header with a Bearer token is missing');
    readiness.assertAccepting();
    const verified = await tokens.verify(token, addressKey(request.ip));
    const peerId = request.query.peer_id ?? '';
    // Clients ask again at each attempt to reconnect, and a refusal ends their session.
    const { room_id: roomId, role } = verified.claims;
    const isNew = !host.knowsPeer({ roomId, peerId, token });
    if (isNew) await host.checkAdmission(unexpired(verified));
    // Who sends nothing has no use for it, and an audience that measured would be a load; who comes back has measured.
    const publishes = isNew && (await mayPublish(store, roomId, role));
    reply.header('cache-control', 'no-store');
    return {
      endpoint: address.signalingUrlFor(request),
      rtcConfiguration: { ice_servers: iceServers.forPeer(peerId) },
      config: {
        enabledFlags,
        ...STATS_PERIODS,
        ...(publishes && { networkHealth: networkHealth(address.baseFor(request)) }),
      },
    };
  });
}

async function mayPublish(store: Pick<Store, 'admissions'>, roomId: string, role: string): Promise<boolean> {
  const place = await store.admissions.place(roomId);
  const allowed = place?.template.body.roles[role]?.publishParams.allowed ?? [];
  return allowed.length > 0;
}
