/** An HTTP answer made once and sent many times. */
export interface PreparedAnswer {
  readonly status: number;
  /** Flat list of names and values, as `ServerResponse.writeHead` takes it without a copy. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Strong validator of the body under its URL, quotes included; absent: it is not worth one. */
  readonly etag?: string;
  /** It may be asked for in byte ranges. */
  readonly isSliceable?: boolean;
  /** The same compressed, for clients that take it; made when the first of them asks. */
  readonly gzip?: () => PreparedAnswer;
}

/** Any page may play our streams, ask for byte ranges, and read how old a cached answer is. */
const CORS = [
  'access-control-allow-origin',
  '*',
  'access-control-expose-headers',
  'accept-ranges,age,content-length,content-range,date,etag',
];

/** OR5: caches keep no answer that depends on the moment. */
export const NOT_STORED = 'no-store';

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

/** A playlist, or another text that compresses well and changes; it is revalidated by `etag`. */
export function preparePlaylist(options: {
  readonly body: Buffer;
  readonly cacheControl: string;
  /** Without quotes. */
  readonly tag: string;
  readonly gzip: () => Buffer;
  /** Of a playlist when it is not said. */
  readonly contentType?: string;
}): PreparedAnswer {
  const { body, cacheControl, tag, contentType = PLAYLIST_TYPE } = options;
  const answer = (bytes: Buffer, etag: string, more: readonly string[]): PreparedAnswer => ({
    ...prepare(200, contentType, cacheControl, bytes, ['vary', 'accept-encoding', 'etag', etag, ...more]),
    etag,
  });
  let gzip: PreparedAnswer | undefined;
  return {
    ...answer(body, `"${tag}"`, []),
    gzip: () => {
      gzip ??= answer(options.gzip(), `"${tag}-gz"`, ['content-encoding', 'gzip']);
      return gzip;
    },
  };
}

/** Media: never another content under their URL, in ranges if wanted (RFC 9110, 14). */
export function prepareMedia(
  body: Buffer,
  cacheControl: string,
  tag: string,
  contentType: 'video/mp4' | 'image/jpeg' = 'video/mp4',
): PreparedAnswer {
  const etag = `"${tag}"`;
  const more = ['accept-ranges', 'bytes', 'etag', etag];
  return { ...prepare(200, contentType, cacheControl, body, more), etag, isSliceable: true };
}

export function prepareError(status: number, message: string, more: readonly string[] = []): PreparedAnswer {
  const body = Buffer.from(JSON.stringify({ code: status, message, details: [] }));
  return prepare(status, 'application/json; charset=utf-8', NOT_STORED, body, more);
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
