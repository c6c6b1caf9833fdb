import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import type { Ingests } from '../ingest/ingests.ts';
import type { IceServers } from '../turn/ice-servers.ts';
import { errorBody } from './bodies.ts';
import type { Readiness } from './health.ts';
import type { PublicAddress } from './public-address.ts';
import { bodyOf, FRAGMENT, refuseOtherMethods, SDP, sendAnswer, sendFragment, takeSdp, tokenOf } from './sdp-door.ts';
import type { WebServer } from './web-server.ts';

const query = z.looseObject({ name: z.string().min(1).max(256).default('Encoder') });
const params = z.object({ ingest: z.string() });
const tags = ['encoders'];
const refused = { 400: errorBody, 401: errorBody, 403: errorBody, 404: errorBody, 429: errorBody, 503: errorBody };

/**
 * `/whip`: encoders send into rooms (RFC 9725), with a stream key or a client auth token. Open to pages of every origin, as
 * it uses no cookies.
 */
export async function whipRoutes(
  server: WebServer,
  options: {
    readonly ingests: Pick<Ingests, 'open' | 'find'>;
    readonly address: Pick<PublicAddress, 'baseFor'>;
    readonly readiness: Readiness;
    readonly iceServers: IceServers;
  },
): Promise<void> {
  const { ingests, address, readiness, iceServers } = options;
  await takeSdp(server);

  server.post(
    '/',
    {
      schema: {
        tags,
        summary: 'An encoder sends into a room (WHIP, RFC 9725)',
        description: [
          'The bearer is a stream key or a client auth token, the body an SDP offer. The encoder becomes a peer of the',
          'room: by a token with the role it names, by a key as broadcaster, and then the live stream starts. `Location`',
          'is where it goes on and ends.',
        ].join(' '),
        consumes: [SDP],
        querystring: query,
        response: { 201: z.string(), ...refused, 409: errorBody },
      },
    },
    async (request, reply) => {
      const token = tokenOf(request);
      const sdp = bodyOf(request, SDP);
      readiness.assertAccepting();
      const { ingest, answer } = await ingests.open({
        token,
        sdp,
        name: request.query.name,
        reachedAt: address.baseFor(request),
        from: addressKey(request.ip),
      });
      const { id, etag } = ingest;
      return sendAnswer(reply, { location: `/whip/${id}`, etag, answer, iceServers: iceServers.forPeer(id) });
    },
  );

  server.patch(
    '/:ingest',
    {
      schema: {
        tags,
        summary: 'Trickle candidates of an encoder, or restart its ICE',
        description: 'With `If-Match`. The server is ICE-lite: it needs no candidates, and answers 204 to them.',
        consumes: [FRAGMENT],
        params,
        response: { 200: z.string(), ...refused, 412: errorBody, 428: errorBody },
      },
    },
    async (request, reply) => {
      const ingest = ingests.find(request.params.ingest, tokenOf(request));
      return sendFragment(request, reply as FastifyReply, ingest);
    },
  );

  server.delete(
    '/:ingest',
    { schema: { tags, summary: 'An encoder ends', params, response: refused } },
    async (request, reply) => {
      await ingests.find(request.params.ingest, tokenOf(request)).end();
      // The type knows of refusals only: 200 has no body.
      return (reply as FastifyReply).code(200).send();
    },
  );

  refuseOtherMethods(server, '/:ingest');
}
