import { hash } from 'node:crypto';

const MAX_REMEMBERED = 10_000;

/** What a token says, and the secret its signature was right for. */
export interface KnownToken<Claims> {
  readonly claims: Claims;
  readonly secret: string;
}

/**
 * Tokens whose form and signature were found right: a back end shows the same one with each request. That says nothing of
 * whether it is good now: its key may be revoked, its time over. They are found by their digest, in a time that tells nobody
 * how much of a guess was right, and no token is kept. Beyond the bound the oldest are forgotten.
 */
export class KnownTokens<Claims> {
  readonly #byDigest = new Map<string, KnownToken<Claims>>();

  find(token: string): KnownToken<Claims> | undefined {
    return this.#byDigest.get(digestOf(token));
  }

  add(token: string, known: KnownToken<Claims>): void {
    this.#byDigest.set(digestOf(token), known);
    if (this.#byDigest.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#byDigest.keys();
    if (oldest !== undefined) this.#byDigest.delete(oldest);
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
