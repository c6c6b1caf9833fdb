import type { AmphiServer } from '@amphi/testkit';

/** A back end of the first workspace, with its management token. */
export class BackEnd {
  readonly managementToken: string;
  readonly #url: string;

  private constructor(url: string, managementToken: string) {
    this.#url = url;
    this.managementToken = managementToken;
  }

  /** Takes the token from the dashboard, by the one-time link of the first start. */
  static async of({ links }: AmphiServer): Promise<BackEnd> {
    const code = new URL(links.dashboard).searchParams.get('code');
    const signedIn = await fetch(`${links.url}/platform/session/one-time`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: links.url },
      body: JSON.stringify({ code }),
    });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const answer = await fetch(`${links.url}/platform/developer`, { headers: { cookie } });
    if (!answer.ok) throw new Error(`one-time sign-in: ${signedIn.status}, then ${answer.status}`);
    const { developer } = (await answer.json()) as { developer: { managementToken: string } };
    return new BackEnd(links.url, developer.managementToken);
  }

  /** Below `/v2`. @throws unless the answer is 200 */
  post<T>(path: string, body: object): Promise<T> {
    return this.#ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Below `/v2`. @throws unless the answer is 200 */
  get<T>(path: string): Promise<T> {
    return this.#ask(path, {});
  }

  async #ask<T>(
    path: string,
    { headers, ...init }: RequestInit & { readonly headers?: Readonly<Record<string, string>> },
  ): Promise<T> {
    const answer = await fetch(`${this.#url}/v2${path}`, {
      ...init,
      headers: { ...headers, authorization: `Bearer ${this.managementToken}` },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
