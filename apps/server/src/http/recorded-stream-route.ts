import type { Clock, Seconds } from '@amphi/base';
import { PublicError, type RecordedStream, recordedStream } from '@amphi/protocol';
import { type LiveStreamRow, type Place, ReadCache, type RecordingAsset, type Store } from '@amphi/store';
import { addressKey } from '../budgets/address-key.ts';
import type { DownloadLinks } from '../recordings/download-links.ts';
import type { ClientTokens } from '../sessions/ports/rooms.ts';
import { unexpired } from '../sessions/verified-token.ts';
import { bearerOf } from '../tokens/management-tokens.ts';
import { errorBody } from './bodies.ts';
import type { PublicAddress } from './public-address.ts';
import type { WebServer } from './web-server.ts';

/** A link given to an audience is good for an evening, not for the days that back ends get. */
const LINK_S: Seconds = 21_600;

/** A whole audience asks at the same moment: when its stream ends. */
const REMEMBERED = { keepMs: 1_000, maxEntries: 1_000 } as const;

const NOTHING: RecordedStream = { status: 'none', parts: [], expires_at: null };

/** The newest stream of a room that was to be kept, and its playlists in the order of their making. */
interface Kept {
  readonly stream: LiveStreamRow;
  readonly playlists: readonly RecordingAsset[];
}

/**
 * `GET /v2/client/recorded-stream`: the room's last stream for those whom its destination offers it to, by links of
 * limited time. Nobody is named in a destination by itself, so nobody gets anything unless the owner said so.
 */
export function recordedStreamRoute(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'admissions' | 'liveStreams' | 'recordingAssets'>;
    readonly tokens: ClientTokens;
    readonly links: Pick<DownloadLinks, 'sign'>;
    readonly address: PublicAddress;
    readonly clock: Clock;
  },
): void {
  const { store, tokens, links, address, clock } = options;
  const kept = new ReadCache<Kept>({ clock, ...REMEMBERED, remembersMissing: true });

  async function readKept({ room }: Place): Promise<Kept | undefined> {
    const [stream] = await store.liveStreams.list({ workspaceId: room.workspaceId, roomId: room.id, limit: 1 });
    if (!stream?.hasVod) return undefined;
    const assets = await store.recordingAssets.ofJobs([stream.id]);
    return { stream, playlists: assets.filter(({ type }) => type === 'room-vod') };
  }

  const schema = {
    tags: ['clients'],
    summary: "The room's last stream, once it is over, for roles that its destination offers it to",
    response: { 200: recordedStream, 401: errorBody, 403: errorBody, 429: errorBody },
  };
  server.get('/client/recorded-stream', { schema }, async (request, reply): Promise<RecordedStream> => {
    const token = bearerOf(request.headers.authorization);
    if (token === undefined) throw new PublicError(401, 'Authorization header with a Bearer token is missing');
    const claims = unexpired(await tokens.verify(token, addressKey(request.ip)));
    const place = await store.admissions.place(claims.room_id);
    if (!place) throw new PublicError(401, 'room_id of the token is unknown');
    if (!place.room.enabled) throw new PublicError(403, 'room is not active');
    reply.header('cache-control', 'no-store');
    if (!place.template.body.roles[claims.role]) throw new PublicError(403, `role is invalid: ${claims.role}`);
    const found = await kept.get(place.room.id, () => readKept(place));
    if (!found || !isOffered(place, found.stream, claims.role)) return NOTHING;
    const { stream, playlists } = found;
    if (!IS_OVER.has(stream.status)) return { ...NOTHING, status: 'processing' };
    if (playlists.length === 0) return NOTHING;
    return {
      status: 'ready',
      parts: playlists.map((asset) => ({
        url: address.baseFor(request) + links.sign(asset, LINK_S),
        duration: asset.durationMs / 1000,
      })),
      expires_at: new Date(clock.now() + LINK_S * 1000).toISOString(),
    };
  });
}

const IS_OVER: ReadonlySet<LiveStreamRow['status']> = new Set(['completed', 'failed']);

/** As the template says now: what is taken back holds for streams of before, too. */
function isOffered({ template }: Place, stream: LiveStreamRow, role: string): boolean {
  const destination = template.body.destinations.hlsDestinations[stream.destination];
  return destination?.recording?.viewerRoles?.includes(role) ?? false;
}
