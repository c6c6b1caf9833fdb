import type { Clock } from '@amphi/base';
import { and, asc, count, desc, eq, gt, gte, inArray, lt, lte } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { rooms, templates, type WebhookTarget, webhookDeliveries, webhooks } from '../schema.ts';

export type { WebhookTarget };
export type Webhook = typeof webhooks.$inferSelect;
export type WebhookDelivery = typeof webhookDeliveries.$inferSelect;
export type NewDelivery = Omit<WebhookDelivery, 'seq' | 'state' | 'attempts' | 'error' | 'settledAt' | 'replayId'> & {
  readonly replayId?: string;
};

/** What became of a delivery that is not tried any more. */
export interface Settled {
  readonly seq: number;
  readonly attempts: number;
  /** None: it was delivered. */
  readonly error?: string | undefined;
}

/** What is told about a room with each event, and whom. */
export interface RoomContext {
  readonly roomId: string;
  readonly name: string;
  readonly workspaceId: string;
  readonly appId: string;
  readonly templateId: string;
  readonly webhook: WebhookTarget | undefined;
}

export interface DeliveryFilter {
  readonly workspaceId: string;
  readonly from: Date;
  readonly to: Date;
  readonly roomId?: string | undefined;
  readonly types?: readonly string[] | undefined;
  /** Neither: both, and nothing that is still on its way. */
  readonly state?: 'delivered' | 'failed' | undefined;
}

/** Back ends that are told what happens, and what is on its way to them. */
export class WebhookRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async ofWorkspace(workspaceId: string): Promise<Webhook | undefined> {
    const [row] = await this.#db.select().from(webhooks).where(eq(webhooks.workspaceId, workspaceId));
    return row;
  }

  async set(webhook: Omit<Webhook, 'updatedAt'>): Promise<Webhook> {
    const row = { ...webhook, updatedAt: this.#now() };
    await this.#db.insert(webhooks).values(row).onConflictDoUpdate({ target: webhooks.workspaceId, set: row });
    return row;
  }

  /** The room's own webhook, else its workspace's where it is switched on. */
  async contextsOf(roomIds: readonly string[]): Promise<ReadonlyMap<string, RoomContext>> {
    if (roomIds.length === 0) return new Map();
    const rows = await this.#db
      .select({ room: rooms, templateId: templates.id, webhook: webhooks })
      .from(rooms)
      .innerJoin(templates, eq(templates.id, rooms.templateId))
      .leftJoin(webhooks, eq(webhooks.workspaceId, rooms.workspaceId))
      .where(inArray(rooms.id, [...roomIds]));
    return new Map(
      rows.map(({ room, templateId, webhook }) => {
        const { id: roomId, name, workspaceId, appId } = room;
        const ofWorkspace = webhook?.enabled ? { url: webhook.url, headers: webhook.headers } : undefined;
        return [roomId, { roomId, name, workspaceId, appId, templateId, webhook: room.webhook ?? ofWorkspace }];
      }),
    );
  }

  /** In this order; @returns them with their place in it */
  async enqueue(deliveries: readonly NewDelivery[]): Promise<WebhookDelivery[]> {
    if (deliveries.length === 0) return [];
    const rows = await this.#db
      .insert(webhookDeliveries)
      .values(deliveries.map((delivery) => ({ ...delivery, state: 'waiting' as const, attempts: 0 })))
      .returning();
    return rows.sort((a, b) => a.seq - b.seq);
  }

  /** What waits from before rows named their node is this one's: there was no other. */
  async adopt(node: string): Promise<void> {
    await this.#db
      .update(webhookDeliveries)
      .set({ node })
      .where(and(eq(webhookDeliveries.state, 'waiting'), eq(webhookDeliveries.node, '')));
  }

  /**
   * What a node that is gone had to tell becomes another's, behind all that this one has to tell, in its order. In a
   * transaction that has locked the node that is gone.
   * @returns as many as `most`, with their new places
   */
  async takeOver(gone: string, by: string, most: number): Promise<WebhookDelivery[]> {
    const { state, node, seq } = webhookDeliveries;
    const first = this.#db
      .select({ seq })
      .from(webhookDeliveries)
      .where(and(eq(state, 'waiting'), eq(node, gone)))
      .orderBy(asc(seq))
      .limit(most);
    const taken = await this.#db.delete(webhookDeliveries).where(inArray(seq, first)).returning();
    return this.enqueue(
      taken
        .sort((a, b) => a.seq - b.seq)
        .map(({ seq: _, state: __, attempts: ___, error: ____, settledAt: _____, replayId, ...delivery }) => ({
          ...delivery,
          ...(replayId !== null && { replayId }),
          node: by,
        })),
    );
  }

  /** What waits for the node to tell of it, of one receiver or of all, behind the number `after`, in its order. */
  async waiting(
    node: string,
    { url, after, limit }: { readonly url?: string; readonly after: number; readonly limit: number },
  ): Promise<WebhookDelivery[]> {
    const { state, node: teller, seq, url: receiver } = webhookDeliveries;
    return this.#db
      .select()
      .from(webhookDeliveries)
      .where(
        and(eq(state, 'waiting'), eq(teller, node), gt(seq, after), url === undefined ? undefined : eq(receiver, url)),
      )
      .orderBy(asc(seq))
      .limit(limit);
  }

  /** Addresses for which something waits for the node to tell of it. */
  async receivers(node: string): Promise<string[]> {
    const { state, node: teller, url } = webhookDeliveries;
    const rows = await this.#db
      .selectDistinct({ url })
      .from(webhookDeliveries)
      .where(and(eq(state, 'waiting'), eq(teller, node)));
    return rows.map((row) => row.url);
  }

  async settle(settled: readonly Settled[]): Promise<void> {
    const settledAt = this.#now();
    const alike = new Map<string, Settled[]>();
    for (const one of settled) {
      const key = JSON.stringify([one.attempts, one.error]);
      const group = alike.get(key);
      if (group) group.push(one);
      else alike.set(key, [one]);
    }
    for (const group of alike.values()) {
      const { attempts, error } = group[0]!;
      await this.#db
        .update(webhookDeliveries)
        .set({ state: error === undefined ? 'delivered' : 'failed', attempts, error: error ?? null, settledAt })
        .where(
          inArray(
            webhookDeliveries.seq,
            group.map(({ seq }) => seq),
          ),
        );
    }
  }

  /** Newest first. */
  async list(filter: DeliveryFilter, page: { readonly limit: number; readonly offset: number }) {
    const where = matching(filter);
    const rows = await this.#db
      .select()
      .from(webhookDeliveries)
      .where(where)
      .orderBy(desc(webhookDeliveries.at), desc(webhookDeliveries.seq))
      .limit(page.limit)
      .offset(page.offset);
    const [total] = await this.#db.select({ value: count() }).from(webhookDeliveries).where(where);
    return { rows, total: total?.value ?? 0 };
  }

  async purge(before: Date): Promise<void> {
    await this.#db.delete(webhookDeliveries).where(lt(webhookDeliveries.settledAt, before));
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

export function matching({ workspaceId, from, to, roomId, types, state }: DeliveryFilter) {
  return and(
    eq(webhookDeliveries.workspaceId, workspaceId),
    gte(webhookDeliveries.at, from),
    lte(webhookDeliveries.at, to),
    roomId === undefined ? undefined : eq(webhookDeliveries.roomId, roomId),
    types === undefined || types.length === 0 ? undefined : inArray(webhookDeliveries.type, [...types]),
    inArray(webhookDeliveries.state, state === undefined ? ['delivered', 'failed'] : [state]),
  );
}
