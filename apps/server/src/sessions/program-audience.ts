import { type Clock, CodedError, type Logger, type Millis, withDeadline } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import type { ProgramSource, ProgramViewing } from '@amphi/sfu';
import type { ProgramFeed } from './programs.ts';

/** From the first who wants it, so long it may take until the composing process sends the program: a segment, and some. */
const ARRIVAL_MS: Millis = 10_000;

/** Who is told to come again, is so after this time. */
const RETRY_MS: Millis = 2_000;

/** The program on its way to the media plane. */
interface Relay {
  readonly feed: ProgramFeed;
  readonly source: Promise<ProgramSource>;
  /** Settles `source`. */
  arrived(source: ProgramSource): void;
  failed(error: PublicError): void;
  /** What was sent by now; a process that began anew sends another. */
  current: ProgramSource | undefined;
}

/**
 * Those who watch a session's program by WebRTC, without its tracks. The composing process sends it to the media plane from
 * the first of them on until the last is gone.
 */
export class ProgramAudience {
  readonly #feed: () => ProgramFeed;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #viewings = new Set<ProgramViewing>();
  /** Who comes keeps the program coming. */
  #arriving = 0;
  #relay: Relay | undefined;

  constructor(options: {
    /** Has the program sent. @throws PublicError when there is none */
    readonly feed: () => ProgramFeed;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#feed = options.feed;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  get size(): number {
    return this.#viewings.size;
  }

  /**
   * One more watches.
   * @param offer SDP of a player
   * @throws PublicError 409 without a stream; 503 when the program does not come. CodedError of `ProgramSource.createViewing`
   */
  async open(offer: string): Promise<ProgramViewing> {
    const relay = this.#relay ?? this.#begin();
    this.#arriving += 1;
    try {
      const source = await withDeadline('the program', relay.source, { ms: ARRIVAL_MS, clock: this.#clock });
      const viewing = await (relay.current ?? source).createViewing({ sdp: offer });
      this.#viewings.add(viewing);
      void viewing.closed.then(() => {
        this.#viewings.delete(viewing);
        this.#endWhenAlone();
      });
      return viewing;
    } catch (error) {
      const mayHeal = error instanceof CodedError && ['overdue', 'closed'].includes(String(error.code));
      throw mayHeal ? notYet(error) : error;
    } finally {
      this.#arriving -= 1;
      this.#endWhenAlone();
    }
  }

  /** The composing process sends the program now. One that nobody waits for is not taken. */
  arrive(source: ProgramSource): void {
    const relay = this.#relay;
    if (!relay) {
      source.close();
      return;
    }
    relay.current = source;
    relay.arrived(source);
    void source.closed.then((reason) => {
      if (relay.current !== source || this.#relay !== relay) return;
      this.#logger.debug({ reason }, 'the program for players ended');
      this.dismiss();
    });
  }

  /** It is over; who watched is out. */
  dismiss(): void {
    const relay = this.#relay;
    this.#relay = undefined;
    for (const viewing of [...this.#viewings]) viewing.close({ by: 'remote', code: 'program_ended' });
    relay?.failed(notYet());
    relay?.feed.end();
  }

  #begin(): Relay {
    const feed = this.#feed();
    let arrived: Relay['arrived'] = () => {};
    let failed: Relay['failed'] = () => {};
    const source = new Promise<ProgramSource>((resolve, reject) => {
      arrived = resolve;
      failed = reject;
    });
    // Nobody may wait for it any more.
    source.catch(() => {});
    const relay: Relay = { feed, source, arrived, failed, current: undefined };
    this.#relay = relay;
    feed.feed.events.once('failed', ({ message }) => {
      this.#logger.warn({ error: message }, 'the program does not come to players');
      if (this.#relay === relay) this.dismiss();
    });
    return relay;
  }

  #endWhenAlone(): void {
    if (this.#arriving === 0 && this.#viewings.size === 0) this.dismiss();
  }
}

function notYet(cause?: unknown): PublicError {
  return new PublicError(503, 'the live stream does not come at present', { cause, retryAfterMs: RETRY_MS });
}
