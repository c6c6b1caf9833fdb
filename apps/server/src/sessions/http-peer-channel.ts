import { type Clock, type CloseReason, type Logger, messageOf, Scope } from '@amphi/base';
import {
  type MethodName,
  type MethodParams,
  type Notification,
  type NotificationParams,
  PublicError,
  type TrackState,
} from '@amphi/protocol';
import type { ConnectionState } from '@amphi/sfu';
import { overBudget } from '../budgets/over-budget.ts';
import type { IncomingCall } from '../signaling/connection.ts';
import type { Meter } from '../signaling/meter.ts';
import type { PeerChannel } from './peer-channel.ts';

/** What becomes of such a peer in its session, for who speaks for it. */
export interface HttpPeerListener {
  publishStateChanged?(state: ConnectionState): void;
  /** What its role may do is another now. */
  policyChanged?(): void;
  /** It was asked to be heard or seen again. */
  unmuteRequested?(isMeant: (track: TrackState) => boolean): void;
}

interface Admitted {
  readonly meter: Meter;
  readonly handler: (call: IncomingCall) => void;
}

/**
 * Speaks for an encoder or a player in a session. They know HTTP, no signaling: their requests become the calls that a client
 * would make, judged by the same rules and budgets, and of what a client is told little is for them.
 */
export class HttpPeerChannel implements PeerChannel {
  readonly closed: Promise<CloseReason>;
  readonly reachedAt: string;
  readonly takesFrames = false;
  readonly #listener: HttpPeerListener;
  readonly #what: string;
  readonly #logger: Logger;
  readonly #scope: Scope;
  #admitted: Admitted | undefined;

  constructor(options: {
    /** What it is, in words for itself. */
    readonly what: 'encoder' | 'player';
    readonly reachedAt: string;
    readonly listener: HttpPeerListener;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.reachedAt = options.reachedAt;
    this.#what = options.what;
    this.#listener = options.listener;
    this.#logger = options.logger;
    this.#scope = new Scope({ clock: options.clock, onTimerError: (error) => this.failAt(error) });
    this.closed = this.#scope.closed;
  }

  get isClosed(): boolean {
    return this.#scope.isClosed;
  }

  /** Timers that end with it. */
  get timers(): Pick<Scope, 'after'> {
    return this.#scope;
  }

  receive(meter: Meter, handler: (call: IncomingCall) => void): void {
    this.#admitted = { meter, handler };
  }

  /**
   * Makes a call, and waits for its answer.
   * @param bytes what came by HTTP for it; it counts as a message of that size
   * @throws PublicError as the call is refused; 410 when it is out; 429
   */
  async call<Name extends MethodName>(method: Name, params: MethodParams<Name>, bytes: number): Promise<object> {
    const handler = this.weigh(bytes);
    return new Promise((resolve, reject) => {
      // The pair is typed by the signature, which the union of calls cannot follow.
      const call = { id: 1, method, params } as unknown as IncomingCall['call'];
      handler({ call, answer: resolve, refuse: reject });
      void this.closed.then(() => reject(this.#gone()));
    });
  }

  /** Counts what came by HTTP as a message. @returns takes a call. @throws PublicError 410, 429 */
  weigh(bytes: number): Admitted['handler'] {
    if (!this.#admitted || this.isClosed) throw this.#gone();
    const { meter, handler } = this.#admitted;
    const verdict = meter.weigh(bytes);
    if (verdict === 'flood') {
      this.close({ by: 'failure', code: 'flood' });
      throw new PublicError(429, 'far too many requests');
    }
    if (verdict !== 'read') throw overBudget(verdict);
    return handler;
  }

  notify({ method, params }: Notification): void {
    switch (method) {
      case 'on-peer-leave-request':
        this.close();
        return;
      case 'on-policy-change':
        this.#listener.policyChanged?.();
        return;
      case 'on-track-update-request':
        if (!params.mute) this.#listener.unmuteRequested?.(({ track_id: id }) => id === params.track_id);
        return;
      case 'on-change-track-mute-state-request':
        if (!params.value) this.#listener.unmuteRequested?.((track) => isOf(track, params));
    }
  }

  /** It takes no frames. */
  send(): void {}

  publishStateChanged(state: ConnectionState): void {
    if (!this.isClosed) this.#listener.publishStateChanged?.(state);
  }

  fail(error: { readonly code: number; readonly message: string }, reason: CloseReason = { by: 'self' }): void {
    this.#logger.debug({ code: error.code, error: error.message, what: this.#what }, 'a peer by HTTP cannot go on');
    this.close(reason);
  }

  failAt(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.#logger.error({ error: messageOf(error), stack }, 'failed at a peer by HTTP and put it out');
    this.close({ by: 'failure', code: 'fault' });
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#scope.close(reason);
  }

  #gone(): PublicError {
    return new PublicError(410, `the ${this.#what} is not in the session any more`);
  }
}

function isOf(track: TrackState, { type, source }: NotificationParams<'on-change-track-mute-state-request'>): boolean {
  return (type === undefined || type === track.type) && (source === undefined || source === track.source);
}
