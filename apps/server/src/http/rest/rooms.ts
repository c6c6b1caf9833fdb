import { randomUUID } from 'node:crypto';
import { type CreateRoomBody, createRoomBody, objectId, PublicError } from '@amphi/protocol';
import type { Room, RoomChange, Store, Template } from '@amphi/store';
import { StoreError } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { SessionHost } from '../../sessions/ports/host.ts';
import { keptAnswer } from '../kept-answers.ts';
import type { WebServer } from '../web-server.ts';
import { cursorList, cursorListSchema, pageQuery, roomObject, roomObjectSchema } from './objects.ts';
import { flag, spanQuery } from './queries.ts';
import { knownRoomOf, roomOf, workspaceOf } from './workspace-access.ts';

/** More peers than this need `large_room`. */
const MAX_SIZE = 2500;

const update = createRoomBody.extend({ enabled: z.boolean().optional() });
const listQuery = z.object({
  name: z.string().optional(),
  /** Ours: part of the name, in any case, or the whole id. */
  search: z.string().trim().min(1).max(120).optional(),
  enabled: flag.optional(),
  template_id: objectId.optional(),
  ...spanQuery.shape,
  ...pageQuery.shape,
});
const params = z.object({ roomId: z.string() });
const tags = ['rooms'];

const knownRoom = keptAnswer(roomObject);
const roomList = keptAnswer((rooms: readonly Room[], limit: number) => cursorList(rooms, limit, roomObject));

/** `/v2/rooms`. */
export function roomRoutes(
  server: WebServer,
  options: {
    readonly store: Store;
    readonly host: Pick<SessionHost, 'endSession'>;
    /** The largest `size` that this server has place for. */
    readonly largestSize: number;
  },
): void {
  const { store, host, largestSize } = options;
  server.post(
    '/rooms',
    {
      schema: {
        tags,
        summary: 'Create a room, or update the one of this name',
        body: createRoomBody,
        response: { 200: roomObjectSchema },
      },
      preValidation: refuseTemplateField,
    },
    async (request) => {
      const { body } = request;
      checkSize(body.size, body.large_room ?? false);
      requirePlaces(body.size, largestSize);
      const workspaceId = workspaceOf(request);
      await requirePolls(store, workspaceId, body.polls);
      const template = await chosenTemplate(store, workspaceId, body.template_id);
      if (!template) throw new PublicError(400, 'template_id is missing and the workspace has no default template');
      const room = await store.rooms.upsert(
        {
          ...changeOf(body),
          workspaceId,
          name: body.name ?? randomUUID(),
          template: { id: template.id, appId: template.appId },
        },
        { replaceTemplate: body.template_id !== undefined },
      );
      return roomObject(room);
    },
  );

  server.get(
    '/rooms',
    {
      schema: {
        tags,
        summary: 'List rooms, newest first',
        querystring: listQuery,
        response: { 200: cursorListSchema(roomObjectSchema) },
      },
    },
    async (request) => {
      const { query } = request;
      const rooms = await store.admissions.roomPage({
        workspaceId: workspaceOf(request),
        name: query.name,
        search: query.search,
        enabled: query.enabled,
        templateId: query.template_id,
        after: query.after,
        before: query.before,
        limit: query.limit,
        start: query.start,
      });
      return roomList(rooms, query.limit);
    },
  );

  server.get(
    '/rooms/:roomId',
    { schema: { tags, summary: 'Read a room', params, response: { 200: roomObjectSchema } } },
    async (request) => knownRoom(await knownRoomOf(store, request, request.params.roomId)),
  );

  server.post(
    '/rooms/:roomId',
    {
      schema: {
        tags,
        summary: 'Update a room; fields not sent keep their value',
        params,
        body: update,
        response: { 200: roomObjectSchema },
      },
      preValidation: refuseTemplateField,
    },
    async (request) => {
      const { body } = request;
      const room = await roomOf(store, request, request.params.roomId);
      await requirePolls(store, room.workspaceId, body.polls);
      checkSize(body.size ?? room.size ?? undefined, body.large_room ?? room.largeRoom);
      requirePlaces(body.size, largestSize);
      const template =
        body.template_id === undefined
          ? undefined
          : await chosenTemplate(store, workspaceOf(request), body.template_id);
      const change: RoomChange = {
        ...changeOf(body),
        name: body.name,
        enabled: body.enabled,
        template: template && { id: template.id, appId: template.appId },
      };
      try {
        const updated = (await store.rooms.update(room.id, change)) ?? room;
        if (!updated.enabled) host.endSession(room.id);
        return roomObject(updated);
      } catch (error) {
        if (error instanceof StoreError && error.code === 'taken') {
          throw new PublicError(400, error.message, { cause: error });
        }
        throw error;
      }
    },
  );
}

function changeOf(body: CreateRoomBody): RoomChange {
  return {
    description: body.description,
    region: body.region,
    size: body.size,
    maxDurationSeconds: body.max_duration_seconds,
    largeRoom: body.large_room,
    webhook: body.webhook,
    polls: body.polls,
  };
}

/** @throws PublicError 400 */
async function requirePolls(
  store: Pick<Store, 'polls'>,
  workspaceId: string,
  ids: readonly string[] = [],
): Promise<void> {
  const known = await store.polls.known(workspaceId, ids);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new PublicError(400, `Invalid body param: polls: ids of polls, got "${unknown}"`);
}

async function chosenTemplate(
  store: Pick<Store, 'apps' | 'admissions'>,
  workspaceId: string,
  templateId: string | undefined,
): Promise<Template | undefined> {
  // A workspace has the same one for good.
  if (templateId === undefined) return store.admissions.defaultTemplate(workspaceId);
  const template = await store.apps.findTemplate(templateId);
  if (template?.workspaceId !== workspaceId) throw new PublicError(400, 'Error: template not found');
  return template;
}

function checkSize(size: number | undefined, largeRoom: boolean): void {
  if (size === undefined || size <= MAX_SIZE || largeRoom) return;
  throw wrongSize(`greater than ${MAX_SIZE}, set large_room flag as true`);
}

/** @throws PublicError 400 */
function requirePlaces(size: number | undefined, most: number): void {
  if (size === undefined || size <= most) return;
  throw wrongSize(`greater than ${most}, for which this server has places (limits.peersPerLargeRoom), got ${size}`);
}

function wrongSize(why: string): PublicError {
  return new PublicError(400, 'Invalid body param', { details: [`Invalid body param: room size ${why}`] });
}

/** The field of old that names the template: dropping it silently would put the room on another template. */
async function refuseTemplateField(request: FastifyRequest): Promise<void> {
  if (typeof request.body === 'object' && request.body !== null && 'template' in request.body) {
    throw new PublicError(400, 'Invalid body param: template. Use template_id');
  }
}
