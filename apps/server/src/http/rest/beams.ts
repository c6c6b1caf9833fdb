import { type CursorList, type ExternalStreamObject, PublicError, type RecordingObject } from '@amphi/protocol';
import type { Beam, BeamKind, RecordingAsset, Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { type KeptRecordings, removeAsset } from '../../recordings/remove-asset.ts';
import type { BeamStart, SessionHost } from '../../sessions/ports/host.ts';
import type { WebServer } from '../web-server.ts';
import { cursorList, cursorListSchema, outputListQuery } from './objects.ts';
import { roomOf, workspaceOf } from './workspace-access.ts';

const roomParams = z.object({ roomId: z.string() });
const beamParams = z.object({ beamId: z.string() });

type BeamAnswer = RecordingObject | ExternalStreamObject;

/** How one kind of what runs for a room is told of. */
export interface BeamRoutes {
  readonly kind: BeamKind;
  /** `/recordings`. */
  readonly path: string;
  /** `recording`. */
  readonly name: string;
  readonly schema: z.ZodType<BeamAnswer>;
  readonly describe: (beam: Beam, assets?: readonly RecordingAsset[]) => BeamAnswer;
}

interface Dependencies {
  readonly store: Store;
  readonly host: Pick<SessionHost, 'startBeam' | 'stopBeam'>;
}

/** Starts one. @throws PublicError as `SessionHost.startBeam`; 404 for a room of others */
export async function startBeam(
  { store, host }: Dependencies,
  request: FastifyRequest<{ Params: { roomId: string } }>,
  wanted: BeamStart,
): Promise<Beam> {
  const room = await roomOf(store, request, request.params.roomId);
  return beamOf(store, request, { id: await host.startBeam(room.id, wanted), kind: wanted.kind });
}

/** That of the room, of one kind: the other kind has routes of its own. @throws PublicError 404 */
export async function runningBeamOf(
  store: Store,
  request: FastifyRequest<{ Params: { roomId: string } }>,
  kind: BeamKind,
): Promise<Beam> {
  const room = await roomOf(store, request, request.params.roomId);
  const [latest] = await store.beams.list({ kind, workspaceId: workspaceOf(request), roomId: room.id, limit: 1 });
  if (!latest || !isOn(latest)) throw new PublicError(404, 'no active beam found');
  return latest;
}

/** What recordings and external streams have in common: they are stopped, listed and read alike (server API, 2.6 and 2.7). */
export function beamRoutes(
  server: WebServer,
  { kind, path, name, schema, describe }: BeamRoutes,
  { store, host, kept }: Dependencies & { readonly kept: KeptRecordings },
): void {
  const tags = [`${name}s`];

  server.post(
    `${path}/room/:roomId/stop`,
    {
      schema: {
        tags,
        summary: `Stop the ${name} of the room`,
        params: roomParams,
        response: { 200: cursorListSchema(schema) },
      },
    },
    async (request): Promise<CursorList<BeamAnswer>> => {
      const { roomId } = await runningBeamOf(store, request, kind);
      const id = await host.stopBeam(roomId);
      const data = id === undefined ? [] : [describe(await beamOf(store, request, { id: id, kind }))];
      return { limit: 10, data, last: data.at(-1)?.id ?? '' };
    },
  );

  server.post(
    `${path}/:beamId/stop`,
    { schema: { tags, summary: `Stop one ${name}`, params: beamParams, response: { 200: schema } } },
    async (request): Promise<BeamAnswer> => {
      const beam = await beamOf(store, request, { id: request.params.beamId, kind });
      if (!isOn(beam)) throw new PublicError(404, 'no active beam found');
      await host.stopBeam(beam.roomId);
      return describe(await beamOf(store, request, { id: beam.id, kind }));
    },
  );

  server.delete(
    `${path}/:beamId`,
    {
      schema: {
        tags,
        summary: `Remove the files of one ${name} for good`,
        params: beamParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const beam = await beamOf(store, request, { id: request.params.beamId, kind });
      if (beam.status !== 'completed' && beam.status !== 'failed') {
        throw new PublicError(409, `status: "${beam.status}"; files are removed once it is completed or failed`);
      }
      for (const asset of await store.recordingAssets.ofJobs([beam.id])) await removeAsset(store, kept, asset);
      return reply.code(204).send(null);
    },
  );

  server.get(
    path,
    {
      schema: {
        tags,
        summary: `List ${name}s, newest first`,
        querystring: outputListQuery,
        response: { 200: cursorListSchema(schema) },
      },
    },
    async (request): Promise<CursorList<BeamAnswer>> => {
      const { limit, start, room_id: roomId, session_id: sessionId, status } = request.query;
      const page = { kind, workspaceId: workspaceOf(request), roomId, sessionId, status, limit, start };
      return cursorList(await store.beams.list(page), limit, (beam) => describe(beam));
    },
  );

  server.get(
    `${path}/:beamId`,
    { schema: { tags, summary: `Read one ${name}, with its files`, params: beamParams, response: { 200: schema } } },
    async (request): Promise<BeamAnswer> => {
      const beam = await beamOf(store, request, { id: request.params.beamId, kind });
      return describe(beam, await store.recordingAssets.ofJobs([beam.id]));
    },
  );
}

/** What belongs to another workspace does not exist. @throws PublicError 404 */
async function beamOf(
  store: Pick<Store, 'beams'>,
  request: FastifyRequest,
  { id, kind }: { readonly id: string; readonly kind: BeamKind },
): Promise<Beam> {
  const beam = await store.beams.find(id);
  if (beam?.kind === kind && beam.workspaceId === workspaceOf(request)) return beam;
  throw new PublicError(404, kind === 'recording' ? 'Recording not found' : 'External stream not found');
}

function isOn({ status }: Beam): boolean {
  return status === 'starting' || status === 'running';
}
