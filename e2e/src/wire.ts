import { createHmac, randomUUID } from 'node:crypto';
import type { AmphiServer } from '@amphi/testkit';
import { WebSocket } from 'ws';

/** A signaling client without manners: says exactly what it is told to, for tests of what the server makes of it. */

export interface Answer {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

export class WireClient {
  readonly peerId: string;
  readonly received: Answer[] = [];
  closed = false;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket, peerId: string) {
    this.#socket = socket;
    this.peerId = peerId;
    socket.on('message', (data) => {
      this.received.push(JSON.parse(String(data)) as Answer);
      this.#wake();
    });
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    socket.on('error', () => {});
  }

  static async open(amphi: AmphiServer, token: string, peerId: string = randomUUID()): Promise<WireClient> {
    const url = new URL('/ws', amphi.links.url.replace(/^http/, 'ws'));
    url.search = new URLSearchParams({
      peer: peerId,
      token,
      protocol_version: '2.5',
      protocol_spec: '20250115',
    }).toString();
    const socket = new WebSocket(url);
    const client = new WireClient(socket, peerId);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  send(text: string | Buffer): void {
    this.#socket.send(text);
  }

  async request(method: string, params: unknown): Promise<Answer> {
    const id = randomUUID();
    this.send(JSON.stringify({ method, params, id, jsonrpc: '2.0' }));
    return this.waitFor(`the answer to ${method}`, (answer) => answer.id === id);
  }

  notification(method: string): Promise<Answer> {
    return this.waitFor(method, (answer) => answer.method === method);
  }

  async waitFor(what: string, match: (answer: Answer) => boolean, timeoutMs = 10_000): Promise<Answer> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.received.find(match);
      if (found) return found;
      if (this.closed)
        throw new Error(`${what}: the socket was closed; received ${JSON.stringify(this.received).slice(0, 2000)}`);
      if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
      await this.#activity(deadline - Date.now());
    }
  }

  async waitForClose(timeoutMs = 30_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!this.closed) {
      if (Date.now() > deadline) throw new Error(`the socket is open after ${timeoutMs} ms`);
      await this.#activity(deadline - Date.now());
    }
  }

  /** Stops reading from the socket, as a stalled client does. */
  stall(): void {
    this.#socket.pause();
  }

  /** Gone without a goodbye. */
  vanish(): void {
    this.#socket.terminate();
  }

  close(): void {
    this.#socket.close();
  }

  #activity(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, timeoutMs));
      this.#waiting.add(done);
    });
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}

export const codeOf = (link: string): string => link.slice(link.lastIndexOf('/') + 1);

export function tokenFor(amphi: AmphiServer, role: string): Promise<string> {
  return tokenBy(amphi, amphi.links.rooms[role]!, `user-${role}`);
}

/** For whoever has the link of a room. */
export async function tokenBy(amphi: AmphiServer, link: string, userId: string): Promise<string> {
  const answer = await fetch(`${amphi.links.url}/v2/token`, {
    method: 'POST',
    body: JSON.stringify({ code: codeOf(link), user_id: userId }),
  });
  const body = (await answer.json()) as { token?: string };
  if (!body.token) throw new Error(`no token by ${link}: ${JSON.stringify(body)}`);
  return body.token;
}

export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

/** HS256, with whatever claims. */
export function sign(claims: Record<string, unknown>, secret: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

/** Signs in by the one-time link of the first start. */
export async function developerOf(
  amphi: AmphiServer,
): Promise<{ accessKey: string; secret: string; managementToken: string }> {
  const code = new URL(amphi.links.dashboard).searchParams.get('code');
  const signedIn = await fetch(`${amphi.links.local}/platform/session/one-time`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: amphi.links.local },
    body: JSON.stringify({ code }),
  });
  if (!signedIn.ok) throw new Error(`one-time sign-in: ${signedIn.status} ${await signedIn.text()}`);
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  const answer = await fetch(`${amphi.links.local}/platform/developer`, { headers: { cookie } });
  return ((await answer.json()) as { developer: { accessKey: string; secret: string; managementToken: string } })
    .developer;
}

/** REST v2 as a back end uses it. A POST without a body sends `{}`. @throws for an answer that is no success, with its text */
export type Rest = <T>(method: 'GET' | 'POST', path: string, body?: object) => Promise<T>;

/** With the management token of who has started the server. */
export async function restOf(amphi: AmphiServer): Promise<Rest> {
  return restBy(amphi, (await developerOf(amphi)).managementToken);
}

/** Over loopback. */
export function restBy(amphi: AmphiServer, managementToken: string): Rest {
  return async <T>(method: 'GET' | 'POST', path: string, body: object = {}): Promise<T> => {
    const answer = await fetch(`${amphi.links.local}/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${managementToken}`, 'content-type': 'application/json' },
      ...(method === 'POST' && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
}

/** Of the process that composes, the newest that the server told of. */
export function egressPid(amphi: AmphiServer): number {
  const pids = [...amphi.output().matchAll(/"pid":(\d+)[^\n]*egress process started/g)].map(([, pid]) => Number(pid));
  return pids.at(-1)!;
}
