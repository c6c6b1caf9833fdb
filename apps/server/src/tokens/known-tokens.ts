import { hash } from 'node:crypto';

const MAX_REMEMBERED = 10_000;

/**
 * What tokens say whose form and signature were found right: a back end shows the same one with each request. That says nothing
 * of whether it is good now: its key may be revoked, its time over. The secret of a key is the same for good. They are found by their digest, in a time that tells nobody
 * how much of a guess was right, and no token is kept. Beyond the bound the oldest are forgotten.
 */
export class KnownTokens<Claims> {
  readonly #byDigest = new Map<string, Claims>();

  find(token: string): Claims | undefined {
    return this.#byDigest.get(digestOf(token));
  }

  add(token: string, claims: Claims): void {
    this.#byDigest.set(digestOf(token), claims);
    if (this.#byDigest.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#byDigest.keys();
    if (oldest !== undefined) this.#byDigest.delete(oldest);
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
