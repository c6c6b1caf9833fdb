import type { Clock, Millis } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import type { Store, WebhookDelivery } from '@amphi/store';
import * as z from 'zod';
import { DELIVERIES_KEPT_MS } from '../../history/start-history.ts';
import type { WebServer } from '../web-server.ts';
import { workspaceOf } from './workspace-access.ts';

const DAY_MS: Millis = 86_400_000;
const MAX_SPAN_MS = 14 * DAY_MS;
/** Between the clocks of two machines. */
const TOLERANCE_MS: Millis = 60_000;

export const time = z.iso.datetime({ offset: true, error: 'a time such as 2026-01-05T09:10:05Z' }).optional();
export const deliveryStatus = z.enum(['all', 'failed', 'success']);
/** One, or several by repeating the key. */
export const eventNames = z.union([z.string(), z.array(z.string()).max(100)]).transform((names) => [names].flat());
const listQuery = z.object({
  start_time: time,
  end_time: time,
  room_id: z.string().optional(),
  status: deliveryStatus.default('all'),
  event_names: eventNames.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
});

const answer = z.object({
  events: z.array(
    z.object({
      event_id: z.string(),
      event_name: z.string(),
      room_id: z.string(),
      event_timestamp: z.string(),
      payload: z.object({
        event_data: z.record(z.string(), z.unknown()),
        webhook_url: z.string(),
        original_event_name: z.string(),
        error_reason: z.string().optional(),
      }),
    }),
  ),
  pagination: z.object({
    current_page: z.int(),
    page_size: z.int(),
    total_pages: z.int(),
    total_items: z.int(),
    has_next: z.boolean(),
    has_prev: z.boolean(),
  }),
  summary: z.object({ total_events: z.int() }),
});

/** `/v2/analytics/webhooks`: what became of events on their way to back ends (server API, 2.13). */
export function webhookHistoryRoutes(
  server: WebServer,
  { store, clock }: { readonly store: Pick<Store, 'webhooks'>; readonly clock: Clock },
): void {
  server.get(
    '/analytics/webhooks',
    {
      schema: {
        tags: ['webhooks'],
        summary: 'What became of webhooks, newest first',
        querystring: listQuery,
        response: { 200: answer },
      },
    },
    async (request): Promise<z.infer<typeof answer>> => {
      const { limit, page, status, room_id: roomId, event_names: types } = request.query;
      const { from, to } = spanOf(request.query, clock.now());
      const workspaceId = workspaceOf(request);
      const { rows, total } = await store.webhooks.list(
        { workspaceId, from, to, roomId, types, state: stateOf(status) },
        { limit, offset: (page - 1) * limit },
      );
      const pages = Math.ceil(total / limit);
      return {
        events: rows.map(historyObject),
        pagination: {
          current_page: page,
          page_size: limit,
          total_pages: pages,
          total_items: total,
          has_next: page < pages,
          has_prev: page > 1 && total > 0,
        },
        summary: { total_events: total },
      };
    },
  );
}

/** @throws PublicError 400 */
export function spanOf(
  { start_time: start, end_time: end }: { start_time?: string | undefined; end_time?: string | undefined },
  now: Millis,
): { from: Date; to: Date } {
  const to = end === undefined ? now : Date.parse(end);
  const from = start === undefined ? Math.min(now, to) - DAY_MS : Date.parse(start);
  if (from < now - DELIVERIES_KEPT_MS - TOLERANCE_MS)
    throw new PublicError(400, 'start_time must be within the last 30 days');
  if (to < from || to - from > MAX_SPAN_MS) {
    throw new PublicError(400, 'end_time must be within 14 days after start_time');
  }
  return { from: new Date(from), to: new Date(to) };
}

/** What a status of the API is in the store; both without one. */
export function stateOf(status: z.infer<typeof deliveryStatus>): 'failed' | 'delivered' | undefined {
  return status === 'all' ? undefined : status === 'failed' ? 'failed' : 'delivered';
}

function historyObject(delivery: WebhookDelivery): z.infer<typeof answer>['events'][number] {
  const { data } = JSON.parse(delivery.body) as { data: Record<string, unknown> };
  return {
    event_id: delivery.eventId,
    event_name: `reporter.webhook.delivery.${delivery.state === 'failed' ? 'failed' : 'success'}`,
    room_id: delivery.roomId,
    event_timestamp: delivery.at.toISOString(),
    payload: {
      event_data: data,
      webhook_url: delivery.url,
      original_event_name: delivery.type,
      ...(delivery.error === null ? {} : { error_reason: delivery.error }),
    },
  };
}
