import { PublicError } from '@amphi/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FragmentAnswer } from '../ingest/ingest.ts';
import { toPublicError } from '../sessions/public-errors.ts';
import { bearerOf } from '../tokens/management-tokens.ts';
import type { IceServers } from '../turn/ice-servers.ts';
import { openToAllOrigins } from './cors.ts';
import type { WebServer } from './web-server.ts';

/** What encoders and players have in common that speak WebRTC by HTTP: WHIP (RFC 9725), and WHEP, its mirror. */

export const SDP = 'application/sdp';
export const FRAGMENT = 'application/trickle-ice-sdpfrag';

/** Bodies are SDP and nothing else; pages of every origin may ask, as no cookies are used. */
export async function takeSdp(server: WebServer): Promise<void> {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser([SDP, FRAGMENT], { parseAs: 'string' }, async (_request: unknown, body: string) => body);
  server.addHook('onRequest', async (request, reply) => {
    if (request.method === 'OPTIONS') reply.header('accept-post', SDP);
  });
  await openToAllOrigins(server, {
    methods: ['PATCH', 'DELETE'],
    allowedHeaders: ['if-match'],
    exposedHeaders: ['location', 'etag', 'link', 'accept-post', 'retry-after'],
  });
}

/** What the two paths are not asked by is said so (RFC 9725, 4.1 and 4.2). @param own path of one of them */
export function refuseOtherMethods(server: WebServer, own: string): void {
  const notSo = (allow: string) => async (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header('allow', allow);
    throw new HttpError(405, `allowed are ${allow}`);
  };
  const hidden = { schema: { hide: true } };
  server.route({ ...hidden, method: ['GET', 'PUT'], url: '/', handler: notSo('OPTIONS, POST') });
  server.route({ ...hidden, method: ['GET', 'POST', 'PUT'], url: own, handler: notSo('DELETE, OPTIONS, PATCH') });
}

/** Answers an offer that was taken: 201. */
export function sendAnswer(
  reply: FastifyReply,
  {
    location,
    etag,
    answer,
    iceServers,
  }: {
    readonly location: string;
    readonly etag: string;
    readonly answer: string;
    readonly iceServers: ReturnType<IceServers['forPeer']>;
  },
): FastifyReply {
  const links = iceServers.flatMap(iceServerLinks);
  if (links.length > 0) reply.header('link', links);
  return send(reply.code(201).header('location', location).header('etag', etag), SDP, answer);
}

/**
 * Answers a fragment: 204 for candidates, 200 for another ICE session.
 * @throws HttpError 412, 428; PublicError as `patch`
 */
export async function sendFragment(
  request: FastifyRequest,
  reply: FastifyReply,
  one: { readonly etag: string; patch(fragment: string): Promise<FragmentAnswer> },
): Promise<FastifyReply> {
  const fragment = bodyOf(request, FRAGMENT);
  const ifMatch = request.headers['if-match'];
  if (ifMatch === undefined) throw new HttpError(428, 'If-Match: missing, needed is the ETag, or * to restart ICE');
  if (ifMatch !== '*' && ifMatch !== one.etag) {
    throw new HttpError(412, `If-Match: the ICE session is ${one.etag} by now`);
  }
  const answer = await one.patch(fragment).catch(asPublic);
  if (answer.fragment === undefined) return reply.code(204).send();
  return send(reply.code(200).header('etag', answer.etag), FRAGMENT, answer.fragment);
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
export function tokenOf(request: FastifyRequest): string {
  const token = bearerOf(request.headers.authorization);
  if (token === undefined) throw new PublicError(401, 'Authorization header with a Bearer token is missing');
  return token;
}

/** @throws PublicError 400 */
export function bodyOf({ body }: FastifyRequest, type: string): string {
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
