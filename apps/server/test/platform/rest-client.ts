import type { PlatformServer } from './platform-server.ts';

export interface RestAnswer<T> {
  readonly status: number;
  readonly body: T & { code?: number; message?: string; details?: string[] };
}

export interface RestClient {
  get<T = Record<string, unknown>>(path: string): Promise<RestAnswer<T>>;
  post<T = Record<string, unknown>>(path: string, payload?: unknown): Promise<RestAnswer<T>>;
  delete(path: string): Promise<RestAnswer<Record<string, unknown>>>;
}

/** REST v2 with a management token; paths are below `/v2`. */
export function restClient(platform: Pick<PlatformServer, 'web'>, token: () => string): RestClient {
  async function call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, payload?: unknown): Promise<RestAnswer<T>> {
    const answer = await platform.web.inject({
      method,
      url: `/v2${path}`,
      headers: { authorization: `Bearer ${token()}`, 'content-type': 'application/json' },
      ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
    });
    return { status: answer.statusCode, body: answer.body === '' ? {} : JSON.parse(answer.body) };
  }
  return {
    get: (path) => call('GET', path),
    post: (path, payload) => call('POST', path, payload),
    delete: (path) => call('DELETE', path),
  };
}
