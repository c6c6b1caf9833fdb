import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@amphi/testkit';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: {
    readonly id: string;
    readonly type: string;
    readonly data: Readonly<Record<string, unknown>>;
  } & Readonly<Record<string, unknown>>;
}

/** A back end: answers each event with the next status of `answers`, 200 when there is none. */
export class Receiver {
  readonly received: Received[] = [];
  readonly answers: number[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      this.received.push({ headers: request.headers, text, body: JSON.parse(text) });
      response.writeHead(this.answers.shift() ?? 200).end('thanks');
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await once(receiver.#server.listen(0, '127.0.0.1'), 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks?key=1`;
  }

  get types(): string[] {
    return this.received.map(({ body }) => body.type);
  }

  async settled(count: number): Promise<void> {
    await waitFor(`${count} events, there are: ${this.types}`, () => this.received.length >= count);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
