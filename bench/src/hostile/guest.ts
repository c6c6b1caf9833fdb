import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { WebSocket } from 'ws';

/** What everybody knows who was sent a link. */
export interface House {
  readonly url: string;
  readonly codes: Readonly<Record<'viewer' | 'broadcaster', string>>;
  /** Media playlist of the live stream. Not known before it is live. */
  readonly playlist: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Somebody at an address of their own, with connections that are kept. The server believes `X-Forwarded-For`
 * (`trustProxy`), so that people of one machine are people of many addresses to it.
 */
export class Visitor {
  readonly #url: string;
  readonly #from: string;
  readonly #agent: Agent;

  constructor(url: string, from: string, connections = 2) {
    this.#url = url;
    this.#from = from;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws when nothing came for `timeoutMs` */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    options: { readonly token?: string; readonly body?: object; readonly timeoutMs?: number } = {},
  ): Promise<Answer> {
    const { token, body, timeoutMs = 10_000 } = options;
    const asked = request(new URL(path, this.#url), {
      method,
      agent: this.#agent,
      headers: this.#headers(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode ?? 0, body: text };
  }

  /** A client auth token, as links hand them out. */
  async token(code: string): Promise<string> {
    const { status, body } = await this.ask('POST', '/v2/token', { body: { code, user_id: randomUUID() } });
    if (status !== 200) throw new Error(`no token: ${status} ${body}`);
    return (JSON.parse(body) as { token: string }).token;
  }

  /** A socket, open but not joined. @throws when it does not open within 10 s */
  async socket(token: string): Promise<WebSocket> {
    const query = new URLSearchParams({ peer: randomUUID(), token });
    const socket = new WebSocket(`${this.#url.replace(/^http/, 'ws')}/ws?${query}`, {
      headers: this.#headers({}),
      handshakeTimeout: 10_000,
      perMessageDeflate: false,
    });
    await once(socket, 'open');
    // One that fails closes as well.
    socket.on('error', () => {});
    return socket;
  }

  leave(): void {
    this.#agent.destroy();
  }

  #headers(more: Readonly<Record<string, string>>): Record<string, string> {
    return { 'x-forwarded-for': this.#from, ...more };
  }
}

/** Joins, and waits for the answer. @throws when it is refused, closed, or not answered within 10 s */
export function join(socket: WebSocket, params: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      socket.off('message', hear);
      socket.off('close', closed);
      if (error) reject(error);
      else resolve();
    };
    const hear = (data: Buffer): void => {
      const head = data.subarray(0, 300).toString('latin1');
      if (head.includes('"method":"on-error"')) settle(new Error(head));
      // A list of peers is long; the answer tells its id first.
      else if (head.includes('"id":"join"')) settle(head.includes('"error"') ? new Error(head) : undefined);
    };
    const closed = (): void => settle(new Error('closed before the join was answered'));
    const timer = setTimeout(() => settle(new Error('the join was not answered')), 10_000);
    socket.on('message', hear);
    socket.on('close', closed);
    socket.send(JSON.stringify({ id: 'join', method: 'join', params: { name: 'Mia', data: '', ...params } }));
  });
}

/** The query by which a player waits for the part that a playlist does not have yet (RFC 8216bis, 6.2.5.2). */
export function nextPart(playlist: string): string {
  const first = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(playlist)?.[1]);
  const whole = playlist.split('\n#EXTINF:');
  const parts = whole.at(-1)!.split('\n#EXT-X-PART:').length - 1;
  return `_HLS_msn=${first + whole.length - 1}&_HLS_part=${parts}`;
}
