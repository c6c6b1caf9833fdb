import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { backoffMs, CodedError, type Logger, type Millis, messageOf } from '@amphi/base';
import { type AttachAnswer, attachAnswer, parseOrThrow, type StreamDescription } from '@amphi/protocol';
import { announcedDate, announcedDuration } from './announced.ts';
import { LatestUpload } from './latest-upload.ts';

export type IngestErrorCode = 'ingest_refused' | 'ingest_unreachable' | 'ingest_behind' | 'ingest_storage';

/** One part with what the origin must know of it. */
export interface PartUpload {
  readonly renditionId: string;
  readonly msn: number;
  readonly part: number;
  readonly data: Uint8Array;
  readonly durationSeconds: number;
  readonly independent: boolean;
  readonly last: boolean;
  readonly programDateTimeMs: number;
  /** Of a part that begins with a keyframe: up to the end of that picture. */
  readonly iFrameBytes?: number;
}

/** A sheet of thumbnails with what the origin must know of it. */
export interface SheetUpload {
  readonly number: number;
  /** Wall clock of each picture. */
  readonly datesMs: readonly Millis[];
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly data: Uint8Array;
}

interface Upload {
  readonly method: 'PUT' | 'POST';
  readonly path: string;
  readonly body: Uint8Array | undefined;
  readonly contentType: string;
  readonly isPart?: true;
}

/** Parts of one rendition that may wait: about ten seconds. Beyond it the origin is lost and the stream with it. */
const MAX_WAITING = 32;
const ATTEMPTS = 6;

/**
 * Sends a stream to the origin over kept-alive connections, one request at a time per rendition, in order. A request
 * that fails is sent again (they are idempotent). A queue never drops a part, since a playlist has no holes: when one
 * grows beyond its bound the upload fails with `ingest_behind`.
 */
export class IngestUploader {
  readonly #base: URL;
  readonly #token: string;
  readonly #streamId: string;
  readonly #agent: Agent | TlsAgent;
  readonly #send: typeof httpRequest;
  readonly #queues = new Map<string, { tail: Promise<void>; waiting: number }>();
  readonly #sheets: LatestUpload<Upload>;
  readonly #logger: Logger;
  readonly #onFailure: (error: CodedError<IngestErrorCode>) => void;
  readonly #onSent: (renditionId: string) => void;
  #generation: number | undefined;
  #closed = false;

  constructor(options: {
    readonly ingestUrl: string;
    readonly token: string;
    readonly streamId: string;
    readonly logger: Logger;
    /** Called once, when the stream cannot go on. */
    readonly onFailure: (error: CodedError<IngestErrorCode>) => void;
    /** A part of this rendition is at the origin. */
    readonly onSent: (renditionId: string) => void;
  }) {
    this.#base = new URL(`${options.ingestUrl}/`);
    this.#token = options.token;
    this.#streamId = options.streamId;
    this.#logger = options.logger;
    this.#onFailure = options.onFailure;
    this.#onSent = options.onSent;
    this.#sheets = new LatestUpload(
      (upload) => this.#once(upload),
      (error) => this.#logger.warn({ error: messageOf(error) }, 'thumbnails did not arrive'),
    );
    const secure = this.#base.protocol === 'https:';
    this.#agent = secure ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
    this.#send = secure ? httpsRequest : httpRequest;
  }

  /** Creates the stream, or goes on with it in a new generation. @throws CodedError */
  async attach(description: StreamDescription): Promise<AttachAnswer> {
    const body = Buffer.from(JSON.stringify(description));
    // By its name an attach whose answer was lost can be sent again.
    const run = randomUUID();
    const text = await this.#retrying({
      method: 'PUT',
      path: `${this.#path()}?run=${run}`,
      body,
      contentType: 'application/json',
    });
    const answer = parseOrThrow(attachAnswer, JSON.parse(text), 'attach answer');
    this.#generation = answer.generation;
    return answer;
  }

  sendInit(renditionId: string, data: Uint8Array): void {
    this.#enqueue(renditionId, {
      method: 'PUT',
      path: `${this.#path()}/renditions/${renditionId}/init?generation=${this.#generation}`,
      body: data,
      contentType: 'video/mp4',
    });
  }

  sendPart(part: PartUpload): void {
    const query = new URLSearchParams({
      generation: String(this.#generation),
      duration: announcedDuration(part.durationSeconds).toFixed(5),
      independent: part.independent ? '1' : '0',
      last: part.last ? '1' : '0',
      programDateTimeMs: String(announcedDate(part.programDateTimeMs)),
      ...(part.iFrameBytes === undefined ? {} : { iFrameBytes: String(part.iFrameBytes) }),
    });
    this.#enqueue(part.renditionId, {
      method: 'PUT',
      path: `${this.#path()}/renditions/${part.renditionId}/parts/${part.msn}/${part.part}?${query}`,
      body: part.data,
      contentType: 'video/mp4',
      isPart: true,
    });
  }

  /** Beside the parts and never in their way: of sheets that have to wait the last is sent, and one that fails is gone. */
  sendThumbnails({ number, datesMs, columns, tileWidth, tileHeight, data }: SheetUpload): void {
    if (this.#closed) return;
    const query = new URLSearchParams({
      generation: String(this.#generation),
      columns: String(columns),
      tileWidth: String(tileWidth),
      tileHeight: String(tileHeight),
      dates: datesMs.map(announcedDate).join(','),
    });
    this.#sheets.push({
      method: 'PUT',
      path: `${this.#path()}/thumbnails/${number}?${query}`,
      body: data,
      contentType: 'image/jpeg',
    });
  }

  /** Waits for everything sent so far. */
  async drain(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.tail));
  }

  /** Ends the stream after what was sent before; nothing is to be ended before it was attached. @throws CodedError */
  async end(): Promise<void> {
    if (this.#generation === undefined) return;
    await this.drain();
    await this.#retrying({
      method: 'POST',
      path: `${this.#path()}/end?generation=${this.#generation}`,
      body: undefined,
      contentType: 'application/json',
    });
  }

  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  #path(): string {
    return `streams/${this.#streamId}`;
  }

  #enqueue(renditionId: string, upload: Upload): void {
    let queue = this.#queues.get(renditionId);
    if (!queue) {
      queue = { tail: Promise.resolve(), waiting: 0 };
      this.#queues.set(renditionId, queue);
    }
    const own = queue;
    if (own.waiting >= MAX_WAITING) {
      this.#fail(
        new CodedError(
          'ingest_behind',
          `${renditionId}: ${own.waiting} parts wait for the origin, at most ${MAX_WAITING} may`,
        ),
      );
      return;
    }
    own.waiting++;
    own.tail = own.tail.then(async () => {
      try {
        if (this.#closed) return;
        await this.#retrying(upload);
        if (upload.isPart) this.#onSent(renditionId);
      } catch (error) {
        this.#fail(error as CodedError<IngestErrorCode>);
      } finally {
        own.waiting--;
      }
    });
  }

  #fail(error: CodedError<IngestErrorCode>): void {
    if (this.#closed) return;
    this.close();
    this.#onFailure(error);
  }

  async #retrying(upload: Upload): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(upload);
      } catch (error) {
        const refused = error instanceof CodedError && error.code === 'ingest_refused';
        if (refused || attempt + 1 >= ATTEMPTS || this.#closed) throw error;
        this.#logger.warn({ path: upload.path, attempt, error: messageOf(error) }, 'ingest failed, sending again');
        await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, { firstMs: 50, capMs: 1_000 })));
      }
    }
  }

  #once(upload: Upload): Promise<string> {
    return new Promise((resolve, reject) => {
      const failed = (code: IngestErrorCode, error: unknown): void =>
        reject(new CodedError(code, `${upload.method} ${upload.path}: ${messageOf(error)}`, { cause: error }));
      const unreachable = (error: unknown): void => failed('ingest_unreachable', error);
      const outgoing = this.#send(
        new URL(upload.path, this.#base),
        {
          method: upload.method,
          agent: this.#agent,
          timeout: 5_000,
          headers: {
            authorization: `Bearer ${this.#token}`,
            'content-type': upload.contentType,
            'content-length': upload.body?.byteLength ?? 0,
          },
        },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', unreachable);
          response.on('end', () => {
            const text = Buffer.concat(pieces).toString();
            const status = response.statusCode ?? 0;
            if (status >= 200 && status < 300) resolve(text);
            else if (status === 507) failed('ingest_storage', new Error(text));
            else if (status >= 500 || status === 429) unreachable(new Error(`${status} ${text}`));
            else
              reject(
                new CodedError('ingest_refused', `${upload.method} ${upload.path}: ${status} ${text}`, {
                  data: { status },
                }),
              );
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 5 s')));
      outgoing.on('error', unreachable);
      outgoing.end(upload.body);
    });
  }
}
