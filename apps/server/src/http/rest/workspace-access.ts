import { assert, type Clock, charge, type Limit } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import type { LiveStreamRow, Room, Store, Template } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import { addressKey } from '../../budgets/address-key.ts';
import { overBudget } from '../../budgets/over-budget.ts';
import type { ManagementTokens } from '../../tokens/management-tokens.ts';
import { errorBody } from '../bodies.ts';
import type { WebServer } from '../web-server.ts';

const workspaceIds = new WeakMap<FastifyRequest, string>();

/** What any operation may answer beside what it is asked for. */
const ERRORS = {
  400: errorBody,
  401: errorBody,
  403: errorBody,
  404: errorBody,
  413: errorBody,
  429: errorBody,
  503: errorBody,
};

/** Lets in bearers of a management token only, before anything else is looked at; the description of each route says so. */
export function requireManagementToken(server: WebServer, tokens: ManagementTokens): void {
  server.addHook('onRoute', ({ schema }) => {
    if (schema)
      Object.assign(schema, {
        security: [{ managementToken: [] }],
        response: { ...ERRORS, ...(schema.response as object) },
      });
  });
  server.addHook('onRequest', async (request) => {
    workspaceIds.set(request, await tokens.verify(request.headers.authorization, addressKey(request.ip)));
  });
}

/**
 * The second door to the same operations: who is signed in to the dashboard asks for the workspace of their account. It is
 * nobody else's interface, so that the description does not tell of it.
 * @param workspaceIdOf of a request that was let in already
 */
export function letInSignedIn(server: WebServer, workspaceIdOf: (request: FastifyRequest) => string): void {
  server.addHook('onRoute', ({ schema }) => {
    if (schema) Object.assign(schema, { hide: true, response: { ...ERRORS, ...(schema.response as object) } });
  });
  server.addHook('onRequest', async (request) => {
    workspaceIds.set(request, workspaceIdOf(request));
  });
}

/** Nothing is looked up for what is beyond (BUD34). To be called after a door. */
export function boundRequests(server: WebServer, perWorkspace: Limit, clock: Clock): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const refusal = charge([{ limit: perWorkspace, key: workspaceOf(request) }], clock.now());
    done(refusal && overBudget(refusal));
  });
}

/** The workspace that the request speaks for. */
export function workspaceOf(request: FastifyRequest): string {
  const workspaceId = workspaceIds.get(request);
  assert(workspaceId !== undefined, 'a route of REST v2 stands outside of its token check');
  return workspaceId;
}

/** What belongs to another workspace does not exist. @throws PublicError 404 */
export async function roomOf(store: Pick<Store, 'rooms'>, request: FastifyRequest, roomId: string): Promise<Room> {
  const room = await store.rooms.find(roomId);
  if (room?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'Room not found');
  return room;
}

/**
 * The same from memory, for who only looks: what this server writes is in it at once, what another one on the same database
 * writes within seconds (`Admissions`). @throws PublicError 404
 */
export async function knownRoomOf(
  store: Pick<Store, 'admissions'>,
  request: FastifyRequest,
  roomId: string,
): Promise<Room> {
  const room = (await store.admissions.place(roomId))?.room;
  if (room?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'Room not found');
  return room;
}

/** @throws PublicError 404 */
export async function templateOf(
  store: Pick<Store, 'apps'>,
  request: FastifyRequest,
  templateId: string,
): Promise<Template> {
  const template = await store.apps.findTemplate(templateId);
  if (template?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'Template not found');
  return template;
}

/** The same from memory, as of a room. @throws PublicError 404 */
export async function knownTemplateOf(
  store: Pick<Store, 'admissions'>,
  request: FastifyRequest,
  templateId: string,
): Promise<Template> {
  const template = await store.admissions.template(templateId);
  if (template?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'Template not found');
  return template;
}

/** @throws PublicError 404 */
export async function liveStreamOf(
  store: Pick<Store, 'liveStreams'>,
  request: FastifyRequest,
  streamId: string,
): Promise<LiveStreamRow> {
  const stream = await store.liveStreams.find(streamId);
  if (stream?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'Live stream not found');
  return stream;
}
