import type { Clock, Millis } from '@amphi/base';
import { CLIENT_FAILURES, PublicError } from '@amphi/protocol';
import type { AnalyticsEvent, EventPage, Store } from '@amphi/store';
import * as z from 'zod';
import type { DownloadLinks } from '../../recordings/download-links.ts';
import type { PublicAddress } from '../public-address.ts';
import type { WebServer } from '../web-server.ts';
import { flag } from './queries.ts';
import { roomOf } from './workspace-access.ts';

/** A page goes on for so long (server API, 2.12). */
const CURSOR_MS: Millis = 86_400_000;
const LINKS_VALID_FOR = 72 * 3600;

const TYPES = [
  'track.add.success',
  'track.update.success',
  'track.remove.success',
  'beam.recording.success',
  ...CLIENT_FAILURES.map((name) => `client.${name}` as const),
] as const;

const type = z.enum(TYPES);
const text = z.string().max(100).optional();
const listQuery = z.object({
  room_id: z.string(),
  /** One, or several by repeating the key. */
  type: z
    .union([type, z.array(type).max(20)])
    .transform((types) => [types].flat())
    // Others are in the same table (`session-events.ts`).
    .default([...TYPES]),
  session_id: text,
  peer_id: text,
  user_id: z.string().max(256).optional(),
  beam_id: text,
  error: flag.default(false),
  limit: z.coerce.number().int().min(1).max(100).default(10),
  start: z.string().max(100).default(''),
});

const answer = z.object({
  limit: z.int(),
  total: z.int(),
  next: z.string(),
  /** The same: public SDKs go by it (server API, 9.3). */
  last: z.string(),
  events: z.array(
    z.object({
      version: z.literal('2.0'),
      id: z.string(),
      timestamp: z.string(),
      type: z.string(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** `/v2/analytics/events`: what has happened with tracks, recordings and clients of a room (server API, 2.12). */
export function analyticsEventRoutes(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'analytics' | 'rooms' | 'recordingAssets'>;
    readonly links: DownloadLinks;
    readonly address: PublicAddress;
    readonly clock: Clock;
  },
): void {
  const { store, links, address, clock } = options;

  /** By the id of the file. What was removed has none. */
  async function linksOf(events: readonly AnalyticsEvent[], base: string): Promise<ReadonlyMap<unknown, string>> {
    const jobs = [...new Set(events.flatMap(({ beamId }) => beamId ?? []))];
    const assets = jobs.length === 0 ? [] : await store.recordingAssets.ofJobs(jobs);
    return new Map(assets.map((asset) => [asset.id, base + links.sign(asset, LINKS_VALID_FOR)]));
  }

  server.get(
    '/analytics/events',
    {
      schema: {
        tags: ['analytics'],
        summary: 'What has happened with tracks, recordings and clients of a room, newest first',
        querystring: listQuery,
        response: { 200: answer },
      },
    },
    async (request): Promise<z.infer<typeof answer>> => {
      const { limit, start, type: types, error: failures, ...wanted } = request.query;
      const { id: roomId } = await roomOf(store, request, wanted.room_id);
      const { session_id: sessionId, peer_id: peerId, user_id: userId, beam_id: beamId } = wanted;
      const page = pageOf(start, clock.now());
      const { rows, total, upTo } = await store.analytics.list(
        { roomId, types, sessionId, peerId, userId, beamId, failures },
        { ...page, limit },
      );
      const oldest = rows.at(-1);
      const next = oldest && rows.length === limit ? `${upTo}.${oldest.seq}.${clock.now() + CURSOR_MS}` : '';
      const signed = await linksOf(rows, address.baseFor(request));
      return { limit, total, next, last: next, events: rows.map((row) => eventObject(row, signed)) };
    },
  );
}

/** @throws PublicError 400 */
function pageOf(start: string, now: Millis): Pick<EventPage, 'upTo' | 'before'> {
  if (start === '') return {};
  const [, upTo, before, expiresAt] = /^(\d{1,15})\.(\d{1,15})\.(\d{1,15})$/.exec(start) ?? [];
  if (expiresAt === undefined) throw new PublicError(400, 'start: the next of an answer before, or nothing');
  if (Number(expiresAt) <= now) throw new PublicError(400, 'start: good for 24 hours, and they are over');
  return { upTo: Number(upTo), before: Number(before) };
}

function eventObject(
  { id, at, type, beamId, data }: AnalyticsEvent,
  signed: ReadonlyMap<unknown, string>,
): z.infer<typeof answer>['events'][number] {
  const link = beamId === null ? {} : { recording_presigned_url: signed.get(data.asset_id) ?? '' };
  return { version: '2.0', id, timestamp: at.toISOString(), type, data: { ...data, ...link } };
}
