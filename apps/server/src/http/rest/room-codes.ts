import { type CursorList, PublicError, type RoomCodeObject } from '@amphi/protocol';
import type { Room, Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { SessionHost } from '../../sessions/ports/host.ts';
import type { WebServer } from '../web-server.ts';
import { cursorList, cursorListSchema, pageQuery, roomCodeObject, roomCodeObjectSchema } from './objects.ts';
import { roomOf } from './workspace-access.ts';

const roomParams = z.object({ roomId: z.string() });
const listQuery = pageQuery.extend({
  role: z.string().optional(),
  enabled: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
/** Other fields are refused here, unlike elsewhere. */
const enableBody = z.strictObject({ code: z.string(), enabled: z.boolean() });
const tags = ['room codes'];

/** `/v2/room-codes`. */
export function roomCodeRoutes(
  server: WebServer,
  { store, host }: { readonly store: Store; readonly host: Pick<SessionHost, 'closeCode'> },
): void {
  server.post(
    '/room-codes/room/:roomId',
    {
      schema: {
        tags,
        summary: 'A code for each role; existing ones are kept, those of removed roles disabled',
        params: roomParams,
        response: { 200: z.object({ data: z.array(roomCodeObjectSchema) }) },
      },
    },
    async (request): Promise<{ data: RoomCodeObject[] }> => {
      const room = await activeRoom(store, request, request.params.roomId);
      const codes = await store.roomCodes.ensureForRoles(room.id, await rolesOf(store, room));
      return { data: codes.map(roomCodeObject) };
    },
  );

  server.post(
    '/room-codes/room/:roomId/role/:role',
    {
      schema: {
        tags,
        summary: 'Another code for a role',
        params: roomParams.extend({ role: z.string() }),
        response: { 200: roomCodeObjectSchema },
      },
    },
    async (request): Promise<RoomCodeObject> => {
      const room = await activeRoom(store, request, request.params.roomId);
      const { role } = request.params;
      if (!(await rolesOf(store, room)).includes(role)) throw new PublicError(404, `Role not found: ${role}`);
      return roomCodeObject(await store.roomCodes.create(room.id, role));
    },
  );

  server.get(
    '/room-codes/room/:roomId',
    {
      schema: {
        tags,
        summary: 'List the codes of a room, newest first',
        params: roomParams,
        querystring: listQuery,
        response: { 200: cursorListSchema(roomCodeObjectSchema) },
      },
    },
    async (request): Promise<CursorList<RoomCodeObject>> => {
      const room = await activeRoom(store, request, request.params.roomId);
      const codes = await store.roomCodes.list({ roomId: room.id, ...request.query });
      return cursorList(codes, request.query.limit, roomCodeObject);
    },
  );

  server.post(
    '/room-codes/code',
    {
      schema: {
        tags,
        summary: 'Enable or disable a code',
        description: 'Whoever came by a code that is disabled is put out.',
        body: enableBody,
        response: { 200: roomCodeObjectSchema },
      },
    },
    async (request): Promise<RoomCodeObject> => {
      const { code, enabled } = request.body;
      const found = await store.roomCodes.find(code);
      const room = found && (await roomOf(store, request, found.roomId).catch(notOurs));
      if (!found || !room) throw new PublicError(404, 'Room code not found');
      if (enabled && !(await rolesOf(store, room)).includes(found.role)) {
        throw new PublicError(403, `the code cannot be enabled: role ${found.role} is no longer in the template`);
      }
      const changed = (await store.roomCodes.setEnabled(code, enabled)) ?? found;
      if (!changed.enabled) host.closeCode({ roomId: room.id, codeId: changed.id });
      return roomCodeObject(changed);
    },
  );
}

/** @throws PublicError 404, and 403 when the room is disabled */
async function activeRoom(store: Store, request: FastifyRequest, roomId: string): Promise<Room> {
  const room = await roomOf(store, request, roomId);
  if (!room.enabled) throw new PublicError(403, 'Room is disabled');
  return room;
}

async function rolesOf(store: Store, room: Room): Promise<readonly string[]> {
  const template = await store.apps.findTemplate(room.templateId);
  return Object.keys(template?.body.roles ?? {});
}

function notOurs(error: unknown): undefined {
  if (error instanceof PublicError && error.code === 404) return undefined;
  throw error;
}
