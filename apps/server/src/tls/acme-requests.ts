import { CodedError, type Millis } from '@amphi/base';
import * as z from 'zod';

/** An answer takes this long at most. */
const REQUEST_TIMEOUT_MS: Millis = 30_000;

const NAMESPACE = 'urn:ietf:params:acme:error:';

const problemDocument = z.looseObject({ type: z.string().startsWith(NAMESPACE), detail: z.string().default('') });

/** What the authority refused (RFC 8555, 6.7); `code` is the type without its namespace. */
export class AcmeProblem extends CodedError<string> {
  /** How long the authority asks to be left alone. */
  readonly retryAfterMs: Millis | undefined;

  constructor(problem: { readonly type: string; readonly detail: string }, retryAfterMs?: Millis) {
    super(problem.type.slice(NAMESPACE.length), problem.detail.slice(0, 500));
    this.name = 'AcmeProblem';
    this.retryAfterMs = retryAfterMs;
  }
}

/** @returns `undefined` for what is no problem document */
export function readProblem(value: unknown, retryAfter?: unknown): AcmeProblem | undefined {
  const parsed = problemDocument.safeParse(value);
  return parsed.success ? new AcmeProblem(parsed.data, parseRetryAfter(retryAfter)) : undefined;
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function parseRetryAfter(value: unknown): Millis | undefined {
  const text = String(value ?? '');
  if (/^\d{1,7}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

export type Acme = typeof import('acme-client');

let loading: Promise<Acme> | undefined;

/**
 * The library, loaded at its first use: it takes a third of a second of CPU time, which is not to be paid for by everybody
 * who waits for a server to be back after a crash.
 */
export function loadAcme(): Promise<Acme> {
  loading ??= import('acme-client').then(({ default: acme }) => withoutRetries(acme));
  return loading;
}

/**
 * The library's own retries wait for as long as an answer says, which is hours when a limit is reached, and a server that
 * cannot be reached becomes a TypeError in them. Without them every failure arrives here at once, and `AcmeCertificate`
 * comes back later. A nonce that was refused is still tried again by the library (RFC 8555, 6.5).
 */
function withoutRetries(acme: Acme): Acme {
  acme.axios.interceptors.request.clear();
  acme.axios.interceptors.response.clear();
  acme.axios.defaults.timeout = REQUEST_TIMEOUT_MS;
  acme.axios.interceptors.response.use((response) => {
    const problem = response.status >= 400 ? readProblem(response.data, response.headers['retry-after']) : undefined;
    if (problem && problem.code !== 'badNonce') throw problem;
    return response;
  });
  return acme;
}
