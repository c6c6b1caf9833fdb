import { type Millis, messageOf } from '@amphi/base';

const TIMEOUT_MS: Millis = 6_000;

/** What a certificate authority said when it was asked for its directory. */
export type AuthorityAnswer = { readonly nowMs: Millis | undefined } | { readonly problem: string };

/** Asks for the ACME directory (RFC 8555, 7.1.1). `nowMs` is the authority's clock, by the `Date` of its answer. */
export async function askAuthority(
  directoryUrl: string,
  signal: AbortSignal,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<AuthorityAnswer> {
  try {
    const answer = await fetch(directoryUrl, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    await answer.body?.cancel();
    if (!answer.ok) return { problem: `it answers ${answer.status}` };
    const nowMs = Date.parse(answer.headers.get('date') ?? '');
    return { nowMs: Number.isNaN(nowMs) ? undefined : nowMs };
  } catch (error) {
    signal.throwIfAborted();
    // What fetch throws says only that it failed; why stands in the cause.
    const cause = error instanceof Error ? error.cause : undefined;
    return { problem: messageOf(cause ?? error) };
  }
}
