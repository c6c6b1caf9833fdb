import type { Clock, Millis } from '@amphi/base';
import { and, count, desc, eq, gt, inArray, like, lt, lte, max } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { analyticsEvents } from '../schema.ts';

export type AnalyticsEvent = typeof analyticsEvents.$inferSelect;
export type NewAnalyticsEvent = Omit<AnalyticsEvent, 'seq'>;

/** For so long it can be asked what has happened (server API, 2.12). */
const EVENTS_KEPT_MS: Millis = 30 * 86_400_000;

export interface EventFilter {
  readonly roomId: string;
  readonly types?: readonly string[] | undefined;
  readonly sessionId?: string | undefined;
  readonly peerId?: string | undefined;
  readonly userId?: string | undefined;
  readonly beamId?: string | undefined;
  /** Only what went wrong for clients. */
  readonly failures?: boolean | undefined;
}

/** A part of the events that there were when somebody began to ask. */
export interface EventPage {
  /** The newest of them. Default: the newest there is. */
  readonly upTo?: number | undefined;
  /** The last of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What has happened in sessions: some of it for back ends that ask, some for a session's page. */
export class AnalyticsRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** In this order. */
  async add(events: readonly NewAnalyticsEvent[]): Promise<void> {
    if (events.length > 0) await this.#db.insert(analyticsEvents).values([...events]);
  }

  /**
   * Newest first, of those that are not too old.
   * @returns `total`: of all pages; `upTo`: the same for each of them
   */
  async list(
    filter: EventFilter,
    page: EventPage,
  ): Promise<{ readonly rows: AnalyticsEvent[]; readonly total: number; readonly upTo: number }> {
    const upTo = page.upTo ?? (await this.#newest(filter.roomId));
    const all = and(lte(analyticsEvents.seq, upTo), gt(analyticsEvents.at, this.#oldest()), matching(filter));
    const rows = await this.#db
      .select()
      .from(analyticsEvents)
      .where(and(all, page.before === undefined ? undefined : lt(analyticsEvents.seq, page.before)))
      .orderBy(desc(analyticsEvents.seq))
      .limit(page.limit);
    const [total] = await this.#db.select({ value: count() }).from(analyticsEvents).where(all);
    return { rows, total: total?.value ?? 0, upTo };
  }

  /**
   * Newest first, of those that are not too old.
   * @param page.before the `seq` of the last of the page before
   */
  async ofSession(
    sessionId: string,
    types: readonly string[],
    page: Pick<EventPage, 'before' | 'limit'>,
  ): Promise<AnalyticsEvent[]> {
    return this.#db
      .select()
      .from(analyticsEvents)
      .where(
        and(
          eq(analyticsEvents.sessionId, sessionId),
          inArray(analyticsEvents.type, [...types]),
          gt(analyticsEvents.at, this.#oldest()),
          page.before === undefined ? undefined : lt(analyticsEvents.seq, page.before),
        ),
      )
      .orderBy(desc(analyticsEvents.seq))
      .limit(page.limit);
  }

  async purge(): Promise<void> {
    await this.#db.delete(analyticsEvents).where(lte(analyticsEvents.at, this.#oldest()));
  }

  #oldest(): Date {
    return new Date(this.#clock.now() - EVENTS_KEPT_MS);
  }

  async #newest(roomId: string): Promise<number> {
    const [row] = await this.#db
      .select({ seq: max(analyticsEvents.seq) })
      .from(analyticsEvents)
      .where(eq(analyticsEvents.roomId, roomId));
    return row?.seq ?? 0;
  }
}

function matching({ roomId, types, sessionId, peerId, userId, beamId, failures }: EventFilter) {
  const { type, ...column } = analyticsEvents;
  return and(
    eq(column.roomId, roomId),
    types === undefined || types.length === 0 ? undefined : inArray(type, [...types]),
    sessionId === undefined ? undefined : eq(column.sessionId, sessionId),
    peerId === undefined ? undefined : eq(column.peerId, peerId),
    userId === undefined ? undefined : eq(column.userId, userId),
    beamId === undefined ? undefined : eq(column.beamId, beamId),
    failures === true ? like(type, 'client.%') : undefined,
  );
}
