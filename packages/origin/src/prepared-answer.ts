/** An HTTP answer made once and sent many times. */
export interface PreparedAnswer {
  readonly status: number;
  /** Flat list of names and values, as `ServerResponse.writeHead` takes it without a copy. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Any page may play our streams; it may read how old a cached answer is. */
const CORS = ['access-control-allow-origin', '*', 'access-control-expose-headers', 'age,content-length,date'];

/** OR5: answers that depend on the moment. */
export const NOT_CACHED = 'no-cache';

export const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';

export function prepare(
  status: number,
  contentType: string,
  cacheControl: string,
  body: Buffer,
  more: readonly string[] = [],
): PreparedAnswer {
  const headers = ['content-type', contentType, 'content-length', String(body.byteLength)];
  return { status, headers: [...headers, 'cache-control', cacheControl, ...CORS, ...more], body };
}

/** The same answer under another caching rule, around the same bytes. */
export function withCacheControl(answer: PreparedAnswer, cacheControl: string): PreparedAnswer {
  const headers = [...answer.headers];
  headers[headers.indexOf('cache-control') + 1] = cacheControl;
  return { ...answer, headers };
}

export function prepareError(status: number, message: string, more: readonly string[] = []): PreparedAnswer {
  const body = Buffer.from(JSON.stringify({ code: status, message, details: [] }));
  return prepare(status, 'application/json; charset=utf-8', NOT_CACHED, body, more);
}

/** Answer to a preflight request; valid for a day. */
export const PREFLIGHT: PreparedAnswer = {
  status: 204,
  headers: [
    ...CORS,
    ...['access-control-allow-methods', 'GET, HEAD, OPTIONS', 'access-control-allow-headers', '*'],
    ...['access-control-max-age', '86400'],
  ],
  body: Buffer.alloc(0),
};
