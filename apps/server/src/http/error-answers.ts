import type { Logger, Millis } from '@amphi/base';
import { type ErrorBody, errorCodes, PublicError } from '@amphi/protocol';
import { describeDatabaseError, isUnstorableValue, StoreError } from '@amphi/store';
import type { FastifyError } from 'fastify';
import type { WebServer } from './web-server.ts';

/** Paths of APIs: what is not found there is told in JSON. */
const API_PATHS = /^\/(v2|init|whip|whep|platform|hls|ingest|metrics|recordings|healthz|readyz)(\/|$)/;

/** Every error leaves as `{ code, message, details }`; faults of ours are logged and told without their inside. */
export function answerErrors(
  server: WebServer,
  options: { readonly logger: Logger; notFoundPage: () => string },
): void {
  const { logger } = options;
  server.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const told = publicErrorOf(error);
    if (told.code >= 500) {
      const fields = { method: request.method, route: request.routeOptions.url, error: describeDatabaseError(error) };
      logger.error({ ...fields, stack: stackOf(error) }, 'a request failed');
    }
    const { retryAfterMs = told.code === 429 ? DEFAULT_RETRY_AFTER_MS : undefined } = told;
    // In whole seconds (RFC 9110, 10.2.3).
    if (retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)));
    return reply
      .code(told.code)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(bodyOf(told)));
  });
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    if (API_PATHS.test(path)) throw new PublicError(404, `${request.method} ${path}: no such route`);
    return reply.code(404).type('text/html; charset=utf-8').send(options.notFoundPage());
  });
}

/** For a 429 that knows no time of its own. */
const DEFAULT_RETRY_AFTER_MS = 5_000;

interface ToldError {
  readonly code: number;
  readonly message: string;
  readonly details: readonly string[];
  readonly retryAfterMs?: Millis | undefined;
}

function bodyOf(error: ToldError): ErrorBody {
  return { code: error.code, message: error.message, details: error.details };
}

/** Translates whatever was thrown into what may be told. */
export function publicErrorOf(error: unknown): ToldError {
  if (error instanceof PublicError) return error;
  if (error instanceof StoreError && error.code !== 'unavailable') {
    const code = error.code === 'not_found' ? 404 : error.code === 'taken' ? 409 : 400;
    return { code, message: error.message, details: [] };
  }
  if (isUnstorableValue(error)) {
    return { code: 400, message: 'a value holds characters that cannot be stored, such as U+0000', details: [] };
  }
  const status = statusOf(error);
  // Fastify's own: body too large, unsupported content type, malformed URL.
  if (status !== undefined) return { code: status, message: (error as Error).message, details: [] };
  const code = error instanceof StoreError ? 503 : 500;
  return { code, message: errorCodes[code].meaning, details: [] };
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

/** Where it happened, without the message, which may hold a statement's parameters. */
function stackOf(error: Error): string {
  return (error.stack ?? '').slice(error.stack?.startsWith(error.name) ? `${error.name}: ${error.message}`.length : 0);
}
