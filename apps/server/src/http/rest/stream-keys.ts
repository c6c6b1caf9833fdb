import { PublicError, type StreamKeyObject } from '@amphi/protocol';
import type { Room, Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { RtmpDoor } from '../../ingest/rtmp-door.ts';
import type { SessionHost } from '../../sessions/ports/host.ts';
import type { PublicAddress } from '../public-address.ts';
import type { WebServer } from '../web-server.ts';
import { type EncoderAddresses, streamKeyObject, streamKeyObjectSchema } from './objects.ts';
import { roomOf } from './workspace-access.ts';

const params = z.object({ roomId: z.string() });
/** Ours: pages ask whether there is a key, and a browser logs each 404 as an error. */
const listQuery = z.object({ allow_empty: z.enum(['true', 'false']).default('false') });
const tags = ['stream keys'];
const RTMP_PORT = 1935;

/** `/v2/stream-keys`: by which encoders send into a room (server API, 2.9). */
export function streamKeyRoutes(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'rooms' | 'streamKeys'>;
    readonly host: Pick<SessionHost, 'closeKey'>;
    readonly address: Pick<PublicAddress, 'baseFor'>;
    readonly rtmp: Pick<RtmpDoor, 'port'>;
  },
): void {
  const { store, host, address, rtmp } = options;
  const addresses = (request: FastifyRequest): EncoderAddresses => {
    const base = address.baseFor(request);
    return { whip: `${base}/whip`, rtmp: rtmp.port === undefined ? undefined : rtmpUrl(base, rtmp.port) };
  };

  server.post(
    '/stream-keys/room/:roomId',
    {
      schema: {
        tags,
        summary: 'Make the stream key of a room',
        description: 'It never expires; a room has one at a time. To change it, disable it and make another.',
        params,
        response: { 200: streamKeyObjectSchema },
      },
    },
    async (request): Promise<StreamKeyObject> => {
      const room = await enabledRoom(store, request);
      const key = await store.streamKeys.create(room.id);
      if (!key) throw new PublicError(400, 'Active key already exists');
      return streamKeyObject(key, room, addresses(request));
    },
  );

  server.get(
    '/stream-keys/room/:roomId',
    {
      schema: {
        tags,
        summary: 'The stream key of a room, and where encoders send',
        description: 'Without a key 404; with `allow_empty=true` an empty list.',
        params,
        querystring: listQuery,
        response: { 200: z.object({ data: z.array(streamKeyObjectSchema), last: z.string() }) },
      },
    },
    async (request): Promise<{ data: StreamKeyObject[]; last: string }> => {
      const room = await enabledRoom(store, request);
      const key = await store.streamKeys.activeOf(room.id);
      if (!key) {
        if (request.query.allow_empty === 'true') return { data: [], last: '' };
        throw noKey();
      }
      return { data: [streamKeyObject(key, room, addresses(request))], last: key.id };
    },
  );

  server.post(
    '/stream-keys/room/:roomId/disable',
    {
      schema: {
        tags,
        summary: 'Switch the stream key of a room off for good',
        description: 'An encoder that sends with it is put out.',
        params,
        response: { 200: z.object({ message: z.string() }) },
      },
    },
    async (request): Promise<{ message: string }> => {
      const room = await enabledRoom(store, request);
      const key = await store.streamKeys.disable(room.id);
      if (!key) throw noKey();
      host.closeKey(key.id);
      return { message: 'key disabled successfully' };
    },
  );
}

/** On the host of a base URL; 1935 goes without saying. */
function rtmpUrl(base: string, port: number): string {
  return `rtmp://${new URL(base).hostname}${port === RTMP_PORT ? '' : `:${port}`}/live`;
}

/** @throws PublicError 404, and 403 when the room is disabled */
async function enabledRoom(store: Pick<Store, 'rooms'>, request: FastifyRequest): Promise<Room> {
  const room = await roomOf(store, request, (request.params as z.infer<typeof params>).roomId);
  if (!room.enabled) throw new PublicError(403, 'Room is disabled');
  return room;
}

function noKey(): PublicError {
  return new PublicError(404, 'stream key not found: the room has no active key');
}
