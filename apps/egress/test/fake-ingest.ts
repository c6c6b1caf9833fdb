import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { partQuery, type StreamDescription, streamDescription, thumbnailQuery } from '@amphi/protocol';

export interface StoredPart {
  readonly generation: number;
  readonly msn: number;
  readonly part: number;
  readonly durationSeconds: number;
  readonly independent: boolean;
  readonly last: boolean;
  readonly programDateTimeMs: number;
  /** When it was here completely, Unix epoch in ms. */
  readonly arrivedAt: number;
  readonly data: Buffer;
}

export interface StoredRendition {
  readonly inits: Map<number, Buffer>;
  readonly parts: StoredPart[];
}

/** Takes a stream as the origin does (protocol, ingest.ts), refuses parts that do not follow, and keeps everything. */
export class FakeIngest {
  readonly renditions = new Map<string, StoredRendition>();
  description: StreamDescription | undefined;
  generation = -1;
  ended = false;
  /** Answers parts with this status. */
  failWith: number | undefined;
  readonly refusals: string[] = [];
  /** Thumbnails, each time that a sheet came. */
  readonly sheets: { readonly sheet: number; readonly dates: readonly number[]; readonly data: Buffer }[] = [];
  #nextMsn = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', 'http://ingest');
        const authorized = request.headers.authorization === 'Bearer ingest-token';
        const [status, body] = authorized
          ? this.#handle(`${request.method} ${url.pathname}`, url.searchParams, Buffer.concat(pieces))
          : [401, { code: 'token', message: 'wrong token' }];
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      });
    });
  }

  static async open(): Promise<FakeIngest> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeIngest(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ingest`;
  }

  parts(renditionId: string, generation?: number): StoredPart[] {
    const parts = this.renditions.get(renditionId)?.parts ?? [];
    return generation === undefined ? parts : parts.filter((part) => part.generation === generation);
  }

  /** Initialization segment and all parts of one run. */
  file(renditionId: string, generation = 0): Buffer {
    const rendition = this.renditions.get(renditionId)!;
    return Buffer.concat([
      rendition.inits.get(generation)!,
      ...this.parts(renditionId, generation).map((part) => part.data),
    ]);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(what: string, query: URLSearchParams, body: Buffer): [number, object?] {
    const path = what.replace(/^(\w+) \/ingest\/streams\/stream-\d/, '$1 ');
    if (path === 'PUT ') {
      this.description = streamDescription.parse(JSON.parse(String(body)));
      this.generation++;
      for (const { id } of this.description.renditions) {
        if (!this.renditions.has(id)) this.renditions.set(id, { inits: new Map(), parts: [] });
      }
      const last = Math.max(-1, ...[...this.renditions.values()].map(({ parts }) => parts.at(-1)?.msn ?? -1));
      this.#nextMsn = last + 1;
      return [200, { generation: this.generation, nextMsn: this.#nextMsn }];
    }
    if (path === 'POST /end') {
      this.ended = true;
      return [204];
    }
    const init = /^PUT \/renditions\/([\w-]+)\/init$/.exec(path);
    if (init) {
      this.renditions.get(init[1]!)!.inits.set(this.generation, body);
      return [204];
    }
    const sheet = /^PUT \/thumbnails\/(\d+)$/.exec(path);
    if (sheet) {
      const { dates } = thumbnailQuery.parse(Object.fromEntries(query));
      this.sheets.push({ sheet: Number(sheet[1]), dates, data: body });
      return [204];
    }
    const part = /^PUT \/renditions\/([\w-]+)\/parts\/(\d+)\/(\d+)$/.exec(path);
    if (!part) return this.#refuse(404, what);
    if (this.failWith) return this.#refuse(this.failWith, 'as the test wishes');
    const about = partQuery.parse(Object.fromEntries(query));
    const stored: StoredPart = {
      generation: about.generation,
      msn: Number(part[2]),
      part: Number(part[3]),
      durationSeconds: about.duration,
      independent: about.independent,
      last: about.last,
      programDateTimeMs: about.programDateTimeMs,
      arrivedAt: Date.now(),
      data: body,
    };
    const rendition = this.renditions.get(part[1]!)!;
    const before = rendition.parts.at(-1);
    // Sent again, as the answer did not come in time: here it is already.
    const isRepeated =
      before?.generation === stored.generation && before.msn === stored.msn && before.part === stored.part;
    if (isRepeated) return [204];
    const follows =
      !before || before.last || before.generation !== stored.generation
        ? stored.part === 0 &&
          stored.msn === (before?.generation === stored.generation ? before.msn + 1 : this.#nextMsn)
        : stored.msn === before.msn && stored.part === before.part + 1;
    if (!follows || stored.generation !== this.generation) {
      return this.#refuse(409, `${part[1]} ${stored.msn}.${stored.part} after ${before?.msn}.${before?.part}`);
    }
    rendition.parts.push(stored);
    return [204];
  }

  #refuse(status: number, message: string): [number, object] {
    this.refusals.push(message);
    return [status, { code: 'refused', message }];
  }
}
