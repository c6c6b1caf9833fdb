import type { FastifyRequest } from 'fastify';
import type { PublicAddress } from '../public-address.ts';
import type { WebServer } from '../web-server.ts';

/**
 * Streams are told with the address by which the asking back end reaches this server, as people in the room are told by
 * theirs: what the record says was made when no request was there to go by, and may name `localhost`.
 */
export function tellPlaybackAddresses(server: WebServer, address: Pick<PublicAddress, 'baseFor'>): void {
  server.addHook('preSerialization', async (request, _reply, answer) => reachable(answer, address, request));
}

function reachable(answer: unknown, address: Pick<PublicAddress, 'baseFor'>, request: FastifyRequest): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  if ('data' in answer && Array.isArray(answer.data)) {
    return { ...answer, data: answer.data.map((each: unknown) => reachable(each, address, request)) };
  }
  if (!hasPlayback(answer) || !URL.canParse(answer.playback.url)) return answer;
  const { pathname } = new URL(answer.playback.url);
  return { ...answer, playback: { ...answer.playback, url: address.baseFor(request) + pathname } };
}

function hasPlayback(answer: object): answer is { readonly playback: { readonly url: string } } {
  return 'playback' in answer;
}
