import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock, Millis, Seconds } from '@amphi/base';
import { isRefusedAddress, publicLookup } from '@amphi/outbound';
import { AwsV4Signer } from 'aws4fetch';
import { notPublic, refusedBy, S3Error, unanswered, xmlText } from './s3-error.ts';
import { type S3Target, urlOf } from './s3-target.ts';

/** A connection on which nothing moves for so long is given up. */
const SILENCE_MS: Millis = 30_000;
const CONNECTIONS = 4;
/** Of what is answered with: errors, ids of uploads, playlists of a recording of twelve hours. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20;
/** Signed addresses work for a week at most (Amazon S3 API Reference, "Authenticating requests: using query parameters"). */
export const LONGEST_LINK: Seconds = 604_800;
const EMPTY = Buffer.alloc(0);

/** Bytes of a file, from `start` to before `end`. */
export interface FileRange {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Lets bytes through no faster than it may be. */
export type Pace = (bytes: number) => Promise<void>;

interface Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | FileRange;
  readonly pace?: Pace;
  readonly signal?: AbortSignal | undefined;
}

interface Answer {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/**
 * What we need of a storage's S3 API, signed with Signature Version 4. Redirects are not followed, and public addresses alone
 * are called unless the target says otherwise. It keeps connections until it is closed.
 */
export class S3Client {
  readonly target: S3Target;
  readonly #clock: Clock;
  readonly #isSecure: boolean;
  readonly #agent: HttpAgent;

  constructor(target: S3Target, clock: Clock) {
    this.target = target;
    this.#clock = clock;
    this.#isSecure = target.endpoint.startsWith('https:');
    this.#agent = new (this.#isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: CONNECTIONS });
  }

  /** Puts an object there, at once. @throws S3Error */
  async put(
    key: string,
    body: Buffer | FileRange,
    options: { readonly contentType: string; readonly pace?: Pace; readonly signal?: AbortSignal },
  ): Promise<void> {
    const { contentType, ...rest } = options;
    await this.#send({ method: 'PUT', key, body, headers: { 'content-type': contentType }, ...rest });
  }

  /** @returns the id of an upload in parts. @throws S3Error */
  async beginParts(key: string, contentType: string, signal?: AbortSignal): Promise<string> {
    const headers = { 'content-type': contentType };
    const { body } = await this.#send({ method: 'POST', key, query: { uploads: '' }, headers, signal });
    const uploadId = xmlText(body.toString(), 'UploadId');
    if (!uploadId) throw this.#odd('an upload in parts was begun without an id');
    return uploadId;
  }

  /** @param part from 1 on @returns its tag, which is asked for at the end. @throws S3Error */
  async putPart(
    key: string,
    uploadId: string,
    part: number,
    body: FileRange,
    options: { readonly pace?: Pace; readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    const query = { partNumber: String(part), uploadId };
    const { headers } = await this.#send({ method: 'PUT', key, query, body, ...options });
    if (!headers.etag) throw this.#odd(`part ${part} was taken without a tag`);
    return headers.etag;
  }

  /** @throws S3Error */
  async endParts(key: string, uploadId: string, tags: readonly string[], signal?: AbortSignal): Promise<void> {
    const parts = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`);
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
    const answer = await this.#send({ method: 'POST', key, query: { uploadId }, body, signal });
    const text = answer.body.toString();
    // It may take long, so that the status comes before it is known how it went.
    if (text.includes('<Error>')) throw refusedBy(this.target, { status: 200, body: text, bucketRegion: undefined });
  }

  /** Without it the storage keeps parts of what was never finished. @throws S3Error */
  async abandonParts(key: string, uploadId: string): Promise<void> {
    await this.#send({ method: 'DELETE', key, query: { uploadId } });
  }

  /** Bytes of an object, undefined when there is none. @throws S3Error */
  async sizeOf(key: string, signal?: AbortSignal): Promise<number | undefined> {
    try {
      const { headers } = await this.#send({ method: 'HEAD', key, signal });
      return Number(headers['content-length']);
    } catch (error) {
      if (error instanceof S3Error && error.code === 's3_object_missing') return undefined;
      throw error;
    }
  }

  /** A small object. @throws S3Error */
  async get(key: string, signal?: AbortSignal): Promise<Buffer> {
    return (await this.#send({ method: 'GET', key, signal })).body;
  }

  /** Does nothing when there is none. @throws S3Error */
  async remove(key: string, signal?: AbortSignal): Promise<void> {
    await this.#send({ method: 'DELETE', key, signal });
  }

  /**
   * An address by which an object is got without a key of one's own.
   * @param fileName under which browsers save it
   */
  async presign(
    key: string,
    options: { readonly method?: 'GET' | 'HEAD'; readonly validFor: Seconds; readonly fileName?: string },
  ): Promise<string> {
    const { method = 'GET', validFor, fileName } = options;
    const { endpoint, publicEndpoint = endpoint, bucket } = this.target;
    const url = urlOf({ endpoint: publicEndpoint, bucket }, key, {
      'X-Amz-Expires': String(Math.min(validFor, LONGEST_LINK)),
      ...(fileName === undefined ? {} : { 'response-content-disposition': `attachment;filename="${fileName}"` }),
    });
    const signed = await this.#signer({ method, url, signQuery: true }).sign();
    return signed.url.toString();
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(request: Request): Promise<Answer> {
    const { target } = this;
    const { method, key, query, body = EMPTY, signal } = request;
    signal?.throwIfAborted();
    const url = urlOf(target, key, query);
    if (!target.allowPrivate && isRefusedAddress(url.hostname)) throw notPublic(url.hostname);
    const bytes = Buffer.isBuffer(body) ? body.byteLength : body.end - body.start;
    const headers = {
      ...request.headers,
      ...(method === 'PUT' || method === 'POST' ? { 'content-length': String(bytes) } : {}),
      'x-amz-content-sha256': await hashOf(body),
    };
    const signed = await this.#signer({ method, url, headers }).sign();
    const { outgoing, response } = await this.#exchange({
      ...request,
      body,
      url,
      headers: Object.fromEntries(signed.headers),
    });
    const answer = { headers: response.headers, body: await this.#read(response) };
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    // It may have been refused before all was sent.
    outgoing.destroy();
    const bucketRegion = response.headers['x-amz-bucket-region'];
    throw refusedBy(target, {
      status,
      body: answer.body.toString(),
      bucketRegion: typeof bucketRegion === 'string' ? bucketRegion : undefined,
    });
  }

  #exchange({
    method,
    url,
    headers,
    body,
    pace,
    signal,
  }: Request & {
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer | FileRange;
  }): Promise<{ readonly outgoing: ClientRequest; readonly response: IncomingMessage }> {
    return new Promise((resolve, reject) => {
      const failed = (error: unknown): void =>
        reject(signal?.aborted ? (signal.reason ?? error) : unanswered(this.target, error));
      const outgoing = (this.#isSecure ? requestHttps : requestHttp)(
        url,
        {
          method,
          headers,
          agent: this.#agent,
          signal,
          ...(this.target.allowPrivate ? {} : { lookup: publicLookup }),
        },
        (response) => resolve({ outgoing, response }),
      );
      outgoing.setTimeout(SILENCE_MS, () => outgoing.destroy(new Error(`silent for ${SILENCE_MS / 1000} s`)));
      outgoing.on('error', failed);
      if (Buffer.isBuffer(body)) outgoing.end(body);
      else {
        pipeline(paced(body, pace), outgoing).catch((error: unknown) => {
          // A refusal may come, and the connection go, before all was sent: then the answer says it.
          if (!outgoing.destroyed) outgoing.destroy(error as Error);
          failed(error);
        });
      }
    });
  }

  async #read(response: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.byteLength;
        if (bytes > MAX_ANSWER_BYTES) throw new Error(`it answers with more than ${MAX_ANSWER_BYTES} bytes`);
        chunks.push(chunk);
      }
    } catch (error) {
      response.destroy();
      throw unanswered(this.target, error);
    }
    return Buffer.concat(chunks);
  }

  #signer(options: {
    readonly method: string;
    readonly url: URL;
    readonly headers?: Readonly<Record<string, string>>;
    readonly signQuery?: boolean;
  }): AwsV4Signer {
    const { accessKeyId, secretAccessKey, region } = this.target;
    return new AwsV4Signer({
      ...options,
      url: options.url.toString(),
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
      datetime: new Date(this.#clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    });
  }

  #odd(what: string): S3Error {
    const { endpoint } = this.target;
    return new S3Error('s3_refused', `the storage at ${endpoint} answers oddly: ${what}`, 'Is it an S3 API?');
  }
}

/** Lower-case hex SHA-256: the storage refuses what came otherwise. */
async function hashOf(body: Buffer | FileRange): Promise<string> {
  const hash = createHash('sha256');
  if (Buffer.isBuffer(body)) hash.update(body);
  else for await (const chunk of readRange(body)) hash.update(chunk);
  return hash.digest('hex');
}

function readRange({ path, start, end }: FileRange): Readable {
  return end > start ? createReadStream(path, { start, end: end - 1 }) : Readable.from([]);
}

async function* paced(range: FileRange, pace: Pace | undefined): AsyncGenerator<Buffer> {
  for await (const chunk of readRange(range) as AsyncIterable<Buffer>) {
    await pace?.(chunk.byteLength);
    yield chunk;
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
