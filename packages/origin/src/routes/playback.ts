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
import type { OriginStream } from '../origin-stream.ts';
import { PREFLIGHT, type PreparedAnswer, prepareError } from '../prepared-answer.ts';
import type { Asker, PlaylistKind } from '../rendition.ts';
import type { CancelWait } from '../waiting-requests.ts';
import { answerFor } from './conditional-answer.ts';
import { PlayerConnections, type PlayerRequest, type PlayerResponse } from './player-connections.ts';

const NO_STREAM = prepareError(404, 'no such stream');
const UNSIGNED = prepareError(403, 'this stream is played by its signed address only');
const FOREIGN = prepareError(403, 'the signature in this address is not valid');
const EXPIRED = prepareError(403, 'this address has expired');
const NO_FILE = prepareError(404, 'no such file');
const NOT_ALLOWED = prepareError(405, 'method: allowed are GET, HEAD, OPTIONS', ['allow', 'GET, HEAD, OPTIONS']);
const CLOSING = prepareError(429, 'this connection sends on while a request of it waits', [
  ...['retry-after', '1'],
  ...['connection', 'close'],
]);

interface Params {
  readonly streamId: string;
  /** Both in addresses with a signature only. */
  readonly expires?: string;
  readonly signature?: string;
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
  const { traffic, playbackLinks } = origin;
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

  /** SGN1: the stream, or why it is not shown. */
  const reach = ({ streamId, expires, signature }: Params): OriginStream | PreparedAnswer => {
    if (expires !== undefined && signature !== undefined) {
      const judgement = playbackLinks?.judge({ streamId, expires, signature }) ?? 'foreign';
      if (judgement !== 'valid') return judgement === 'expired' ? EXPIRED : FOREIGN;
    }
    const stream = origin.stream(streamId);
    if (!stream) return NO_STREAM;
    return stream.description.isSigned && signature === undefined ? UNSIGNED : stream;
  };

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

  const accesses = ['/:streamId', ...(playbackLinks ? ['/:streamId/:expires/:signature'] : [])];

  /** What belongs to a stream, by its open address and by one with a signature. */
  const serveOf = (
    place: string,
    handle: (stream: OriginStream, params: Params, query: string, asker: Asker) => CancelWait | undefined,
  ): void => {
    for (const access of accesses) {
      serve(`${access}/${place}`, (params, query, asker) => {
        const reached = reach(params);
        if (!('body' in reached)) return handle(reached, params, query, asker);
        asker.answer(reached);
        return undefined;
      });
    }
  };

  serveOf(MULTIVARIANT_NAME, (stream, _params, _query, { answer }) => {
    answer(stream.multivariant());
    return undefined;
  });

  serveOf(THUMBNAILS_NAME, (stream, _params, _query, { answer }) => {
    answer(stream.thumbnailTrack());
    return undefined;
  });

  serveOf(`${THUMBNAILS_FOLDER}/:file`, (stream, { file }, _query, { answer }) => {
    stream.answerSheet(file, answer);
    return undefined;
  });

  const servePlaylist = (name: string, kind: PlaylistKind): void => {
    serveOf(`:renditionId/${name}`, (stream, { renditionId }, query, asker) => {
      const rendition = stream.rendition(renditionId);
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

  serveOf(':renditionId/:file', (stream, { renditionId, file }, _query, asker) => {
    const rendition = stream.rendition(renditionId);
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
