import { type Clock, type Logger, type Millis, messageOf } from '@amphi/base';
import type {
  NewDelivery,
  ReplayProgress,
  ReplayRequest,
  Repositories,
  Store,
  WebhookDelivery,
  WebhookReplay,
} from '@amphi/store';

/** Events of one replay at a time, and how long until the next ones (server API, 2.13: ten a second). */
const PER_STEP = 10;
const STEP_MS: Millis = 1_000;

/** Adds to what is told; nothing else is added meanwhile, so that places in the order are taken in it. */
export type Enqueue = (make: (tx: Repositories) => Promise<readonly NewDelivery[]>) => Promise<void>;

/** How far a replay is. */
export interface ReplayState extends ReplayProgress {
  readonly replay: WebhookReplay;
  readonly failedEvents: readonly string[];
}

/**
 * Tells back ends once more what they were told, a few events a second. Which were told again is remembered with them, so
 * that the next process of this node goes on where this one was.
 */
export class WebhookReplays {
  readonly #store: Pick<Store, 'webhookReplays'>;
  readonly #node: string;
  readonly #enqueue: Enqueue;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #isClosed = false;
  #working: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly store: Pick<Store, 'webhookReplays'>;
    readonly node: string;
    readonly enqueue: Enqueue;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#store = options.store;
    this.#node = options.node;
    this.#enqueue = options.enqueue;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Goes on with those of an earlier process. */
  async start(): Promise<void> {
    this.goOn((await this.#store.webhookReplays.running(this.#node)).map(({ id }) => id));
  }

  /** Goes on with those of a node that is gone. */
  goOn(ids: readonly string[]): void {
    for (const id of ids) this.#next(id);
  }

  async begin(request: ReplayRequest): Promise<{ readonly replay: WebhookReplay; readonly isNew: boolean }> {
    const begun = await this.#store.webhookReplays.begin(this.#node, request);
    if (begun.isNew) this.#next(begun.replay.id);
    return begun;
  }

  /** Undefined when there is none of this id in the workspace. */
  async find(workspaceId: string, id: string): Promise<ReplayState | undefined> {
    const replay = await this.#store.webhookReplays.find(id);
    if (replay?.workspaceId !== workspaceId) return undefined;
    const progress = await this.#store.webhookReplays.progress(id);
    const failedEvents = progress.failed === 0 ? [] : await this.#store.webhookReplays.failedEvents(id, 1_000);
    return { replay, ...progress, failedEvents };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
  }

  #next(id: string): void {
    this.#working = this.#working.then(() => this.#step(id));
  }

  async #step(id: string): Promise<void> {
    if (this.#isClosed) return;
    let isOver = false;
    try {
      isOver = await this.#queueSome(id);
    } catch (error) {
      this.#logger.warn({ replay: id, error: messageOf(error) }, 'a replay of webhooks waits for the database');
    }
    if (!isOver) this.#clock.after(STEP_MS, () => this.#next(id));
  }

  /** @returns whether all of it is done */
  async #queueSome(id: string): Promise<boolean> {
    const replay = await this.#store.webhookReplays.find(id);
    if (!replay) return true;
    if (replay.cursor < replay.last) {
      let taken = 0;
      await this.#enqueue(async (tx) => {
        const rows = await tx.webhookReplays.take(replay, PER_STEP);
        taken = rows.length;
        const rooms = await tx.webhooks.contextsOf([...new Set(rows.map(({ roomId }) => roomId))]);
        return rows.map((row) => again(row, id, this.#node, rooms.get(row.roomId)?.webhook));
      });
      if (taken > 0) return false;
    }
    const { waiting } = await this.#store.webhookReplays.progress(id);
    if (waiting > 0) return false;
    await this.#store.webhookReplays.complete(id);
    return true;
  }
}

/** The same event, to whoever is to be told by now. */
function again(
  { seq: _, state: __, attempts: ___, error: ____, settledAt: _____, ...delivery }: WebhookDelivery,
  replayId: string,
  node: string,
  target: Pick<NewDelivery, 'url' | 'headers'> | undefined,
): NewDelivery {
  const body = JSON.stringify({ ...(JSON.parse(delivery.body) as object), is_replay: true });
  return { ...delivery, ...target, body, node, replayId };
}
