import { type Clock, type Millis, millis } from '@amphi/base';
import {
  diagnosticAnswer,
  diagnosticClock,
  type InitAnswer,
  initAnswer,
  type NetworkHealth,
  type RecordedStream,
  recordedStream,
  type UiLayout,
  uiLayoutAnswer,
} from '@amphi/protocol';
import { FIRST_CONNECT_BUDGET_MS } from '@amphi/signaling';
import * as z from 'zod/mini';
import type { Environment, HttpRequest } from './environment.ts';
import { ClientError } from './errors.ts';
import { type NetworkScore, networkScore } from './network-score.ts';

/** How long an HTTP request may take. */
export const HTTP_TIMEOUT_MS = millis(10_000);

/** As for the first connect. */
const PATIENCE_MS = FIRST_CONNECT_BUDGET_MS;

const tokenAnswer = z.object({ token: z.string().check(z.minLength(1)) });
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
  const answer = await patiently(http.clock, () => askForToken(http, endpoint, request));
  return answer.token;
}

function askForToken(
  http: Http,
  endpoint: string,
  request: { readonly code: string; readonly userId?: string | undefined },
): Promise<z.infer<typeof tokenAnswer>> {
  const body = JSON.stringify({ code: request.code, ...(request.userId && { user_id: request.userId }) });
  // No content type of our own: as text/plain this needs no preflight on other origins.
  return fetchJson(http, `${endpoint}/v2/token`, { method: 'POST', body }, tokenAnswer);
}

/** Asks again as late as the server wishes, which it does when many come at once; not longer than a person looks on. */
async function patiently<T>(clock: Clock, ask: () => Promise<T>): Promise<T> {
  const until = clock.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const waitMs = error instanceof ClientError && error.serverCode === 429 ? error.retryAfterMs : undefined;
      if (waitMs === undefined || clock.now() + waitMs > until) throw error;
      await new Promise<void>((resolve) => clock.after(waitMs, resolve));
    }
  }
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

/**
 * How a ready-made room shows itself: to the role of the token, then to all others.
 * @throws ClientError `refused`, `endpoint_unreachable`, `malformed_answer`
 */
export async function fetchLayouts(http: Http, endpoint: string, token: string): Promise<readonly UiLayout[]> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetchJson(http, `${endpoint}/v2/layouts/ui`, { method: 'GET', headers }, uiLayoutAnswer)).data;
}

/**
 * What the role of the token may see of the room's last stream once it is over.
 * @throws ClientError `refused`, `endpoint_unreachable`, `malformed_answer`
 */
export function fetchRecordedStream(http: Http, endpoint: string, token: string): Promise<RecordedStream> {
  const headers = { authorization: `Bearer ${token}` };
  return fetchJson(http, `${endpoint}/v2/client/recorded-stream`, { method: 'GET', headers }, recordedStream);
}

/**
 * Measures the connection by a download.
 * @returns undefined when the server knows no score for it
 * @throws ClientError `refused`, `endpoint_unreachable`
 */
export async function measureNetwork(
  { environment, clock }: Http,
  { url, timeout, scoreMap }: NetworkHealth,
): Promise<NetworkScore | undefined> {
  const abort = new AbortController();
  let isLate = false;
  const cancel = clock.after(millis(timeout), () => {
    isLate = true;
    abort.abort();
  });
  try {
    const response = await environment.fetch(`${url}?${clock.now()}`, { method: 'GET', signal: abort.signal });
    if (response.status !== 200) {
      throw new ClientError('refused', `${url} answered ${response.status}`, { serverCode: response.status });
    }
    // From the first byte on: how far away the server is says nothing about how much comes through.
    const begunAt = clock.now();
    const { length } = await response.text();
    return networkScore(scoreMap, (length * 8) / (clock.now() - begunAt));
  } catch (cause) {
    if (isLate) return networkScore(scoreMap, 0);
    if (cause instanceof ClientError) throw cause;
    throw new ClientError('endpoint_unreachable', `GET ${url}: no answer`, { cause });
  } finally {
    cancel();
  }
}

/** How somebody found a session that they have been in. */
export interface Feedback {
  /** 1 (worst) to 5. */
  readonly rating: number;
  /** What was asked, for those who read the answers. */
  readonly question: string;
  /** Their own words, up to 1024 characters; may be empty. */
  readonly comment: string;
}

/**
 * Says how a session was; the first answer of a peer counts.
 * @throws ClientError `refused` (403: that peer was not in the session; 429: too many answers of the room), `endpoint_unreachable`
 */
export async function sendFeedback(
  http: Http,
  endpoint: string,
  request: {
    readonly token: string;
    readonly sessionId: string;
    readonly peerId: string;
    readonly feedback: Feedback;
  },
): Promise<void> {
  const { token, sessionId, peerId, feedback } = request;
  const payload = { ...feedback, min_rating: 1, max_rating: 5, reasons: [] };
  const body = JSON.stringify({ peer: { peer_id: peerId, session_id: sessionId }, payload });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await fetchJson(http, `${endpoint}/v2/client/feedback`, { method: 'POST', headers, body }, z.object({}));
}

/**
 * Milliseconds since 1970 by the server's clock.
 * @throws ClientError `endpoint_unreachable`, `refused`, `malformed_answer`
 */
export async function fetchServerTime(http: Http, endpoint: string): Promise<number> {
  return (await fetchJson(http, `${endpoint}/v2/diagnostics`, { method: 'GET' }, diagnosticClock)).time_ms;
}

/**
 * Gets the answer to an offer of a connection that is only there to measure the path.
 * @param request.trackId of the video track in the offer, if there is one
 * @throws ClientError `endpoint_unreachable`, `refused`, `malformed_answer`
 */
export async function connectForDiagnostics(
  http: Http,
  endpoint: string,
  request: { readonly token: string; readonly offer: string; readonly trackId: string | undefined },
): Promise<string> {
  const { token, offer: sdp, trackId } = request;
  const body = JSON.stringify({ sdp, ...(trackId !== undefined && { track_id: trackId }) });
  const headers = { authorization: `Bearer ${token}` };
  const url = `${endpoint}/v2/diagnostics/connection`;
  return (await fetchJson(http, url, { method: 'POST', headers, body }, diagnosticAnswer)).sdp;
}

async function fetchJson<T>(http: Http, url: string, request: HttpRequest, schema: z.ZodMiniType<T>): Promise<T> {
  const abort = new AbortController();
  const cancel = http.clock.after(HTTP_TIMEOUT_MS, () => abort.abort());
  let status: number;
  let retryAfter: string | null;
  let text: string;
  try {
    const response = await http.environment.fetch(url, { ...request, signal: abort.signal });
    status = response.status;
    retryAfter = response.header('retry-after');
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
      retryAfterMs: retryAfterMs(retryAfter),
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

/** In seconds (RFC 9110, 10.2.3); a date, which the server never sends, is not read. */
function retryAfterMs(header: string | null): Millis | undefined {
  const seconds = header === null || header === '' ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? millis(seconds * 1000) : undefined;
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
