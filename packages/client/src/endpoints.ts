import { type Clock, millis } from '@amphi/base';
import { type InitAnswer, initAnswer } from '@amphi/protocol';
import { z } from 'zod';
import type { Environment, HttpRequest } from './environment.ts';
import { ClientError } from './errors.ts';

/** How long an HTTP request may take. */
export const HTTP_TIMEOUT_MS = millis(10_000);

const tokenAnswer = z.object({ token: z.string().min(1) });
const errorAnswer = z.object({ code: z.number(), message: z.string() });

interface Http {
  readonly environment: Pick<Environment, 'fetch'>;
  readonly clock: Clock;
}

/**
 * Exchanges a room code for an auth token (client protocol, 1.2).
 * @throws ClientError `refused` with the server's code (403: room inactive, 404: unknown code), `endpoint_unreachable`
 */
export async function fetchTokenByRoomCode(
  http: Http,
  endpoint: string,
  request: { readonly code: string; readonly userId?: string | undefined },
): Promise<string> {
  const body = JSON.stringify({ code: request.code, ...(request.userId && { user_id: request.userId }) });
  // No content type of our own: as text/plain this needs no preflight on other origins.
  const answer = await fetchJson(http, `${endpoint}/v2/token`, { method: 'POST', body }, tokenAnswer);
  return answer.token;
}

/** @throws ClientError `refused`, `endpoint_unreachable`, `malformed_answer` */
export function fetchInit(
  http: Http & { readonly environment: Pick<Environment, 'userAgent'> },
  endpoint: string,
  request: { readonly token: string; readonly peerId: string },
): Promise<InitAnswer> {
  const query = new URLSearchParams({ peer_id: request.peerId, user_agent_v2: http.environment.userAgent });
  return fetchJson(
    http,
    `${endpoint}/init?${query}`,
    { method: 'GET', headers: { authorization: `Bearer ${request.token}` } },
    initAnswer,
  );
}

async function fetchJson<T>(http: Http, url: string, request: HttpRequest, schema: z.ZodType<T>): Promise<T> {
  const abort = new AbortController();
  const cancel = http.clock.after(HTTP_TIMEOUT_MS, () => abort.abort());
  let status: number;
  let text: string;
  try {
    const response = await http.environment.fetch(url, { ...request, signal: abort.signal });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    throw new ClientError('endpoint_unreachable', `${request.method} ${pathOf(url)}: no answer`, { cause });
  } finally {
    cancel();
  }
  const json = parseJson(text);
  if (status < 200 || status > 299) {
    const error = errorAnswer.safeParse(json);
    throw new ClientError('refused', error.success ? error.data.message : `${pathOf(url)} answered ${status}`, {
      serverCode: error.success ? error.data.code : status,
    });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new ClientError('malformed_answer', `${pathOf(url)}: ${parsed.error.issues[0]?.message ?? 'malformed'}`, {
      cause: parsed.error,
    });
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? url;
}
