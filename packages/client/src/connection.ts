import {
  type Clock,
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  type Millis,
  millis,
  Scope,
} from '@amphi/base';
import type { InitAnswer, MethodName, MethodParams } from '@amphi/protocol';
import { fetchInit } from './endpoints.ts';
import type { Environment } from './environment.ts';
import { ClientError, toClientError } from './errors.ts';
import { decideReconnect, FIRST_CONNECT_BUDGET_MS, RECONNECT_BUDGET_MS } from './reconnect.ts';
import { SignalingChannel } from './signaling-channel.ts';

/** Wire constants of the protocol this package speaks (client protocol, 0.1). */
const PROTOCOL_VERSION = '2.5';
const PROTOCOL_SPEC = '20250115';

export interface ConnectionEvents {
  notification: { readonly method: string; readonly params: unknown };
  lost: Record<string, never>;
  /** A socket is open again. The session has to recover its media, then call `confirmRecovered`. */
  reopened: Record<string, never>;
  /** Given up: refused for good, or the time is over. Nothing follows. */
  failed: { readonly error: ClientError };
}

export interface ConnectionOptions {
  readonly endpoint: string;
  readonly token: string;
  readonly peerId: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The signaling connection of one session: `/init`, then a socket, and again after every loss with the same peer id
 * (client protocol, 3.6). Retries are owned here, by `decideReconnect`; requests are never repeated here.
 */
export class Connection implements Closable {
  readonly events = new Emitter<ConnectionEvents>();
  readonly #options: ConnectionOptions;
  readonly #scope: Scope;
  #channel: SignalingChannel | undefined;
  #init: InitAnswer | undefined;
  /** Set from a loss until the session confirms that it has recovered. */
  #lostAt: Millis | undefined;
  #attempt = 0;
  #retryNow: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#scope = new Scope({ clock: options.clock });
    this.#scope.defer(() => this.#channel?.close({ by: 'parent' }));
    this.#scope.defer(options.environment.onNetworkChange((online) => this.#handleNetwork(online)));
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get isOpen(): boolean {
    return this.#channel !== undefined;
  }

  /** Of the latest init answer; `undefined` before `open`. */
  get rtcConfiguration(): RTCConfiguration {
    const { ice_servers: servers = [], ...rest } = this.#init?.rtcConfiguration ?? {};
    return { ...rest, iceServers: servers.map(toIceServer) };
  }

  /**
   * The first connect.
   * @throws ClientError what the last attempt failed with
   */
  async open(): Promise<void> {
    const startedAt = this.#options.clock.now();
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#connect();
        return;
      } catch (thrown) {
        const error = toClientError(thrown, 'endpoint_unreachable', 'connect');
        const now = this.#options.clock.now();
        const decision = decideReconnect({ lostAt: startedAt, now, attempt, budgetMs: FIRST_CONNECT_BUDGET_MS, error });
        const waitMs = 'giveUp' in decision ? undefined : politeWait(decision.retryInMs, error);
        if (this.#scope.isClosed || waitMs === undefined) throw error;
        if (now + waitMs > startedAt + FIRST_CONNECT_BUDGET_MS) throw error;
        await this.#pause(waitMs);
      }
    }
  }

  request<Name extends MethodName>(method: Name, params: MethodParams<Name>): Promise<unknown> {
    if (this.#channel) return this.#channel.request(method, params);
    return Promise.reject(new ClientError('connection_lost', `${method}: the signaling connection is down`));
  }

  notify<Name extends MethodName>(method: Name, params: MethodParams<Name>): void {
    this.#channel?.notify(method, params);
  }

  /** Ends the time that a loss has started. */
  confirmRecovered(): void {
    this.#lostAt = undefined;
    this.#attempt = 0;
  }

  /** Drops the socket and makes a new one, as after a loss. */
  reconnect(): void {
    this.#channel?.close({ by: 'failure', code: 'reconnect' });
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#retryNow?.();
    this.#scope.close(reason);
    this.#channel?.close({ by: 'parent' });
  }

  async #connect(): Promise<void> {
    const { environment, clock, endpoint, token, peerId, logger } = this.#options;
    this.#init = await fetchInit({ environment, clock }, endpoint, { token, peerId });
    if (this.#scope.isClosed) throw closed();
    const channel = await SignalingChannel.open({
      url: socketUrl(this.#init.endpoint, { token, peerId, userAgent: environment.userAgent }),
      environment,
      clock,
      logger,
      onNotification: (method, params) => {
        if (!this.#scope.isClosed) this.events.emit('notification', { method, params });
      },
    });
    if (this.#scope.isClosed) {
      channel.close();
      throw closed();
    }
    this.#channel = channel;
    void channel.closed.then(() => this.#handleLoss(channel));
  }

  #handleLoss(channel: SignalingChannel): void {
    if (this.#channel !== channel || this.#scope.isClosed) return;
    this.#channel = undefined;
    this.#lostAt ??= this.#options.clock.now();
    this.events.emit('lost', {});
    void this.#reconnectLoop(this.#lostAt);
  }

  async #reconnectLoop(lostAt: Millis): Promise<void> {
    let error: ClientError | undefined;
    while (!this.#scope.isClosed) {
      const decision = decideReconnect({
        lostAt,
        now: this.#options.clock.now(),
        attempt: this.#attempt++,
        budgetMs: RECONNECT_BUDGET_MS,
        ...(error && { error }),
      });
      if ('giveUp' in decision) {
        this.events.emit('failed', {
          error:
            decision.giveUp === 'refused' && error
              ? error
              : new ClientError('reconnect_failed', 'the connection did not come back in time', { cause: error }),
        });
        return;
      }
      const waitMs = politeWait(decision.retryInMs, error);
      // Beyond the time for which the server keeps our place: whoever waits is told now, in the server's words.
      if (error && this.#options.clock.now() + waitMs > lostAt + RECONNECT_BUDGET_MS) {
        this.events.emit('failed', { error });
        return;
      }
      await this.#pause(waitMs);
      if (this.#scope.isClosed) return;
      try {
        await this.#connect();
        this.events.emit('reopened', {});
        return;
      } catch (thrown) {
        error = toClientError(thrown, 'endpoint_unreachable', 'reconnect');
        this.#options.logger.info({ code: error.code, attempt: this.#attempt }, 'reconnect attempt failed');
      }
    }
  }

  /** Ends early when the network comes back or the connection is closed. */
  #pause(ms: Millis): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#scope.after(ms, () => this.#retryNow?.());
      this.#retryNow = () => {
        this.#retryNow = undefined;
        cancel();
        resolve();
      };
    });
  }

  #handleNetwork(online: boolean): void {
    if (online) this.#retryNow?.();
    else this.#channel?.close({ by: 'failure', code: 'offline' });
  }
}

/** Not before the server wants to be asked again. */
function politeWait(retryInMs: Millis, error: ClientError | undefined): Millis {
  return millis(Math.max(retryInMs, error?.retryAfterMs ?? 0));
}

/** Adds what the protocol asks for to the endpoint of the init answer (client protocol, 3.1). */
function socketUrl(endpoint: string, query: { token: string; peerId: string; userAgent: string }): string {
  const url = new URL(endpoint);
  url.searchParams.set('peer', query.peerId);
  url.searchParams.set('token', query.token);
  url.searchParams.set('user_agent_v2', query.userAgent);
  url.searchParams.set('protocol_version', PROTOCOL_VERSION);
  url.searchParams.set('protocol_spec', PROTOCOL_SPEC);
  return url.toString();
}

function toIceServer(server: {
  urls: string | string[];
  username?: string | undefined;
  credential?: string | undefined;
}): RTCIceServer {
  return {
    urls: server.urls,
    ...(server.username !== undefined && { username: server.username }),
    ...(server.credential !== undefined && { credential: server.credential }),
  };
}

function closed(): ClientError {
  return new ClientError('closed', 'the session was left while connecting');
}
