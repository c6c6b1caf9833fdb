import { type CursorList, PublicError, type RecordingObject, startRecordingBody } from '@amphi/protocol';
import type { Beam, Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { recordingObject } from '../../platform/recording-objects.ts';
import type { SessionHost } from '../../sessions/ports.ts';
import type { Readiness } from '../health.ts';
import type { WebServer } from '../web-server.ts';
import { cursorList, cursorListSchema, outputListQuery, outputObjectShape } from './objects.ts';
import { roomOf, workspaceOf } from './workspace-access.ts';

const recordingObjectSchema: z.ZodType<RecordingObject> = z.object({
  ...outputObjectShape,
  asset_types: z.array(z.string()),
});
const roomParams = z.object({ roomId: z.string() });
const recordingParams = z.object({ recordingId: z.string() });
const tags = ['recordings'];

/** `/v2/recordings`: of the composed stage, without a live stream or beside one (server API, 2.7). */
export function recordingRoutes(
  server: WebServer,
  options: {
    readonly store: Store;
    readonly host: Pick<SessionHost, 'startBeam' | 'stopBeam'>;
    readonly readiness: Readiness;
  },
): void {
  const { store, host, readiness } = options;

  server.post(
    '/recordings/room/:roomId/start',
    {
      schema: {
        tags,
        summary: "Record the stage of the room's session",
        params: roomParams,
        body: startRecordingBody,
        response: { 200: recordingObjectSchema },
      },
    },
    async (request): Promise<RecordingObject> => {
      readiness.assertAccepting();
      const room = await roomOf(store, request, request.params.roomId);
      const { destination, resolution } = request.body;
      const wanted = { kind: 'recording', record: true, rtmpUrls: [], destination, resolution } as const;
      const id = await host.startBeam(room.id, wanted);
      return recordingObject(await recordingOf(store, request, id));
    },
  );

  server.post(
    '/recordings/room/:roomId/stop',
    {
      schema: {
        tags,
        summary: 'Stop the recording of the room',
        params: roomParams,
        response: { 200: cursorListSchema(recordingObjectSchema) },
      },
    },
    async (request): Promise<CursorList<RecordingObject>> => {
      const room = await roomOf(store, request, request.params.roomId);
      await requireRunning(store, request, room.id);
      const id = await host.stopBeam(room.id);
      const data = id === undefined ? [] : [recordingObject(await recordingOf(store, request, id))];
      return { limit: 10, data, last: data.at(-1)?.id ?? '' };
    },
  );

  server.post(
    '/recordings/:recordingId/stop',
    {
      schema: {
        tags,
        summary: 'Stop a recording',
        params: recordingParams,
        response: { 200: recordingObjectSchema },
      },
    },
    async (request): Promise<RecordingObject> => {
      const recording = await recordingOf(store, request, request.params.recordingId);
      if (!isOn(recording)) throw new PublicError(404, 'no active beam found');
      await host.stopBeam(recording.roomId);
      return recordingObject(await recordingOf(store, request, recording.id));
    },
  );

  server.get(
    '/recordings',
    {
      schema: {
        tags,
        summary: 'List recordings, newest first',
        querystring: outputListQuery,
        response: { 200: cursorListSchema(recordingObjectSchema) },
      },
    },
    async (request): Promise<CursorList<RecordingObject>> => {
      const { limit, start, room_id: roomId, session_id: sessionId, status } = request.query;
      const page = {
        kind: 'recording',
        workspaceId: workspaceOf(request),
        roomId,
        sessionId,
        status,
        limit,
        start,
      } as const;
      return cursorList(await store.beams.list(page), limit, (beam) => recordingObject(beam));
    },
  );

  server.get(
    '/recordings/:recordingId',
    {
      schema: {
        tags,
        summary: 'Read a recording, with its files',
        params: recordingParams,
        response: { 200: recordingObjectSchema },
      },
    },
    async (request): Promise<RecordingObject> => {
      const recording = await recordingOf(store, request, request.params.recordingId);
      return recordingObject(recording, await store.recordingAssets.ofJobs([recording.id]));
    },
  );
}

function isOn({ status }: Beam): boolean {
  return status === 'starting' || status === 'running';
}

/** An external stream is stopped by its own route. @throws PublicError 404 */
async function requireRunning(store: Store, request: FastifyRequest, roomId: string): Promise<void> {
  const page = { kind: 'recording', workspaceId: workspaceOf(request), roomId, limit: 1 } as const;
  const [latest] = await store.beams.list(page);
  if (!latest || !isOn(latest)) throw new PublicError(404, 'no active beam found');
}

/** What belongs to another workspace does not exist. @throws PublicError 404 */
async function recordingOf(store: Pick<Store, 'beams'>, request: FastifyRequest, id: string): Promise<Beam> {
  const beam = await store.beams.find(id);
  if (beam?.kind !== 'recording' || beam.workspaceId !== workspaceOf(request)) {
    throw new PublicError(404, 'Recording not found');
  }
  return beam;
}
