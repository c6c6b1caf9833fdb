import { type ExternalStreamObject, startExternalStreamBody } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import { externalStreamObject } from '../../platform/recording-objects.ts';
import type { KeptRecordings } from '../../recordings/remove-asset.ts';
import type { SessionHost } from '../../sessions/ports/host.ts';
import type { Readiness } from '../health.ts';
import type { WebServer } from '../web-server.ts';
import { answerSchema } from './answer-schema.ts';
import { beamRoutes, startBeam } from './beams.ts';
import { outputObjectShape } from './objects.ts';

const schema = answerSchema<ExternalStreamObject>()(
  z.object({
    ...outputObjectShape,
    rtmp_urls: z.array(z.string()),
    recording: z.boolean(),
    resolution: z.object({ width: z.int(), height: z.int() }),
  }),
);

/** `/v2/external-streams`: what is sent to other platforms by RTMP (server API, 2.6). */
export function externalStreamRoutes(
  server: WebServer,
  options: {
    readonly store: Store;
    readonly host: Pick<SessionHost, 'startBeam' | 'stopBeam'>;
    readonly readiness: Readiness;
    readonly kept: KeptRecordings;
  },
): void {
  beamRoutes(
    server,
    {
      kind: 'external_stream',
      path: '/external-streams',
      name: 'external stream',
      schema,
      describe: externalStreamObject,
    },
    options,
  );

  server.post(
    '/external-streams/room/:roomId/start',
    {
      schema: {
        tags: ['external streams'],
        summary: "Send the stage of the room's session to other platforms",
        params: z.object({ roomId: z.string() }),
        body: startExternalStreamBody,
        response: { 200: schema },
      },
    },
    async (request): Promise<ExternalStreamObject> => {
      options.readiness.assertAccepting();
      const { rtmp_urls: rtmpUrls, recording: record, destination, resolution, meeting_url: meetingUrl } = request.body;
      const beam = await startBeam(options, request, {
        kind: 'external_stream',
        record,
        rtmpUrls,
        destination,
        resolution,
        meetingUrl,
      });
      return externalStreamObject(beam);
    },
  );
}
