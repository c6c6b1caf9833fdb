import {
  type ActivePeerObject,
  type ActivePeerWithTracks,
  activePeersQuery,
  endActiveRoomBody,
  objectId,
  removePeersBody,
  sendMessageBody,
  updateActivePeerBody,
} from '@amphi/protocol';
import type { Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { ActivePeer, ActiveRoom, SessionHost } from '../../sessions/ports/host.ts';
import type { WebServer } from '../web-server.ts';
import { answerSchema } from './answer-schema.ts';
import { roomOf } from './workspace-access.ts';

const roomParams = z.object({ roomId: z.string() });
const peerParams = roomParams.extend({ peerId: z.string() });
const tags = ['active rooms'];

const activeRoomSchema = z.object({
  id: objectId,
  name: z.string(),
  customer_id: objectId,
  session: z.object({ id: z.string(), created_at: z.string(), peers: z.array(z.string()) }),
});
const peerFields = {
  id: z.string(),
  name: z.string(),
  user_id: z.string(),
  metadata: z.string(),
  role: z.string(),
  joined_at: z.string(),
};
const peerSchema = answerSchema<ActivePeerObject>()(z.object(peerFields));
const trackSchema = z.object({
  id: z.string(),
  stream_id: z.string(),
  mute: z.boolean(),
  type: z.string(),
  source: z.string(),
  description: z.string(),
  started_at: z.string(),
});
const peerWithTracksSchema = answerSchema<ActivePeerWithTracks>()(
  z.object({
    ...peerFields,
    tracks: z.record(z.string(), trackSchema),
  }),
);
const doneSchema = z.object({ message: z.string() });

/** `/v2/active-rooms`: who is in a room now, and what a back end does to them. */
export function activeRoomRoutes(
  server: WebServer,
  options: { readonly store: Store; readonly host: Pick<SessionHost, 'activeRoom' | 'endRoom'> },
): void {
  const { store, host } = options;
  /** @throws PublicError 404 for a room of others, and for one that nobody is in */
  const activeRoomOf = async (request: FastifyRequest, roomId: string): Promise<ActiveRoom> =>
    host.activeRoom((await roomOf(store, request, roomId)).id);

  server.get(
    '/active-rooms/:roomId',
    {
      schema: {
        tags,
        summary: 'The session of a room with somebody in it',
        params: roomParams,
        response: { 200: activeRoomSchema },
      },
    },
    async (request) => {
      const room = await roomOf(store, request, request.params.roomId);
      const active = host.activeRoom(room.id);
      return {
        id: room.id,
        name: room.name,
        customer_id: room.workspaceId,
        session: {
          id: active.sessionId,
          created_at: timeOf(active.startedAt),
          peers: active.peers({}).map(({ peerId }) => peerId),
        },
      };
    },
  );

  server.get(
    '/active-rooms/:roomId/peers',
    {
      schema: {
        tags,
        summary: 'Who is in the room',
        params: roomParams,
        querystring: activePeersQuery,
        response: { 200: z.object({ peers: z.record(z.string(), peerSchema) }) },
      },
    },
    async (request) => {
      const { user_id: userId, role } = request.query;
      const wanted = { ...(userId === undefined ? {} : { userId }), ...(role === undefined ? {} : { role }) };
      const peers = (await activeRoomOf(request, request.params.roomId)).peers(wanted);
      return { peers: Object.fromEntries(peers.map((peer) => [peer.peerId, peerObject(peer)])) };
    },
  );

  server.get(
    '/active-rooms/:roomId/peers/:peerId',
    {
      schema: {
        tags,
        summary: 'One who is in the room, with tracks',
        params: peerParams,
        response: { 200: peerWithTracksSchema },
      },
    },
    async (request) => {
      const { roomId, peerId } = request.params;
      return peerWithTracks((await activeRoomOf(request, roomId)).peer(peerId));
    },
  );

  server.post(
    '/active-rooms/:roomId/peers/:peerId',
    {
      schema: {
        tags,
        summary: 'Change name, metadata or role at once',
        params: peerParams,
        body: updateActivePeerBody,
        response: { 200: peerWithTracksSchema },
      },
    },
    async (request) => {
      const room = await activeRoomOf(request, request.params.roomId);
      const { name, metadata: data, role } = request.body;
      const change = {
        ...(name === undefined ? {} : { name }),
        ...(data === undefined ? {} : { data }),
        ...(role === undefined ? {} : { role }),
      };
      return peerWithTracks(room.changePeer(request.params.peerId, change));
    },
  );

  server.post(
    '/active-rooms/:roomId/send-message',
    {
      schema: {
        tags,
        summary: 'A message to a peer, a role, or everyone',
        params: roomParams,
        body: sendMessageBody,
        response: { 200: doneSchema },
      },
    },
    async (request) => {
      const room = await activeRoomOf(request, request.params.roomId);
      const { peer_id: peerId, peerId: alias, ...message } = request.body;
      room.send({ ...message, peerId: peerId ?? alias });
      return { message: 'message sent' };
    },
  );

  server.post(
    '/active-rooms/:roomId/remove-peers',
    {
      schema: {
        tags,
        summary: 'Take out a peer, or all of a role',
        params: roomParams,
        body: removePeersBody,
        response: { 200: doneSchema },
      },
    },
    async (request) => {
      const room = await activeRoomOf(request, request.params.roomId);
      const { peer_id: peerId, role, reason } = request.body;
      room.removePeers({ peerId, role }, reason);
      return { message: 'peer remove request submitted' };
    },
  );

  server.post(
    '/active-rooms/:roomId/end-room',
    {
      schema: {
        tags,
        summary: 'End the session; with lock nobody comes in again',
        params: roomParams,
        body: endActiveRoomBody,
        response: { 200: doneSchema },
      },
    },
    async (request) => {
      const room = await roomOf(store, request, request.params.roomId);
      host.endRoom(room.id, request.body);
      return { message: 'session is ending' };
    },
  );
}

function peerObject({ peerId, name, userId, data, role, joinedAt }: ActivePeer): ActivePeerObject {
  return { id: peerId, name, user_id: userId, metadata: data, role, joined_at: timeOf(joinedAt) };
}

function peerWithTracks(peer: ActivePeer): ActivePeerWithTracks {
  const tracks = peer.tracks.map(({ track, startedAt }) => {
    const { track_id: id, stream_id, mute, type, source, description = '' } = track;
    return [id, { id, stream_id, mute, type, source, description, started_at: timeOf(startedAt) }] as const;
  });
  return { ...peerObject(peer), tracks: Object.fromEntries(tracks) };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
