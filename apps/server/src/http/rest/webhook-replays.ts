import type { Clock } from '@amphi/base';
import { PublicError, parseOrThrow } from '@amphi/protocol';
import type { WebhookReplay } from '@amphi/store';
import * as z from 'zod';
import type { ReplayState, WebhookReplays } from '../../webhooks/replays.ts';
import type { WebServer } from '../web-server.ts';
import { deliveryStatus, eventNames, spanOf, stateOf, time } from './webhook-history.ts';
import { workspaceOf } from './workspace-access.ts';

const MAX_EVENTS = 50_000;

const request = z.object({
  start_time: time,
  end_time: time,
  room_id: z.string().max(100).optional(),
  event_names: eventNames.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_EVENTS).default(MAX_EVENTS),
  offset: z.coerce.number().int().min(0).default(0),
  status: deliveryStatus.default('failed'),
});
/** The same without what is assumed, as the body is looked at first and the query fills in what it lacks. */
const said = z.record(z.string(), z.unknown());

const filters = z.object({
  start_time: z.string(),
  end_time: z.string(),
  room_id: z.string(),
  event_types: z.array(z.string()),
});
const begun = z.object({
  workflow_id: z.string(),
  status: z.enum(['started', 'already_running']),
  message: z.string(),
  filters,
});
const counts = { total: z.int(), completed: z.int(), failed: z.int() };
const state = z.object({
  workflow_id: z.string(),
  status: z.enum(['Running', 'completed', 'completed_with_failures']),
  started_at: z.string(),
  completed_at: z.string().nullable(),
  filters: filters.extend({ limit: z.int(), offset: z.int() }),
  progress: z.object(counts),
  result: z.object({ ...counts, failed_events: z.array(z.string()) }),
});

/** `/v2/analytics/webhooks/replay`: back ends are told once more (server API, 2.13). */
export function webhookReplayRoutes(
  server: WebServer,
  { replays, clock }: { readonly replays: Pick<WebhookReplays, 'begin' | 'find'>; readonly clock: Clock },
): void {
  // The documentation has both paths.
  for (const url of ['/analytics/webhooks/replay', '/analytics/events/webhooks/replay']) {
    server.post(
      url,
      {
        schema: {
          tags: ['webhooks'],
          summary: 'Tell back ends once more what they were told, ten events a second',
          querystring: said,
          body: said,
          response: { 200: begun },
        },
      },
      async (call): Promise<z.infer<typeof begun>> => {
        const asked = parseOrThrow(request, { ...call.query, ...call.body }, 'Invalid param');
        const { from, to } = spanOf(asked, clock.now());
        const { replay, isNew } = await replays.begin({
          workspaceId: workspaceOf(call),
          from,
          to,
          roomId: asked.room_id,
          types: asked.event_names,
          state: stateOf(asked.status),
          limit: asked.limit,
          offset: asked.offset,
          words: JSON.stringify(asked),
        });
        return {
          workflow_id: replay.id,
          status: isNew ? 'started' : 'already_running',
          message: isNew ? `${replay.total} events will be told again` : 'the same replay runs already',
          filters: filtersOf(replay),
        };
      },
    );
  }

  server.get(
    '/analytics/webhooks/replay/:workflowId',
    {
      schema: {
        tags: ['webhooks'],
        summary: 'How far a replay is',
        params: z.object({ workflowId: z.string() }),
        response: { 200: state },
      },
    },
    async (request): Promise<z.infer<typeof state>> => {
      const found = await replays.find(workspaceOf(request), request.params.workflowId);
      if (!found) throw new PublicError(404, 'workflow not found');
      return stateObject(found);
    },
  );
}

function stateObject({ replay, delivered, failed, failedEvents }: ReplayState): z.infer<typeof state> {
  const { total, completedAt, filter } = replay;
  const done = { total, completed: delivered, failed };
  return {
    workflow_id: replay.id,
    status: completedAt === null ? 'Running' : failed > 0 ? 'completed_with_failures' : 'completed',
    started_at: replay.startedAt.toISOString(),
    completed_at: completedAt?.toISOString() ?? null,
    filters: { ...filtersOf(replay), limit: filter.limit, offset: filter.offset },
    progress: done,
    result: { ...done, failed_events: [...failedEvents] },
  };
}

function filtersOf({ filter }: WebhookReplay): z.infer<typeof filters> {
  return {
    start_time: filter.from,
    end_time: filter.to,
    room_id: filter.roomId ?? '',
    event_types: [...(filter.types ?? [])],
  };
}
