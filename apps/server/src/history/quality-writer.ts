import { type Clock, type Logger, type Millis, Rounds } from '@amphi/base';
import type { TrackQuality } from '@amphi/protocol';
import { describeDatabaseError, newObjectId, type PeerQualityRow, type Store } from '@amphi/store';
import type { QualityArchive, QualityReport } from '../sessions/ports/records.ts';
import { Pauses } from './pauses.ts';

/** What all sessions report within this time is written by one statement. */
const GATHER_MS: Millis = 10_000;
const RETRY_MS: Millis = 10_000;
/** Rows of one statement, of five parameters each. */
const BATCH = 500;
/** Of one server, while the database does not answer: reports, and characters of them. The oldest are lost then. */
const BACKLOG = { reports: 5_000, characters: 16_777_216 } as const;

/** The one writer of how media have fared. Nobody waits for it; what a kill finds in between is lost. */
export class QualityWriter implements QualityArchive {
  readonly #store: Pick<Store, 'peerQuality'>;
  readonly #gatherMs: Millis;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** By id, oldest first. */
  readonly #waiting = new Map<string, PeerQualityRow>();
  #characters = 0;
  #lost = 0;
  readonly #writing = new Rounds(() => this.#writeAll());
  readonly #pauses: Pauses;

  constructor(options: {
    readonly store: Pick<Store, 'peerQuality'>;
    /** Default 10,000. */
    readonly gatherMs?: Millis | undefined;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#store = options.store;
    this.#gatherMs = options.gatherMs ?? GATHER_MS;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#pauses = new Pauses(options.clock);
  }

  keep({ sessionId, peerId, tracks }: QualityReport): void {
    const content = JSON.stringify(tracks);
    const row = { id: newObjectId(), sessionId, peerId, at: new Date(this.#clock.now()), content };
    this.#waiting.set(row.id, row);
    this.#characters += content.length;
    for (const id of this.#waiting.keys()) {
      if (this.#waiting.size <= BACKLOG.reports && this.#characters <= BACKLOG.characters) break;
      this.#drop(id);
      this.#lost += 1;
    }
    void this.#writing.ask();
  }

  async read(sessionId: string, peerId: string): Promise<readonly (readonly TrackQuality[])[]> {
    const unwritten = [...this.#waiting.values()].filter((row) => row.sessionId === sessionId && row.peerId === peerId);
    const known = new Set(unwritten.map(({ id }) => id));
    const written = await this.#store.peerQuality.of(sessionId, peerId);
    const rows = [...written.filter(({ id }) => !known.has(id)), ...unwritten];
    // Written by this program, which is why it is taken as it is.
    return rows.map(({ content }) => JSON.parse(content) as TrackQuality[]);
  }

  /** Writes what waits, once more if the database fails. */
  async close(): Promise<void> {
    this.#pauses.end();
    await this.#writing.idle();
    if (this.#waiting.size > 0) {
      this.#logger.warn({ reports: this.#waiting.size }, 'reports of quality could not be kept: the server ends');
    }
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      await this.#pauses.take(this.#gatherMs);
      const rows = [...this.#waiting.values()].slice(0, BATCH);
      try {
        await this.#store.peerQuality.add(rows);
        for (const { id } of rows) this.#drop(id);
        this.#tellLost();
      } catch (error) {
        if (this.#pauses.isOver) return;
        const details = { error: describeDatabaseError(error), reports: this.#waiting.size };
        this.#logger.warn(details, 'reports of quality wait for the database');
        await this.#pauses.take(RETRY_MS);
      }
    }
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    this.#logger.warn({ reports: this.#lost }, 'reports of quality were lost while the database did not answer');
    this.#lost = 0;
  }

  #drop(id: string): void {
    const row = this.#waiting.get(id);
    if (row && this.#waiting.delete(id)) this.#characters -= row.content.length;
  }
}
