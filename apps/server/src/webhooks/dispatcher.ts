import { type Clock, type Logger, type Millis, messageOf, Rounds } from '@amphi/base';
import type { Settled, Store, WebhookDelivery } from '@amphi/store';
import { Pauses } from '../history/pauses.ts';
import type { Call } from './webhook-caller.ts';

/** Waits before the second, third and fourth try, at most (server API, 5.3). */
const RETRY_AFTER_MS: readonly Millis[] = [1_000, 3_000, 10_000];
/** By so much of it a wait is shorter, by chance: what failed together does not all come again at the same moment. */
const JITTER = 0.2;
/** Calls at a time, of one receiver and of all. A receiver that does not answer holds back nobody but itself. */
const MAX_CALLS_PER_RECEIVER = 16;
const MAX_CALLS = 128;
/**
 * Deliveries in memory, about; the rest waits in the store. Receivers share the room: what one does not take is not in the
 * way of the others.
 */
const MAX_LOADED = 10_000;
const MAX_LOADED_PER_RECEIVER = 1_000;
const MIN_LOADED_PER_RECEIVER = 32;
const STORE_RETRY_MS: Millis = 1_000;
/** What is settled within this time is written together: a statement costs as much for one as for many. */
const GATHER_MS: Millis = 100;
const SECRET_FOR_MS: Millis = 5_000;
/** A server that ends waits so long for answers that are under way: what had arrived is not told again by its successor. */
const LAST_ANSWERS_MS: Millis = 1_000;

/** Events of one session for one receiver, in their order: the next is sent when the one before is settled. */
interface Line {
  readonly key: string;
  readonly receiver: Receiver;
  readonly deliveries: WebhookDelivery[];
  /** Of the first one. */
  attempts: number;
}

interface Receiver {
  readonly url: string;
  lines: number;
  calls: number;
  /** Lines that have something to send and nothing under way. */
  readonly ready: Line[];
  /** Deliveries in memory. */
  loaded: number;
  /** Number of the last one that was in memory. */
  lastLoaded: number;
  /** There is more in the store behind that. */
  isBehind: boolean;
  /** It is being read; what is added meanwhile stays in the store. */
  loading: Promise<void> | undefined;
}

/**
 * Brings events to back ends: at least once, in the order of each session, with retries. What waits is in the store, so
 * that a kill loses nothing; what had arrived and was not yet marked so comes again under the same id.
 */
export class WebhookDispatcher {
  readonly #store: Pick<Store, 'webhooks' | 'workspaces'>;
  readonly #node: string;
  readonly #call: (call: Call) => Promise<string | undefined>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lines = new Map<string, Line>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #secrets = new Map<string, { readonly secret: string; readonly at: Millis }>();
  readonly #settled: Settled[] = [];
  /** Calls under way, until what became of them is noted. */
  readonly #sending = new Set<Promise<void>>();
  /** Receivers of what an earlier process left are not known yet. */
  #isStarting = false;
  #starting: Promise<void> = Promise.resolve();
  readonly #random: () => number;
  readonly #gatherMs: Millis;
  readonly #settling = new Rounds(() => this.#writeSettled());
  readonly #pauses: Pauses;
  #isClosed = false;
  readonly #outcomes = { delivered: 0, failed: 0 };

  constructor(options: {
    readonly store: Pick<Store, 'webhooks' | 'workspaces'>;
    /** Whose deliveries it makes; those of others are made by others. */
    readonly node: string;
    readonly call: (call: Call) => Promise<string | undefined>;
    /** Default 100. */
    readonly gatherMs?: Millis | undefined;
    /** From 0, without 1. Default: by chance. */
    readonly random?: () => number;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#store = options.store;
    this.#node = options.node;
    this.#call = options.call;
    this.#random = options.random ?? Math.random;
    this.#gatherMs = options.gatherMs ?? GATHER_MS;
    this.#pauses = new Pauses(options.clock);
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Takes up what an earlier process left. */
  start(): void {
    this.#isStarting = true;
    this.#starting = this.#findReceivers();
  }

  /** What was written to the store just now, in its order. */
  add(deliveries: readonly WebhookDelivery[]): void {
    if (this.#isClosed) return;
    for (const delivery of deliveries) {
      const receiver = this.#receiverOf(delivery.url);
      // In order: what is in the store already comes first.
      const isInTurn = !this.#isStarting && !receiver.isBehind && receiver.loading === undefined;
      if (isInTurn && receiver.loaded < this.#room()) this.#take(receiver, delivery);
      else this.#leaveInStore(receiver);
    }
    this.#run();
  }

  /** What waits, as far as it is loaded, the oldest of all among it; and what was settled since the start. */
  backlog(): { readonly waiting: number; readonly lagMs: Millis; readonly delivered: number; readonly failed: number } {
    const now = this.#clock.now();
    let [waiting, lagMs] = [0, 0];
    for (const { deliveries } of this.#lines.values()) {
      const [first] = deliveries;
      waiting += deliveries.length;
      if (first) lagMs = Math.max(lagMs, now - first.at.getTime());
    }
    return { waiting, lagMs, ...this.#outcomes };
  }

  /** Starts nothing new, and waits a second at most for the answers to what is under way; what is settled is written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#starting;
    await Promise.all([...this.#receivers.values()].map(({ loading }) => loading));
    await this.#lastAnswers();
    this.#pauses.end();
    await this.#settling.idle();
  }

  async #lastAnswers(): Promise<void> {
    if (this.#sending.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(LAST_ANSWERS_MS, resolve);
      void Promise.all(this.#sending).then(() => {
        cancel();
        resolve();
      });
    });
  }

  /** How many deliveries of each receiver may be in memory. */
  #room(): number {
    const share = Math.floor(MAX_LOADED / Math.max(1, this.#receivers.size));
    return Math.min(MAX_LOADED_PER_RECEIVER, Math.max(MIN_LOADED_PER_RECEIVER, share));
  }

  #take(receiver: Receiver, delivery: WebhookDelivery): void {
    if (delivery.seq <= receiver.lastLoaded) return;
    receiver.lastLoaded = delivery.seq;
    receiver.loaded++;
    const line = this.#lineOf(receiver, delivery);
    line.deliveries.push(delivery);
    if (line.deliveries.length === 1) receiver.ready.push(line);
  }

  #receiverOf(url: string): Receiver {
    const known = this.#receivers.get(url);
    if (known) return known;
    const receiver: Receiver = {
      url,
      lines: 0,
      calls: 0,
      ready: [],
      loaded: 0,
      lastLoaded: 0,
      isBehind: false,
      loading: undefined,
    };
    this.#receivers.set(url, receiver);
    return receiver;
  }

  #lineOf(receiver: Receiver, { url, sessionId }: WebhookDelivery): Line {
    const key = `${sessionId} ${url}`;
    const known = this.#lines.get(key);
    if (known) return known;
    receiver.lines++;
    const line: Line = { key, receiver, deliveries: [], attempts: 0 };
    this.#lines.set(key, line);
    return line;
  }

  /** Starts what may be started, one of each receiver in turn. */
  #run(): void {
    for (let started = true; started && !this.#isClosed; ) {
      started = false;
      for (const receiver of this.#receivers.values()) {
        if (this.#sending.size >= MAX_CALLS) return;
        if (receiver.calls >= MAX_CALLS_PER_RECEIVER) continue;
        const line = receiver.ready.shift();
        if (!line) continue;
        started = true;
        const sent = this.#send(line).then(() => {
          this.#sending.delete(sent);
          this.#run();
        });
        this.#sending.add(sent);
      }
    }
  }

  async #send(line: Line): Promise<void> {
    const { receiver } = line;
    const delivery = line.deliveries[0]!;
    receiver.calls++;
    let error: string | undefined;
    try {
      const { url, headers, body, workspaceId } = delivery;
      error = await this.#call({ url, headers, body, secret: await this.#secretOf(workspaceId) });
    } catch (failure) {
      error = messageOf(failure);
    }
    receiver.calls--;
    line.attempts++;
    const retryMs = RETRY_AFTER_MS[line.attempts - 1];
    if (error !== undefined && retryMs !== undefined) {
      this.#clock.after(retryMs * (1 - JITTER * this.#random()), () => {
        receiver.ready.push(line);
        this.#run();
      });
    } else {
      this.#finish(line, delivery, error);
    }
  }

  /** A receiver checks by the key that the dashboard shows, which changes when the old one is revoked. */
  async #secretOf(workspaceId: string): Promise<string> {
    const now = this.#clock.now();
    const known = this.#secrets.get(workspaceId);
    if (known && now - known.at < SECRET_FOR_MS) return known.secret;
    const key = await this.#store.workspaces.signingKey(workspaceId);
    if (!key) throw new Error('the workspace has no key to sign by');
    this.#secrets.set(workspaceId, { secret: key.secret, at: now });
    return key.secret;
  }

  #finish(line: Line, { seq, type, url, sessionId }: WebhookDelivery, error: string | undefined): void {
    this.#settled.push({ seq, attempts: line.attempts, error });
    this.#outcomes[error === undefined ? 'delivered' : 'failed']++;
    if (error !== undefined) this.#logger.warn({ type, receiver: originOf(url), sessionId, error }, 'a webhook failed');
    line.attempts = 0;
    line.deliveries.shift();
    const { receiver } = line;
    receiver.loaded--;
    if (line.deliveries.length > 0) receiver.ready.push(line);
    else this.#drop(line);
    this.#settle();
    if (receiver.loaded < this.#room() / 2) this.#askFor(receiver);
  }

  #drop({ key, receiver }: Line): void {
    this.#lines.delete(key);
    receiver.lines--;
    this.#forgetIdle(receiver);
  }

  #forgetIdle(receiver: Receiver): void {
    if (receiver.lines === 0 && !receiver.isBehind && !receiver.loading) this.#receivers.delete(receiver.url);
  }

  async #findReceivers(): Promise<void> {
    try {
      for (const url of await this.#store.webhooks.receivers(this.#node)) this.#leaveInStore(this.#receiverOf(url));
    } catch (error) {
      this.#waitForStore(error, () => this.start());
      return;
    }
    this.#isStarting = false;
    for (const receiver of this.#receivers.values()) this.#askFor(receiver);
  }

  /** It is read from there when its turn comes. */
  #leaveInStore(receiver: Receiver): void {
    receiver.isBehind = true;
    this.#askFor(receiver);
  }

  /** A receiver that is behind is not forgotten; one that is not, and is asked for late, may have been. */
  #askFor(receiver: Receiver): void {
    if (!receiver.isBehind || receiver.loading || receiver.loaded >= this.#room()) return;
    if (this.#isStarting || this.#isClosed) return;
    receiver.loading = this.#load(receiver);
  }

  /** Until all is in memory, or as much as may be. Never rejects. */
  async #load(receiver: Receiver): Promise<void> {
    while (receiver.isBehind && !this.#isClosed) {
      const limit = this.#room() - receiver.loaded;
      if (limit <= 0) break;
      // Set again by what is added while this is read.
      receiver.isBehind = false;
      const { url, lastLoaded: after } = receiver;
      try {
        const rows = await this.#store.webhooks.waiting(this.#node, { url, after, limit });
        for (const row of rows) this.#take(receiver, row);
        if (rows.length === limit) receiver.isBehind = true;
      } catch (error) {
        receiver.isBehind = true;
        this.#waitForStore(error, () => this.#askFor(receiver));
        break;
      }
      this.#run();
    }
    // In the same breath as the last look: what is added later is in turn again.
    receiver.loading = undefined;
    this.#forgetIdle(receiver);
  }

  #waitForStore(error: unknown, again: () => void): void {
    this.#logger.warn({ error: messageOf(error) }, 'webhooks wait for the database');
    this.#clock.after(STORE_RETRY_MS, () => {
      if (!this.#isClosed) again();
    });
  }

  #settle(): void {
    void this.#settling.ask();
  }

  async #writeSettled(): Promise<void> {
    while (this.#settled.length > 0) {
      await this.#pauses.take(this.#gatherMs);
      const settled = [...this.#settled];
      try {
        await this.#store.webhooks.settle(settled);
        this.#settled.splice(0, settled.length);
      } catch (error) {
        this.#logger.warn({ error: messageOf(error) }, 'what became of webhooks could not be written');
        if (this.#pauses.isOver) return;
        await this.#pauses.take(STORE_RETRY_MS);
      }
    }
  }
}

/** Paths and queries of receivers may hold secrets. */
function originOf(url: string): string {
  return new URL(url).origin;
}
