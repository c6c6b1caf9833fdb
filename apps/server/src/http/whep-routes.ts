import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import type { Players } from '../playing/players.ts';
import type { IceServers } from '../turn/ice-servers.ts';
import { errorBody } from './bodies.ts';
import type { Readiness } from './health.ts';
import type { PublicAddress } from './public-address.ts';
import { bodyOf, FRAGMENT, refuseOtherMethods, SDP, sendAnswer, sendFragment, takeSdp, tokenOf } from './sdp-door.ts';
import type { WebServer } from './web-server.ts';

const query = z.looseObject({ name: z.string().min(1).max(256).default('Player') });
const params = z.object({ player: z.string() });
const tags = ['players'];
const refused = { 400: errorBody, 401: errorBody, 403: errorBody, 404: errorBody, 429: errorBody, 503: errorBody };

/**
 * `/whep`: players watch the live streams of rooms by WebRTC, with a client auth token or a room code. Open to pages of every
 * origin, as it uses no cookies.
 */
export async function whepRoutes(
  server: WebServer,
  options: {
    readonly players: Pick<Players, 'open' | 'find'>;
    readonly address: Pick<PublicAddress, 'baseFor'>;
    readonly readiness: Readiness;
    readonly iceServers: IceServers;
  },
): Promise<void> {
  const { players, address, readiness, iceServers } = options;
  await takeSdp(server);

  server.post(
    '/',
    {
      schema: {
        tags,
        summary: 'A player watches the live stream of a room (WHEP)',
        description: [
          'The bearer is a client auth token or a room code, the body an SDP offer that receives Opus, H.264 or both. The',
          'player becomes a peer of the room with that role, and gets what viewers of the live stream see and hear, less',
          'than a second after it happened. 409 with `Retry-After` while no live stream runs. `Location` is where it goes',
          'on and ends.',
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
      const { player, answer } = await players.open({
        token,
        sdp,
        name: request.query.name,
        reachedAt: address.baseFor(request),
        from: addressKey(request.ip),
      });
      const { id, etag } = player;
      return sendAnswer(reply, { location: `/whep/${id}`, etag, answer, iceServers: iceServers.forPeer(id) });
    },
  );

  server.patch(
    '/:player',
    {
      schema: {
        tags,
        summary: 'Trickle candidates of a player, or restart its ICE',
        description: 'With `If-Match`. The server is ICE-lite: it needs no candidates, and answers 204 to them.',
        consumes: [FRAGMENT],
        params,
        response: { 200: z.string(), ...refused, 412: errorBody, 428: errorBody },
      },
    },
    async (request, reply) =>
      sendFragment(request, reply as FastifyReply, players.find(request.params.player, tokenOf(request))),
  );

  server.delete(
    '/:player',
    { schema: { tags, summary: 'A player ends', params, response: refused } },
    async (request, reply) => {
      await players.find(request.params.player, tokenOf(request)).end();
      // The type knows of refusals only: 200 has no body.
      return (reply as FastifyReply).code(200).send();
    },
  );

  refuseOtherMethods(server, '/:player');
}
