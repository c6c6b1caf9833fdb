import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { type Millis, messageOf } from '@amphi/base';
import { isRefusedAddress, PrivateAddressError, publicLookup } from '@amphi/outbound';
import type { WebhookTarget } from '@amphi/store';

export interface Call extends WebhookTarget {
  readonly body: string;
  /** Of the workspace: signs the body. */
  readonly secret: string;
}

const CONNECTIONS_PER_RECEIVER = 16;

/** Calls back ends. One for all of them; it keeps connections. */
export class WebhookCaller {
  readonly #allowPrivate: boolean;
  readonly #timeoutMs: Millis;
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS_PER_RECEIVER });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS_PER_RECEIVER });

  constructor(options: {
    /** Whether to call addresses of this machine and its network, too. */
    readonly allowPrivate: boolean;
    readonly timeoutMs: Millis;
  }) {
    this.#allowPrivate = options.allowPrivate;
    this.#timeoutMs = options.timeoutMs;
  }

  /** @returns what went wrong, or nothing: only 200 is success (server API, 5.3) */
  async call({ url, headers, body, secret }: Call): Promise<string | undefined> {
    const target = new URL(url);
    const host = target.hostname;
    if (!this.#allowPrivate && isRefusedAddress(host)) return notPublic(host);
    const isSecure = target.protocol === 'https:';
    return new Promise((resolve) => {
      const request = (isSecure ? requestHttps : requestHttp)(
        target,
        {
          method: 'POST',
          agent: isSecure ? this.#https : this.#http,
          headers: {
            ...headers,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            'user-agent': 'Amphi',
            'x-100ms-signature': signatureOf(body, secret),
          },
          signal: AbortSignal.timeout(this.#timeoutMs),
          ...(this.#allowPrivate ? {} : { lookup: publicLookup }),
        },
        (response) => {
          const { statusCode } = response;
          // What it says more is nothing to us; a short word is read so that the connection can be used again.
          if (Number(response.headers['content-length'] ?? Number.POSITIVE_INFINITY) > 4_096) response.destroy();
          else response.resume();
          response.on('error', () => {});
          resolve(statusCode === 200 ? undefined : `answered ${statusCode}`);
        },
      );
      request.on('error', (error) => resolve(reasonOf(error, host)));
      request.end(body);
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** Lower-case hex HMAC-SHA256 of the raw body (server API, 5.2). */
export function signatureOf(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

function reasonOf(error: Error, host: string): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'timeout';
  if (error instanceof PrivateAddressError) return notPublic(host);
  const { code } = error as NodeJS.ErrnoException;
  return code ?? messageOf(error);
}

function notPublic(host: string): string {
  return `${host} is not a public address; the setting webhooks.allowPrivateAddresses permits such`;
}
