import {
  backoffMs,
  type Clock,
  type Closable,
  type CloseReason,
  CodedError,
  Emitter,
  type Logger,
  type Millis,
  messageOf,
  Scope,
} from '@amphi/base';
import type { AudioLevel, SessionRouter, Sfu } from '@amphi/sfu';

export interface MediaPlaneEvents {
  audioLevels: { readonly levels: readonly AudioLevel[] };
  trackUnpublished: { readonly peerId: string; readonly trackId: string };
  /** The worker died with all media of the session. `router()` makes a new one; `nodeId` is another already. */
  lost: Record<string, never>;
}

const ATTEMPTS = 6;
const BACKOFF: { readonly firstMs: Millis; readonly capMs: Millis } = { firstMs: 100, capMs: 1_500 };

/** The router of one session: made when first needed, made again after its worker died. */
export class MediaPlane implements Closable {
  readonly events: Emitter<MediaPlaneEvents>;
  readonly closed: Promise<CloseReason>;
  readonly #sfu: Sfu;
  readonly #sessionId: string;
  readonly #node: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scope: Scope;
  #router: Promise<SessionRouter> | undefined;
  #generation = 1;

  constructor(options: {
    readonly sfu: Sfu;
    readonly sessionId: string;
    /** Name of this server process among all there are and were. */
    readonly node: string;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#sfu = options.sfu;
    this.#sessionId = options.sessionId;
    this.#node = options.node;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.events = new Emitter((error) => this.#logger.error({ error: messageOf(error) }, 'media listener failed'));
    this.#scope = new Scope({ clock: options.clock });
    this.closed = this.#scope.closed;
  }

  /** What clients know as `sfu_node_id`. Another id makes them rebuild their connections (client protocol, 5.8). */
  get nodeId(): string {
    return `sfu-${this.#node}-${this.#generation}`;
  }

  /** @throws CodedError `no_worker`, `unavailable`, `closed` after some attempts */
  router(): Promise<SessionRouter> {
    if (this.#scope.isClosed) return Promise.reject(new CodedError('closed', 'the session has ended'));
    if (!this.#router) {
      const made = this.#create();
      this.#router = made;
      // A failed attempt is not kept: the next caller tries anew.
      made.catch(() => {
        if (this.#router === made) this.#router = undefined;
      });
    }
    return this.#router;
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  async #create(): Promise<SessionRouter> {
    for (let attempt = 0; ; attempt++) {
      try {
        return this.#adopt(await this.#sfu.createSessionRouter({ sessionId: this.#sessionId }));
      } catch (error) {
        const mayHeal = error instanceof CodedError && error.code === 'no_worker' && !this.#scope.isClosed;
        if (!mayHeal || attempt + 1 >= ATTEMPTS) throw error;
        await new Promise<void>((resolve) => this.#clock.after(backoffMs(attempt, BACKOFF), resolve));
      }
    }
  }

  #adopt(router: SessionRouter): SessionRouter {
    this.#scope.own(router);
    if (this.#scope.isClosed) throw new CodedError('closed', 'the session has ended');
    router.events.on('audioLevels', (levels) => this.events.emit('audioLevels', levels));
    router.events.on('trackUnpublished', (track) => this.events.emit('trackUnpublished', track));
    void router.closed.then((reason) => {
      if (this.#scope.isClosed) return;
      this.#logger.warn({ reason }, 'the session lost its media and starts anew');
      this.#router = undefined;
      this.#generation += 1;
      this.events.emit('lost', {});
    });
    return router;
  }
}
