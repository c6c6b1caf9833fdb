import { createSecureContext, type SecureContext } from 'node:tls';

/** The protocol in which an authority asks for proof (RFC 8737, 3). */
export const ACME_TLS = 'acme-tls/1';

/** What an authority that was asked for a certificate will come to see. */
export class Challenges {
  readonly #http = new Map<string, string>();
  readonly #alpn = new Map<string, SecureContext>();

  /**
   * Answers `/.well-known/acme-challenge/<token>` over plain HTTP (RFC 8555, 8.3).
   * @returns takes it back
   */
  answerHttp(token: string, keyAuthorization: string): () => void {
    this.#http.set(token, keyAuthorization);
    return () => this.#http.delete(token);
  }

  /**
   * Shows this certificate to who asks for the domain in the protocol of the authorities (RFC 8737).
   * @returns takes it back
   */
  answerTls(
    domain: string,
    certificate: { readonly key: Buffer | string; readonly cert: Buffer | string },
  ): () => void {
    const name = domain.toLowerCase();
    this.#alpn.set(name, createSecureContext(certificate));
    return () => this.#alpn.delete(name);
  }

  /** @param path of a request, without the query */
  httpAnswer(path: string): string | undefined {
    const token = /^\/\.well-known\/acme-challenge\/([\w-]{1,256})$/.exec(path)?.[1];
    return token === undefined ? undefined : this.#http.get(token);
  }

  tlsAnswer(domain: string): SecureContext | undefined {
    return this.#alpn.get(domain.toLowerCase());
  }
}
