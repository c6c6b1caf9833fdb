import {
  Buckets,
  type Clock,
  type Closable,
  type CloseReason,
  charge,
  type Logger,
  logFaults,
  type Millis,
  OpenCounts,
  openAll,
  Scope,
} from '@amphi/base';
import type { PublishLimits, Sfu } from '@amphi/sfu';
import { overBudget } from '../budgets/over-budget.ts';
import type { Limits } from '../settings/limits.ts';

/** As long as a client needs to measure one path, and no longer. */
const LIFETIME_MS: Millis = 15_000;
/** What is sent to measure is of no use to anybody. */
const MAX_BITRATE_BPS = 3_000_000;
const LIMITS: PublishLimits = { audio: {}, video: { maxBitrateBps: MAX_BITRATE_BPS }, screen: {}, screenAudio: {} };
/** Counts connections of all. */
const SERVER = '';

/** One offer of a client that wants to know how it reaches the media workers. */
export interface DiagnosticOffer {
  readonly sdp: string;
  /** The track of the offer that is sent to measure; without it there is a data channel alone. */
  readonly trackId: string | undefined;
  /** Whom it counts for (`addressKey`). */
  readonly from: string;
}

/**
 * Media connections by which clients find out what a room would give them, before they are in one: each has a router of its own,
 * nobody receives what is sent on it, and it ends by itself.
 */
export class DiagnosticConnections implements Closable {
  readonly #sfu: Pick<Sfu, 'createSessionRouter'>;
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #onTimerError: (error: unknown) => void;
  readonly #begun: Buckets;
  readonly #open: OpenCounts;
  #made = 0;

  constructor(options: {
    readonly sfu: Pick<Sfu, 'createSessionRouter'>;
    readonly limits: Pick<Limits, 'diagnosticsPerAddress' | 'diagnosticsAtOnce'>;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    const { sfu, limits, clock, logger } = options;
    this.#sfu = sfu;
    this.#clock = clock;
    this.#onTimerError = logFaults(logger, 'a timer of a diagnostic connection failed');
    this.#scope = new Scope({
      clock,
      onCleanUpError: (error) => logger.error({ error }, 'a diagnostic connection could not be closed'),
    });
    this.#begun = new Buckets({ name: 'diagnostic connections of this address', rate: limits.diagnosticsPerAddress });
    this.#open = new OpenCounts({ name: 'diagnostic connections', max: limits.diagnosticsAtOnce });
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /**
   * Answers the offer; the connection is there for `lifetimeMs` from now on.
   * @throws PublicError 429; CodedError of the SFU, such as `invalid_sdp`
   */
  async connect({
    sdp,
    trackId,
    from,
  }: DiagnosticOffer): Promise<{ readonly sdp: string; readonly lifetimeMs: Millis }> {
    const refusal = charge([{ limit: this.#begun, key: from }], this.#clock.now());
    if (refusal) throw overBudget(refusal);
    const place = openAll([{ counts: this.#open, key: SERVER }]);
    if (typeof place !== 'function') throw overBudget(place);
    const own = this.#scope.own(new Scope({ clock: this.#clock, onTimerError: this.#onTimerError }));
    own.defer(place);
    try {
      this.#made += 1;
      const name = `diagnostics-${this.#made}`;
      const router = own.own(await this.#sfu.createSessionRouter({ sessionId: name }));
      const publishing = own.own(await router.createPublishing({ peerId: name }));
      const track = { streamId: name, kind: 'video', source: 'regular', muted: false } as const;
      const tracks = new Map(trackId === undefined ? [] : [[trackId, { ...track, trackId }]]);
      const { answer } = await publishing.handleOffer({ sdp, tracks, limits: LIMITS });
      publishing.events.on('connectionState', ({ state }) => {
        if (state === 'failed' || state === 'closed') own.close();
      });
      own.after(LIFETIME_MS, () => own.close());
      return { sdp: answer, lifetimeMs: LIFETIME_MS };
    } catch (error) {
      own.close();
      throw error;
    }
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }
}
