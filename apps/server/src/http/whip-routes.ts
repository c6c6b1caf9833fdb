import { PublicError } from '@amphi/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { addressKey } from '../budgets/address-key.ts';
import type { Ingests } from '../ingest/ingests.ts';
import { toPublicError } from '../sessions/public-errors.ts';
import { bearerOf } from '../tokens/management-tokens.ts';
import type { IceServers } from '../turn/ice-servers.ts';
import { errorBody } from './bodies.ts';
import { openToAllOrigins } from './cors.ts';
import type { Readiness } from './health.ts';
import type { PublicAddress } from './public-address.ts';
import type { WebServer } from './web-server.ts';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

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
  server.removeAllContentTypeParsers();
  server.addContentTypeParser([SDP, FRAGMENT], { parseAs: 'string' }, async (_request: unknown, body: string) => body);
  server.addHook('onRequest', async (request, reply) => {
    if (request.method === 'OPTIONS') reply.header('accept-post', SDP);
  });
  await openToAllOrigins(server, {
    methods: ['PATCH', 'DELETE'],
    allowedHeaders: ['if-match'],
    exposedHeaders: ['location', 'etag', 'link', 'accept-post'],
  });

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
      const links = iceServers.forPeer(ingest.id).flatMap(iceServerLinks);
      if (links.length > 0) reply.header('link', links);
      return send(reply.code(201).header('location', `/whip/${ingest.id}`).header('etag', ingest.etag), SDP, answer);
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
      const fragment = bodyOf(request, FRAGMENT);
      const ifMatch = request.headers['if-match'];
      if (ifMatch === undefined) throw new HttpError(428, 'If-Match: missing, needed is the ETag, or * to restart ICE');
      if (ifMatch !== '*' && ifMatch !== ingest.etag) {
        throw new HttpError(412, `If-Match: the ICE session is ${ingest.etag} by now`);
      }
      const answer = await ingest.patch(fragment).catch(asPublic);
      if (answer.fragment === undefined) return (reply as FastifyReply).code(204).send();
      return send(reply.code(200).header('etag', answer.etag), FRAGMENT, answer.fragment);
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

  // What they are not asked by is said so (RFC 9725, 4.1 and 4.2).
  const notSo = (allow: string) => async (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header('allow', allow);
    throw new HttpError(405, `allowed are ${allow}`);
  };
  const hidden = { schema: { hide: true } };
  server.route({ ...hidden, method: ['GET', 'PUT'], url: '/', handler: notSo('OPTIONS, POST') });
  server.route({
    ...hidden,
    method: ['GET', 'POST', 'PUT'],
    url: '/:ingest',
    handler: notSo('DELETE, OPTIONS, PATCH'),
  });
}

/** What only HTTP has a code for. */
class HttpError extends Error {
  readonly statusCode: 405 | 412 | 428;

  constructor(statusCode: HttpError['statusCode'], message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** @throws PublicError 401 */
function tokenOf(request: FastifyRequest): string {
  const token = bearerOf(request.headers.authorization);
  if (token === undefined) throw new PublicError(401, 'Authorization header with a Bearer token is missing');
  return token;
}

/** @throws PublicError 400 */
function bodyOf({ body }: FastifyRequest, type: string): string {
  if (typeof body !== 'string') throw new PublicError(400, `body: missing, needed is ${type}`);
  return body;
}

function send(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply.header('cache-control', 'no-store').type(type).send(text);
}

function asPublic(error: unknown): never {
  throw toPublicError(error);
}

/** How STUN and TURN servers are told (RFC 9725, 4.5). */
function iceServerLinks(server: ReturnType<IceServers['forPeer']>[number]): string[] {
  const urls = typeof server.urls === 'string' ? [server.urls] : server.urls;
  const secrets =
    server.username === undefined || server.credential === undefined
      ? ''
      : `; username="${server.username}"; credential="${server.credential}"; credential-type="password"`;
  return urls.map((url) => `<${url}>; rel="ice-server"${secrets}`);
}
