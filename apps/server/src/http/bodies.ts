import { parseOrThrow, readJson } from '@amphi/protocol';
import type { FastifyRequest, FastifySchemaCompiler } from 'fastify';
import * as z from 'zod';
import type { WebServer } from './web-server.ts';

/** Bodies of the APIs are small; ingest has its own bound. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Of what can carry the two images of a stream's composition: its route says so by `bodyLimit`. */
export const MAX_COMPOSITION_BYTES = 512 * 1024;

/**
 * JSON bodies under the name of JSON, nothing else: what a form of another site can send has another type. An empty body
 * counts as `{}`.
 */
export function parseJsonBodies(server: WebServer): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, parse);
}

/**
 * Everything is JSON, whatever its content type: browsers label the token request `text/plain`, and curl the body of
 * `-d` as a form.
 */
export function parseAllBodiesAsJson(server: WebServer): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, parse);
}

async function parse(request: FastifyRequest, body: string | Buffer): Promise<unknown> {
  const text = body.toString().trim();
  return text === '' ? {} : readJson(text, { what: 'body', maxBytes: request.routeOptions.bodyLimit });
}

const WHAT: Readonly<Record<string, string>> = {
  body: 'Invalid body param',
  querystring: 'Invalid query param',
  params: 'Invalid path param',
  headers: 'Invalid header',
};

/** Checks by the route's zod schemas; what is wrong is told in our own words. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const what = WHAT[httpPart ?? ''] ?? 'Invalid value';
  return (data: unknown) => {
    try {
      return { value: parseOrThrow(schema, httpPart === 'body' ? (data ?? {}) : data, what) };
    } catch (error) {
      return { error: error as Error };
    }
  };
};

/** For OpenAPI and as a last check of what leaves. */
export const errorBody = z.object({ code: z.int(), message: z.string(), details: z.array(z.string()) });
