import type { ServerResponse } from 'node:http';
import {
  HlsError,
  IFRAMES_NAME,
  MULTIVARIANT_NAME,
  PLAYLIST_NAME,
  parseDirectives,
  THUMBNAILS_FOLDER,
  THUMBNAILS_NAME,
} from '@amphi/hls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Origin } from '../origin.ts';
import { PREFLIGHT, type PreparedAnswer, prepareError } from '../prepared-answer.ts';
import type { Asker, PlaylistKind } from '../rendition.ts';
import type { CancelWait } from '../waiting-requests.ts';
import { answerFor } from './conditional-answer.ts';
import { PlayerConnections, type PlayerRequest, type PlayerResponse } from './player-connections.ts';

const NO_STREAM = prepareError(404, 'no such stream');
const NO_FILE = prepareError(404, 'no such file');
const NOT_ALLOWED = prepareError(405, 'method: allowed are GET, HEAD, OPTIONS', ['allow', 'GET, HEAD, OPTIONS']);
const CLOSING = prepareError(429, 'this connection sends on while a request of it waits', [
  ...['retry-after', '1'],
  ...['connection', 'close'],
]);

interface Params {
  readonly streamId: string;
  readonly renditionId: string;
  readonly file: string;
}

/**
 * Playlists and media for players. Answers go to the socket past Fastify's reply pipeline: they are ready-made bytes,
 * and nothing of it would add to them.
 */
export function registerPlaybackRoutes(
  app: FastifyInstance,
  options: { readonly origin: Origin; readonly addressKey: (address: string) => string },
): void {
  const { origin, addressKey } = options;
  const { traffic } = origin;
  const connections = new PlayerConnections(origin.settings);
  const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

  const send = (request: PlayerRequest, response: PlayerResponse, prepared: PreparedAnswer): void => {
    if (response.destroyed || response.writableEnded) return;
    const method = request.method ?? 'GET';
    const answer = answerFor(method, request.headers, prepared);
    // HTTP/2 takes the same: its compatible interface knows flat lists, too.
    (response as ServerResponse).writeHead(answer.status, answer.headers as string[]);
    traffic.answers++;
    if (method === 'HEAD') response.end();
    else {
      traffic.bytes += answer.body.byteLength;
      (response as ServerResponse).end(answer.body);
    }
  };

  // Before a body is read, whatever it says.
  app.addHook('onRequest', (request, reply, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    reply.hijack();
    send(request.raw, reply.raw, request.method === 'OPTIONS' ? PREFLIGHT : NOT_ALLOWED);
  });

  const serve = (
    url: string,
    handle: (params: Params, query: string, asker: Asker) => CancelWait | undefined,
  ): void => {
    app.route({
      method: [...methods],
      url,
      handler: (request: FastifyRequest, reply: FastifyReply) => {
        reply.hijack();
        const incoming: PlayerRequest = request.raw;
        const response: PlayerResponse = reply.raw;
        const connection = connections.of(incoming);
        const refuse = (): void => {
          traffic.refused++;
          send(incoming, response, CLOSING);
        };
        if (!connection.admits(response, refuse)) return;
        const params = request.params as Params;
        const target = incoming.url ?? '';
        const mark = target.indexOf('?');
        const cancel = handle(params, mark === -1 ? '' : target.slice(mark + 1), {
          answer: (answer) => send(incoming, response, answer),
          refuse: ({ limit, retryAfterMs }) => {
            traffic.refused++;
            const after = ['retry-after', String(Math.ceil(retryAfterMs / 1000))];
            send(incoming, response, prepareError(429, `too many ${limit}`, after));
            connection.refused();
          },
          // Whose address it is, is found out for those that wait only.
          holdings: () => connection.holdingsFor(addressKey(request.ip), `${params.streamId}/${params.renditionId}`),
        });
        if (!cancel) return;
        traffic.waits++;
        connection.waits(response, cancel, refuse);
      },
    });
  };

  serve(`/:streamId/${MULTIVARIANT_NAME}`, ({ streamId }, _query, { answer }) => {
    answer(origin.stream(streamId)?.multivariant() ?? NO_STREAM);
    return undefined;
  });

  serve(`/:streamId/${THUMBNAILS_NAME}`, ({ streamId }, _query, { answer }) => {
    answer(origin.stream(streamId)?.thumbnailTrack() ?? NO_STREAM);
    return undefined;
  });

  serve(`/:streamId/${THUMBNAILS_FOLDER}/:file`, ({ streamId, file }, _query, { answer }) => {
    const stream = origin.stream(streamId);
    if (stream) stream.answerSheet(file, answer);
    else answer(NO_STREAM);
    return undefined;
  });

  const servePlaylist = (name: string, kind: PlaylistKind): void => {
    serve(`/:streamId/:renditionId/${name}`, ({ streamId, renditionId }, query, asker) => {
      const rendition = origin.stream(streamId)?.rendition(renditionId);
      if (!rendition) {
        asker.answer(NO_STREAM);
        return undefined;
      }
      try {
        return rendition.answerPlaylist(kind, parseDirectives(query), asker);
      } catch (error) {
        if (!(error instanceof HlsError)) throw error;
        asker.answer(prepareError(400, error.message));
        return undefined;
      }
    });
  };
  servePlaylist(PLAYLIST_NAME, 'media');
  servePlaylist(IFRAMES_NAME, 'iFrames');

  serve('/:streamId/:renditionId/:file', ({ streamId, renditionId, file }, _query, asker) => {
    const rendition = origin.stream(streamId)?.rendition(renditionId);
    if (!rendition) {
      asker.answer(NO_STREAM);
      return undefined;
    }
    return rendition.answerFile(file, asker);
  });

  serve('/*', (_params, _query, { answer }) => {
    answer(NO_FILE);
    return undefined;
  });
}
