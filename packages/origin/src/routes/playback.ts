import type { ServerResponse } from 'node:http';
import { HlsError, MULTIVARIANT_NAME, PLAYLIST_NAME, parseDirectives } from '@amphi/hls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Origin } from '../origin.ts';
import { PREFLIGHT, type PreparedAnswer, prepareError } from '../prepared-answer.ts';
import type { Answer } from '../rendition.ts';
import type { CancelWait } from '../waiting-requests.ts';

const NO_STREAM = prepareError(404, 'no such stream');
const NO_FILE = prepareError(404, 'no such file');
const NOT_ALLOWED = prepareError(405, 'method: allowed are GET, HEAD, OPTIONS', ['allow', 'GET, HEAD, OPTIONS']);

interface Params {
  readonly streamId: string;
  readonly renditionId: string;
  readonly file: string;
}

/**
 * Playlists and media for players. Answers go to the socket past Fastify's reply pipeline: they are ready-made bytes,
 * and nothing of it would add to them.
 */
export function registerPlaybackRoutes(app: FastifyInstance, options: { readonly origin: Origin }): void {
  const { origin } = options;
  const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

  // Before a body is read, whatever it says.
  app.addHook('onRequest', (request, reply, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    reply.hijack();
    send(request.method, reply.raw, request.method === 'OPTIONS' ? PREFLIGHT : NOT_ALLOWED);
  });

  const serve = (
    url: string,
    handle: (params: Params, query: string, answer: Answer) => CancelWait | undefined,
  ): void => {
    app.route({
      method: [...methods],
      url,
      handler: (request: FastifyRequest, reply: FastifyReply) => {
        reply.hijack();
        const response = reply.raw;
        const { method } = request;
        const target = request.raw.url ?? '';
        const mark = target.indexOf('?');
        const query = mark === -1 ? '' : target.slice(mark + 1);
        const cancel = handle(request.params as Params, query, (answer) => send(method, response, answer));
        // OR6: a client that went away waits no longer.
        if (cancel) response.once('close', cancel);
      },
    });
  };

  serve(`/:streamId/${MULTIVARIANT_NAME}`, ({ streamId }, _query, answer) => {
    answer(origin.stream(streamId)?.multivariant ?? NO_STREAM);
    return undefined;
  });

  serve(`/:streamId/:renditionId/${PLAYLIST_NAME}`, ({ streamId, renditionId }, query, answer) => {
    const rendition = origin.stream(streamId)?.rendition(renditionId);
    if (!rendition) {
      answer(NO_STREAM);
      return undefined;
    }
    try {
      return rendition.answerPlaylist(parseDirectives(query), answer);
    } catch (error) {
      if (!(error instanceof HlsError)) throw error;
      answer(prepareError(400, error.message));
      return undefined;
    }
  });

  serve('/:streamId/:renditionId/:file', ({ streamId, renditionId, file }, _query, answer) => {
    const rendition = origin.stream(streamId)?.rendition(renditionId);
    if (!rendition) {
      answer(NO_STREAM);
      return undefined;
    }
    return rendition.answerFile(file, answer);
  });

  serve('/*', (_params, _query, answer) => {
    answer(NO_FILE);
    return undefined;
  });
}

function send(method: string, response: ServerResponse, answer: PreparedAnswer): void {
  if (response.destroyed || response.writableEnded) return;
  response.writeHead(answer.status, answer.headers as string[]);
  if (method === 'HEAD') response.end();
  else response.end(answer.body);
}
