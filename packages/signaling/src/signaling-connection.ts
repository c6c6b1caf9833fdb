import {
  type Clock,
  type Closable,
  type CloseReason,
  Emitter,
  type Logger,
  type Millis,
  messageOf,
  millis,
  Scope,
  type Unsubscribe,
} from '@amphi/base';
import type { MethodName, MethodParams } from '@amphi/protocol';
import { decideReconnect, FIRST_CONNECT_BUDGET_MS, RECONNECT_BUDGET_MS } from './reconnect.ts';
import { SignalingChannel } from './signaling-channel.ts';
import { SignalingError } from './signaling-error.ts';
import type { OpenSocket } from './socket.ts';

/** What ended an attempt or the connection: an error of this package, or what `findAddress` threw. */
export type ConnectError = SignalingError<string>;

export interface SignalingConnectionEvents {
  /** In order; the first may come before `open` has resolved, and can be answered. */
  notification: { readonly method: string; readonly params: unknown };
  lost: Record<string, never>;
  /** A socket is open again. Whoever uses it recovers, then calls `confirmRecovered`. */
  reopened: Record<string, never>;
  /** Given up: refused for good, or the time is over. Nothing follows. */
  failed: { readonly error: ConnectError };
}

export interface SignalingConnectionOptions {
  /**
   * Where the next socket goes (`socketUrl`); asked before each one. A `SignalingError` that it throws says by itself
   * whether another attempt makes sense; after anything else there is one.
   */
  readonly findAddress: () => Promise<string>;
  readonly openSocket: OpenSocket;
  /** Where the host knows when the network comes and goes. */
  readonly onNetworkChange?: (listener: (online: boolean) => void) => Unsubscribe;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The signaling connection of one peer: a socket, and another one after every loss, with the same peer id (client protocol,
 * 3.6). Retries are owned here, by `decideReconnect`; requests are never repeated here.
 */
export class SignalingConnection implements Closable {
  readonly events = new Emitter<SignalingConnectionEvents>();
  readonly #options: SignalingConnectionOptions;
  readonly #scope: Scope;
  #channel: SignalingChannel | undefined;
  #sockets = 0;
  /** Set from a loss until its user confirms that it has recovered. */
  #lostAt: Millis | undefined;
  #attempt = 0;
  #retryNow: (() => void) | undefined;

  constructor(options: SignalingConnectionOptions) {
    this.#options = options;
    this.#scope = new Scope({ clock: options.clock });
    this.#scope.defer(() => this.#channel?.close({ by: 'parent' }));
    const unsubscribe = options.onNetworkChange?.((online) => this.#handleNetwork(online));
    if (unsubscribe) this.#scope.defer(unsubscribe);
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  get isOpen(): boolean {
    return this.#channel !== undefined;
  }

  /** Counts the sockets: after another number the server may have lost what was told by the one before. */
  get socketNumber(): number {
    return this.#sockets;
  }

  /**
   * The first connect.
   * @throws ConnectError what the last attempt failed with; `closed` when it was closed meanwhile
   */
  async open(): Promise<void> {
    const startedAt = this.#options.clock.now();
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#connect();
        return;
      } catch (thrown) {
        const error = toConnectError(thrown);
        const now = this.#options.clock.now();
        const decision = decideReconnect({ lostAt: startedAt, now, attempt, budgetMs: FIRST_CONNECT_BUDGET_MS, error });
        const waitMs = 'giveUp' in decision ? undefined : politeWait(decision.retryInMs, error);
        if (this.#scope.isClosed || waitMs === undefined) throw error;
        if (now + waitMs > startedAt + FIRST_CONNECT_BUDGET_MS) throw error;
        await this.#pause(waitMs);
      }
    }
  }

  /** @throws SignalingError as `SignalingChannel.request` does, at once `connection_lost` while there is no socket */
  request<Name extends MethodName>(method: Name, params: MethodParams<Name>): Promise<unknown> {
    if (this.#channel) return this.#channel.request(method, params);
    return Promise.reject(new SignalingError('connection_lost', `${method}: the signaling connection is down`));
  }

  notify<Name extends MethodName>(method: Name, params: MethodParams<Name>): void {
    this.#channel?.notify(method, params);
  }

  /** Ends the time that a loss has started: the next loss has all of it again. */
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
    const { openSocket, clock, logger } = this.#options;
    const url = await this.#options.findAddress();
    if (this.#scope.isClosed) throw closed();
    const channel = await SignalingChannel.open({
      url,
      openSocket,
      clock,
      logger,
      // Not later: a notification may ask for an answer, and the first can come in the same breath as the open socket.
      onOpen: (opened) => {
        this.#channel = opened;
        this.#sockets++;
      },
      onNotification: (method, params) => {
        if (!this.#scope.isClosed) this.events.emit('notification', { method, params });
      },
    });
    if (this.#scope.isClosed) {
      channel.close();
      throw closed();
    }
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
    let error: ConnectError | undefined;
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
              : new SignalingError('reconnect_failed', 'the connection did not come back in time', { cause: error }),
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
        error = toConnectError(thrown);
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
function politeWait(retryInMs: Millis, error: ConnectError | undefined): Millis {
  return millis(Math.max(retryInMs, error?.retryAfterMs ?? 0));
}

function toConnectError(thrown: unknown): ConnectError {
  if (thrown instanceof SignalingError) return thrown;
  return new SignalingError('connection_lost', `connect: ${messageOf(thrown)}`, { cause: thrown });
}

function closed(): SignalingError {
  return new SignalingError('closed', 'closed while connecting');
}
