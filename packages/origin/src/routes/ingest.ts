import { HlsError, type HlsErrorCode, THUMBNAILS_FOLDER } from '@amphi/hls';
import {
  PublicError,
  type PublicErrorCode,
  parseOrThrow,
  partQuery,
  pathId,
  streamDescription,
  thumbnailQuery,
} from '@amphi/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Origin } from '../origin.ts';
import type { OriginStream } from '../origin-stream.ts';
import { StorageError } from '../stream-files.ts';

/** True when the bearer token may feed the stream. */
export type IngestTokenCheck = (streamId: string, token: string) => boolean;

const MAX_DESCRIPTION_BYTES = 64 * 1024;
const MAX_SHEET_BYTES = 1024 * 1024;
/** JPEG: start of image (ITU-T T.81, B.1.1.3). */
const JPEG_START = Buffer.from([0xff, 0xd8]);
/** A whole number from 0, as the generation is; numbers in the path are of the same kind. */
const wholeNumber = partQuery.shape.generation;

/** Texts of the path; those that must be ids are looked up or parsed. */
interface PathParams {
  readonly streamId?: string;
  readonly renditionId?: string;
  readonly msn?: string;
  readonly part?: string;
  readonly sheet?: string;
}

/** Refusals of the live window as HTTP statuses of the ingest contract. */
const HLS_STATUS: Readonly<Record<HlsErrorCode, PublicErrorCode>> = {
  malformed: 400,
  rule: 400,
  part_too_long: 400,
  segment_too_long: 400,
  not_independent: 400,
  out_of_order: 409,
  ended: 410,
};

/** Egress → origin, as `ingest.ts` of the protocol says. Registered under its own prefix, in its own scope. */
export function registerIngestRoutes(
  app: FastifyInstance,
  options: { readonly origin: Origin; readonly isIngestTokenValid: IngestTokenCheck },
): void {
  const { origin } = options;
  const { maxInitBytes, maxPartBytes } = origin.settings;
  const known = ({ streamId }: PathParams): OriginStream => {
    const stream = origin.stream(streamId ?? '');
    if (!stream) throw new PublicError(404, `no stream ${JSON.stringify(streamId)}`);
    return stream;
  };

  // Bodies stay bytes whatever their type says; those that are JSON are read where they are used.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.addHook('onRequest', async (request) => {
    const { streamId } = request.params as PathParams;
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token || !options.isIngestTokenValid(streamId ?? '', token)) {
      throw new PublicError(401, 'Authorization: a bearer token for this stream is needed');
    }
  });

  app.setErrorHandler((error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
    const { status, message, details } = describe(error);
    if (status === 500) reply.log.error({ error }, 'ingest failed');
    return reply.code(status).send({ code: status, message, details });
  });

  app.put('/streams/:streamId', { bodyLimit: MAX_DESCRIPTION_BYTES }, async (request) => {
    const description = parseOrThrow(streamDescription, parseJson(request.body), 'stream description');
    const ids = description.renditions.map(({ id }) => id);
    if (new Set(ids).size < ids.length)
      throw new PublicError(400, `renditions: ids must differ, got ${ids.join(', ')}`);
    if (ids.includes(THUMBNAILS_FOLDER)) {
      throw new PublicError(400, `renditions: got the id ${THUMBNAILS_FOLDER}, where the stream's own pictures lie`);
    }
    return origin.attach(streamIdOf(request), description, runOf(request));
  });

  app.put('/streams/:streamId/renditions/:renditionId/init', { bodyLimit: maxInitBytes }, async (request, reply) => {
    const params = request.params as PathParams;
    await known(params).putInit(params.renditionId ?? '', generationOf(request), bytesOf(request.body));
    return reply.code(204).send();
  });

  app.put(
    '/streams/:streamId/renditions/:renditionId/parts/:msn/:part',
    { bodyLimit: maxPartBytes },
    async (request, reply) => {
      const params = request.params as PathParams;
      const msn = parseOrThrow(wholeNumber, params.msn, 'msn');
      const index = parseOrThrow(wholeNumber, params.part, 'part');
      const { generation, duration, independent, last, programDateTimeMs, iFrameBytes } = parseOrThrow(
        partQuery,
        request.query,
        'query',
      );
      const data = bytesOf(request.body);
      if (iFrameBytes !== undefined && iFrameBytes > data.byteLength) {
        throw new PublicError(400, `iFrameBytes: got ${iFrameBytes}, the part has ${data.byteLength} bytes`);
      }
      const ofFirst = iFrameBytes === undefined ? {} : { iFrameBytes };
      await known(params).putPart(
        params.renditionId ?? '',
        generation,
        { msn, part: index, duration, independent, last, programDateTime: programDateTimeMs, ...ofFirst },
        data,
      );
      return reply.code(204).send();
    },
  );

  app.put('/streams/:streamId/thumbnails/:sheet', { bodyLimit: MAX_SHEET_BYTES }, async (request, reply) => {
    const params = request.params as PathParams;
    const sheet = parseOrThrow(wholeNumber, params.sheet, 'sheet');
    const told = parseOrThrow(thumbnailQuery, request.query, 'query');
    const data = bytesOf(request.body);
    if (!data.subarray(0, 2).equals(JPEG_START)) throw new PublicError(400, 'body: is no JPEG');
    await known(params).putThumbnails({ ...told, sheet }, data);
    return reply.code(204).send();
  });

  app.post('/streams/:streamId/end', { bodyLimit: MAX_DESCRIPTION_BYTES }, async (request, reply) => {
    await origin.end(streamIdOf(request), generationOf(request), 'packager');
    return reply.code(204).send();
  });
}

const streamIdOf = (request: FastifyRequest): string =>
  parseOrThrow(pathId, (request.params as PathParams).streamId, 'stream id');

/** A packager may say which it is: one that was replaced must not touch the stream. */
function generationOf(request: FastifyRequest): number | undefined {
  const { generation } = request.query as { generation?: unknown };
  return generation === undefined ? undefined : parseOrThrow(wholeNumber, generation, 'generation');
}

/** A packager that asks again, because the answer was lost, names itself as before. */
function runOf(request: FastifyRequest): string | undefined {
  const { run } = request.query as { run?: unknown };
  return run === undefined ? undefined : parseOrThrow(pathId, run, 'run');
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body) && body.byteLength > 0) return body;
  throw new PublicError(400, 'body: media are needed, got nothing');
}

function parseJson(body: unknown): unknown {
  const text = bytesOf(body).toString();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PublicError(400, 'body: is not JSON', { cause: error });
  }
}

function describe(error: unknown): { status: number; message: string; details: readonly string[] } {
  if (error instanceof PublicError) return { status: error.code, message: error.message, details: error.details };
  if (error instanceof StorageError) return { status: 507, message: error.message, details: [error.code] };
  if (error instanceof HlsError) return { status: HLS_STATUS[error.code], message: error.message, details: [] };
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return { status, message: (error as Error).message, details: [] };
  }
  return { status: 500, message: 'a fault of the origin', details: [] };
}
