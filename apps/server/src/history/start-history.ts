import type { Clock, Logger, Millis, Scope } from '@amphi/base';
import type { Store } from '@amphi/store';
import type { OwnerOf } from '../platform/owner-of.ts';
import { logRecorder } from '../sessions/log-recorder.ts';
import type { FactRecorder } from '../sessions/ports/records.ts';
import type { Settings } from '../settings.ts';
import { WebhookDispatcher } from '../webhooks/dispatcher.ts';
import type { LinkOf } from '../webhooks/recording-events.ts';
import { WebhookReplays } from '../webhooks/replays.ts';
import { WebhookCaller } from '../webhooks/webhook-caller.ts';
import { FactWriter } from './fact-writer.ts';

/** How long a back end may take to answer. The contract names no time (server API, 5.3). */
const WEBHOOK_TIMEOUT_MS: Millis = 5_000;
/** For so long it can be seen what became of a webhook (server API, 2.13). */
export const DELIVERIES_KEPT_MS: Millis = 30 * 86_400_000;

/** As long as who is in a session is gathered for (`SessionJournal`). */
const GATHER_MS: Millis = 100;

export interface History {
  /** Log, store and back ends. */
  readonly facts: FactRecorder;
  readonly caller: WebhookCaller;
  readonly dispatcher: Pick<WebhookDispatcher, 'backlog'>;
  readonly replays: WebhookReplays;
  /** Does what nodes that have been silent since `before` cannot do any more. @throws what the database says */
  readonly takeOver: (before: Date) => Promise<void>;
}

/**
 * What remembers facts and tells back ends of them. Ends what an earlier process left open, and takes up the webhooks
 * that it had not delivered.
 * @param options.goOn sessions of earlier processes that do go on
 */
export async function startHistory(options: {
  readonly store: Store;
  readonly settings: Pick<Settings, 'webhooks'>;
  readonly node: string;
  readonly ownerOf: OwnerOf;
  readonly goOn: readonly string[];
  /** By which back ends get a recorded file. */
  readonly linkOf: LinkOf;
  readonly scope: Scope;
  /** Of what happens, and of what became of webhooks. Default 100. */
  readonly gatherMs?: Millis;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<History> {
  const { store, settings, node, scope, clock, logger } = options;
  const gatherMs = options.gatherMs ?? GATHER_MS;
  const caller = new WebhookCaller({
    allowPrivate: settings.webhooks.allowPrivateAddresses,
    timeoutMs: WEBHOOK_TIMEOUT_MS,
  });
  scope.defer(() => caller.close());
  const dispatcher = new WebhookDispatcher({ store, node, call: (call) => caller.call(call), gatherMs, clock, logger });
  scope.defer(() => dispatcher.close());
  const writer = new FactWriter({
    store,
    ownerOf: options.ownerOf,
    onDeliveries: (deliveries) => dispatcher.add(deliveries),
    linkOf: options.linkOf,
    gatherMs,
    clock,
    logger,
  });
  scope.defer(() => writer.close());
  await writer.endAbandoned(node, options.goOn);
  await store.webhooks.adopt(node);
  dispatcher.start();
  const replays = new WebhookReplays({ store, node, enqueue: (make) => writer.enqueue(make), clock, logger });
  scope.defer(() => replays.close());
  await replays.start();
  const log = logRecorder(logger);
  const record: FactRecorder['record'] = (happened) => {
    log.record(happened);
    writer.record(happened);
  };
  const takeOver: History['takeOver'] = async (before) => {
    const { replays: left, ...taken } = await writer.takeOver(node, before);
    replays.goOn(left);
    if (taken.nodes > 0) logger.warn({ ...taken, replays: left.length }, 'took over from servers that are gone');
  };
  return { facts: { record }, caller, dispatcher, replays, takeOver };
}
