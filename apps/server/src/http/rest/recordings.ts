import { type RecordingObject, startRecordingBody } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import { recordingObject } from '../../platform/recording-objects.ts';
import type { KeptRecordings } from '../../recordings/remove-asset.ts';
import type { SessionHost } from '../../sessions/ports/host.ts';
import type { Readiness } from '../health.ts';
import type { WebServer } from '../web-server.ts';
import { answerSchema } from './answer-schema.ts';
import { beamRoutes, runningBeamOf, startBeam } from './beams.ts';
import { outputObjectShape } from './objects.ts';

const PAUSES = [
  ['pause', 'Leave out of the recording of the room what comes from now on', true],
  ['resume', 'Go on with the recording of the room', false],
] as const;

const schema = answerSchema<RecordingObject>()(
  z.object({
    ...outputObjectShape,
    asset_types: z.array(z.string()),
  }),
);

/** `/v2/recordings`: of the composed stage, without a live stream or beside one (server API, 2.7). */
export function recordingRoutes(
  server: WebServer,
  options: {
    readonly store: Store;
    readonly host: Pick<SessionHost, 'startBeam' | 'stopBeam' | 'setRecordingPaused'>;
    readonly readiness: Readiness;
    readonly kept: KeptRecordings;
  },
): void {
  beamRoutes(
    server,
    { kind: 'recording', path: '/recordings', name: 'recording', schema, describe: recordingObject },
    options,
  );

  server.post(
    '/recordings/room/:roomId/start',
    {
      schema: {
        tags: ['recordings'],
        summary: "Record the stage of the room's session",
        params: z.object({ roomId: z.string() }),
        body: startRecordingBody,
        response: { 200: schema },
      },
    },
    async (request): Promise<RecordingObject> => {
      options.readiness.assertAccepting();
      const { destination, resolution, meeting_url: meetingUrl } = request.body;
      const beam = await startBeam(options, request, {
        kind: 'recording',
        record: true,
        rtmpUrls: [],
        destination,
        resolution,
        meetingUrl,
      });
      return recordingObject(beam);
    },
  );

  for (const [what, summary, isPaused] of PAUSES) {
    server.post(
      `/recordings/room/:roomId/${what}`,
      {
        schema: {
          tags: ['recordings'],
          summary,
          params: z.object({ roomId: z.string() }),
          response: { 200: schema },
        },
      },
      async (request): Promise<RecordingObject> => {
        const { roomId } = await runningBeamOf(options.store, request, 'recording');
        await options.host.setRecordingPaused({ roomId, kind: 'browser', isPaused });
        return recordingObject(await runningBeamOf(options.store, request, 'recording'));
      },
    );
  }
}
