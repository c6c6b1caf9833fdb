import type { Clock } from '@amphi/base';
import { and, asc, count, eq, gt, inArray, isNull, lt, lte, max, min } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { newObjectId } from '../object-id.ts';
import { webhookDeliveries, webhookReplays } from '../schema.ts';
import { type DeliveryFilter, matching, type WebhookDelivery } from './webhooks.ts';

/** What is to be told again: settled deliveries in the order in which things happened. */
export interface ReplayRequest extends DeliveryFilter {
  readonly limit: number;
  readonly offset: number;
  /** The request in its own words: the same words are the same request. */
  readonly words: string;
}

/** A replay as it is kept; its filter as JSON has it. */
export type WebhookReplay = Omit<typeof webhookReplays.$inferSelect, 'filter'> & { readonly filter: KeptFilter };

export interface KeptFilter {
  readonly from: string;
  readonly to: string;
  readonly roomId?: string;
  readonly types?: readonly string[];
  readonly state?: 'delivered' | 'failed';
  readonly limit: number;
  readonly offset: number;
  readonly words: string;
}

export interface ReplayProgress {
  readonly delivered: number;
  readonly failed: number;
  readonly waiting: number;
}

/** Replays: what was told, to be told again. */
export class WebhookReplayRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** One that runs and was asked for in the same words is taken for it. */
  async begin(node: string, request: ReplayRequest): Promise<{ replay: WebhookReplay; isNew: boolean }> {
    const filter = kept(request);
    const running = await this.#select(
      and(eq(webhookReplays.workspaceId, request.workspaceId), isNull(webhookReplays.completedAt)),
    );
    const same = running.find(({ filter: { words } }) => words === filter.words);
    if (same) return { replay: same, isNew: false };
    const wanted = this.#db
      .select({ seq: webhookDeliveries.seq })
      .from(webhookDeliveries)
      .where(and(matching(request), isNull(webhookDeliveries.replayId)))
      .orderBy(asc(webhookDeliveries.seq))
      .limit(request.limit)
      .offset(request.offset)
      .as('wanted');
    const [found] = await this.#db
      .select({ total: count(), first: min(wanted.seq), last: max(wanted.seq) })
      .from(wanted);
    const [row] = await this.#db
      .insert(webhookReplays)
      .values({
        id: newObjectId(this.#clock.now()),
        workspaceId: request.workspaceId,
        node,
        filter,
        total: found?.total ?? 0,
        cursor: (found?.first ?? 1) - 1,
        last: found?.last ?? 0,
        startedAt: new Date(this.#clock.now()),
      })
      .returning();
    return { replay: row as WebhookReplay, isNew: true };
  }

  async find(id: string): Promise<WebhookReplay | undefined> {
    return (await this.#select(eq(webhookReplays.id, id)))[0];
  }

  async running(node: string): Promise<WebhookReplay[]> {
    return this.#select(and(eq(webhookReplays.node, node), isNull(webhookReplays.completedAt)));
  }

  /** Those that a node which is gone did not finish become another's. @returns their ids */
  async takeOver(gone: string, by: string): Promise<string[]> {
    const rows = await this.#db
      .update(webhookReplays)
      .set({ node: by })
      .where(and(eq(webhookReplays.node, gone), isNull(webhookReplays.completedAt)))
      .returning({ id: webhookReplays.id });
    return rows.map(({ id }) => id);
  }

  /** The next ones that are to be queued again; the replay remembers that it has had them. */
  async take(replay: WebhookReplay, most: number): Promise<WebhookDelivery[]> {
    const { workspaceId, filter } = replay;
    const rows = await this.#db
      .select()
      .from(webhookDeliveries)
      .where(
        and(
          matching(filterOf(workspaceId, filter)),
          isNull(webhookDeliveries.replayId),
          gt(webhookDeliveries.seq, replay.cursor),
          lte(webhookDeliveries.seq, replay.last),
        ),
      )
      .orderBy(asc(webhookDeliveries.seq))
      .limit(most);
    const last = rows.at(-1);
    if (last) {
      await this.#db.update(webhookReplays).set({ cursor: last.seq }).where(eq(webhookReplays.id, replay.id));
    }
    return rows;
  }

  async progress(id: string): Promise<ReplayProgress> {
    const rows = await this.#db
      .select({ state: webhookDeliveries.state, count: count() })
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.replayId, id))
      .groupBy(webhookDeliveries.state);
    const of = (state: WebhookDelivery['state']): number => rows.find((row) => row.state === state)?.count ?? 0;
    return { delivered: of('delivered'), failed: of('failed'), waiting: of('waiting') };
  }

  /** Ids of events that failed again, in their order. */
  async failedEvents(id: string, most: number): Promise<string[]> {
    const rows = await this.#db
      .select({ eventId: webhookDeliveries.eventId })
      .from(webhookDeliveries)
      .where(and(eq(webhookDeliveries.replayId, id), inArray(webhookDeliveries.state, ['failed'])))
      .orderBy(asc(webhookDeliveries.seq))
      .limit(most);
    return rows.map(({ eventId }) => eventId);
  }

  async complete(id: string): Promise<void> {
    await this.#db
      .update(webhookReplays)
      .set({ completedAt: new Date(this.#clock.now()) })
      .where(eq(webhookReplays.id, id));
  }

  async purge(before: Date): Promise<void> {
    await this.#db.delete(webhookReplays).where(lt(webhookReplays.completedAt, before));
  }

  async #select(where: ReturnType<typeof and>): Promise<WebhookReplay[]> {
    const rows = await this.#db.select().from(webhookReplays).where(where);
    // Written by `begin` alone.
    return rows as WebhookReplay[];
  }
}

function kept({ from, to, roomId, types, state, limit, offset, words }: ReplayRequest): KeptFilter {
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    ...(roomId === undefined ? {} : { roomId }),
    ...(types === undefined ? {} : { types }),
    ...(state === undefined ? {} : { state }),
    limit,
    offset,
    words,
  };
}

function filterOf(workspaceId: string, { from, to, ...rest }: KeptFilter): DeliveryFilter {
  return { workspaceId, from: new Date(from), to: new Date(to), ...rest };
}
