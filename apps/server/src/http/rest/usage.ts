import type { Clock, Millis } from '@amphi/base';
import { objectId, PublicError } from '@amphi/protocol';
import type { Store, UsageDay } from '@amphi/store';
import * as z from 'zod';
import type { WebServer } from '../web-server.ts';
import { workspaceOf } from './workspace-access.ts';

const DAY_MS: Millis = 86_400_000;
const MAX_DAYS = 366;
const DEFAULT_DAYS = 30;

const day = z.iso.date({ error: 'a day such as 2026-01-31' });
const usage = z.object({
  from: z.string(),
  to: z.string(),
  data: z.array(
    z.object({
      day: z.string(),
      participant_minutes: z.number(),
      stream_minutes: z.number(),
      recording_minutes: z.number(),
      peak_participants: z.int(),
    }),
  ),
});
type Usage = z.infer<typeof usage>;

/** `/v2/analytics/usage`: what was used on each day (UTC), of an app or of all. Ours. */
export function usageRoutes(
  server: WebServer,
  { store, clock }: { readonly store: Pick<Store, 'apps' | 'usage'>; readonly clock: Clock },
): void {
  server.get(
    '/analytics/usage',
    {
      schema: {
        tags: ['analytics'],
        summary: 'What was used on each day, of an app or of all; of the last 30 days unless told otherwise',
        querystring: z.object({ app_id: objectId.optional(), from: day.optional(), to: day.optional() }),
        response: { 200: usage },
      },
    },
    async (request): Promise<Usage> => {
      const workspaceId = workspaceOf(request);
      const { app_id: appId } = request.query;
      const { from, to } = spanOf(request.query, clock.now());
      if (appId !== undefined && !(await store.apps.find(workspaceId, appId))) {
        throw new PublicError(404, 'App not found');
      }
      const span = { from: new Date(from), to: new Date(to + DAY_MS) };
      const known = new Map((await store.usage.list({ workspaceId, appId, ...span })).map((of) => [of.day, of]));
      const days = Array.from({ length: (to - from) / DAY_MS + 1 }, (_, index) => dayText(from + index * DAY_MS));
      return { from: dayText(from), to: dayText(to), data: days.map((name) => usageOf(name, known.get(name))) };
    },
  );
}

/** First and last day, as their midnights. @throws PublicError 400 */
function spanOf(asked: { readonly from?: string | undefined; readonly to?: string | undefined }, now: Millis) {
  const to = asked.to === undefined ? Math.floor(now / DAY_MS) * DAY_MS : Date.parse(asked.to);
  const from = asked.from === undefined ? to - (DEFAULT_DAYS - 1) * DAY_MS : Date.parse(asked.from);
  if (from > to) throw new PublicError(400, `from: ${dayText(from)} is after to, ${dayText(to)}`);
  if (to - from >= MAX_DAYS * DAY_MS) {
    throw new PublicError(400, `from: ${dayText(from)} is more than ${MAX_DAYS} days before the end of ${dayText(to)}`);
  }
  return { from, to };
}

function usageOf(name: string, of: UsageDay | undefined): Usage['data'][number] {
  return {
    day: name,
    participant_minutes: minutes(of?.participantMs),
    stream_minutes: minutes(of?.streamMs),
    recording_minutes: minutes(of?.recordingMs),
    peak_participants: of?.peakParticipants ?? 0,
  };
}

/** With two places. */
function minutes(ms: Millis = 0): number {
  return Math.round(ms / 600) / 100;
}

function dayText(midnight: Millis): string {
  return new Date(midnight).toISOString().slice(0, 10);
}
