import {
  type CursorList,
  compositionWish,
  type LiveStreamObject,
  liveStreamComposition,
  PublicError,
  startLiveStreamBody,
  timedMetadata,
} from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import { liveStreamObject } from '../../platform/live-stream-records.ts';
import type { SessionHost } from '../../sessions/ports/host.ts';
import { MAX_COMPOSITION_BYTES } from '../bodies.ts';
import type { Readiness } from '../health.ts';
import type { WebServer } from '../web-server.ts';
import { cursorList, cursorListSchema, liveStreamObjectSchema, outputListQuery } from './objects.ts';
import { liveStreamOf, roomOf, workspaceOf } from './workspace-access.ts';

const roomParams = z.object({ roomId: z.string() });
const streamParams = z.object({ streamId: z.string() });
const tags = ['live streams'];

const PAUSES = [
  ['pause', 'Leave out of the files of a stream what comes from now on; the stream goes on', true],
  ['resume', 'Go on with the files of a stream', false],
] as const;

/** `/v2/live-streams`: HLS of a room's session. */
export function liveStreamRoutes(
  server: WebServer,
  options: {
    readonly store: Store;
    readonly host: Pick<
      SessionHost,
      'startLiveStream' | 'stopLiveStreams' | 'recomposeLiveStream' | 'sendTimedMetadata' | 'setRecordingPaused'
    >;
    readonly readiness: Readiness;
  },
): void {
  const { store, host, readiness } = options;

  server.post(
    '/live-streams/room/:roomId/start',
    {
      schema: {
        tags,
        summary: "Start the stream of the room's session",
        params: roomParams,
        body: startLiveStreamBody,
        response: { 200: liveStreamObjectSchema },
      },
    },
    async (request): Promise<LiveStreamObject> => {
      readiness.assertAccepting();
      const room = await roomOf(store, request, request.params.roomId);
      const { destination, recording, meeting_url: meetingUrl } = request.body;
      return host.startLiveStream({
        roomId: room.id,
        isRecorded: recording?.single_file_per_layer,
        hasVod: recording?.hls_vod,
        meetingUrl,
        ...(destination === undefined ? {} : { destination }),
      });
    },
  );

  server.post(
    '/live-streams/room/:roomId/stop',
    {
      schema: {
        tags,
        summary: 'Stop all streams of the room',
        params: roomParams,
        response: { 200: cursorListSchema(liveStreamObjectSchema) },
      },
    },
    async (request): Promise<CursorList<LiveStreamObject>> => {
      const room = await roomOf(store, request, request.params.roomId);
      const data = await host.stopLiveStreams({ roomId: room.id });
      return { limit: 10, data, last: data.at(-1)?.id ?? '' };
    },
  );

  server.post(
    '/live-streams/room/:roomId/composition',
    {
      bodyLimit: MAX_COMPOSITION_BYTES,
      schema: {
        tags,
        summary: 'Draw the running stream of the room otherwise, also in another shape; what is not given stays',
        params: roomParams,
        body: compositionWish,
        response: { 200: liveStreamComposition },
      },
    },
    async (request) => {
      const room = await roomOf(store, request, request.params.roomId);
      const composition = host.recomposeLiveStream({ roomId: room.id, change: request.body });
      if (!composition) throw new PublicError(404, 'hls not running');
      return { composition };
    },
  );

  server.get(
    '/live-streams',
    {
      schema: {
        tags,
        summary: 'List streams, newest first',
        querystring: outputListQuery,
        response: { 200: cursorListSchema(liveStreamObjectSchema) },
      },
    },
    async (request): Promise<CursorList<LiveStreamObject>> => {
      const { limit, start, room_id: roomId, session_id: sessionId, status } = request.query;
      const page = { workspaceId: workspaceOf(request), roomId, sessionId, status, limit, start };
      return cursorList(await store.liveStreams.list(page), limit, (stream) => liveStreamObject(stream));
    },
  );

  server.get(
    '/live-streams/:streamId',
    {
      schema: {
        tags,
        summary: 'Read a stream, with its files',
        params: streamParams,
        response: { 200: liveStreamObjectSchema },
      },
    },
    async (request): Promise<LiveStreamObject> => {
      const stream = await liveStreamOf(store, request, request.params.streamId);
      return liveStreamObject(stream, await store.recordingAssets.ofJobs([stream.id]));
    },
  );

  server.post(
    '/live-streams/:streamId/timed-metadata',
    {
      schema: {
        tags,
        summary: 'Send the viewers of a stream a message that belongs to the picture of now',
        params: streamParams,
        body: timedMetadata,
        response: { 200: liveStreamObjectSchema },
      },
    },
    async (request): Promise<LiveStreamObject> => {
      const stream = await liveStreamOf(store, request, request.params.streamId);
      if (stream.status !== 'running') throw new PublicError(404, 'hls not running');
      await host.sendTimedMetadata({ roomId: stream.roomId, message: request.body });
      return liveStreamObject(stream);
    },
  );

  for (const [what, summary, isPaused] of PAUSES) {
    server.post(
      `/live-streams/:streamId/${what}-recording`,
      { schema: { tags, summary, params: streamParams, response: { 200: liveStreamObjectSchema } } },
      async (request): Promise<LiveStreamObject> => {
        const stream = await liveStreamOf(store, request, request.params.streamId);
        if (stream.status !== 'running') throw new PublicError(404, 'hls not running');
        await host.setRecordingPaused({ roomId: stream.roomId, kind: 'hls', isPaused });
        return liveStreamObject(await liveStreamOf(store, request, stream.id));
      },
    );
  }

  server.post(
    '/live-streams/:streamId/stop',
    {
      schema: {
        tags,
        summary: 'Stop a stream',
        params: streamParams,
        response: { 200: liveStreamObjectSchema },
      },
    },
    async (request): Promise<LiveStreamObject> => {
      const stream = await liveStreamOf(store, request, request.params.streamId);
      if (stream.status !== 'starting' && stream.status !== 'running') throw new PublicError(404, 'hls not running');
      const stopped = await host.stopLiveStreams({ roomId: stream.roomId });
      const own = stopped.find(({ id }) => id === stream.id);
      return own ?? liveStreamObject(await liveStreamOf(store, request, stream.id));
    },
  );
}
