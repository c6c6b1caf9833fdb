import {
  type CursorList,
  type PresignedUrl,
  PublicError,
  presignQuery,
  type RecordingAssetObject,
} from '@amphi/protocol';
import type { RecordingAsset, Store } from '@amphi/store';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { recordingAssetObject } from '../../platform/recording-objects.ts';
import { pathOf } from '../../recordings/asset-files.ts';
import type { DownloadLinks } from '../../recordings/download-links.ts';
import { type KeptRecordings, removeAsset } from '../../recordings/remove-asset.ts';
import { storedUrlOf } from '../../recordings/stored-files.ts';
import type { PublicAddress } from '../public-address.ts';
import type { WebServer } from '../web-server.ts';
import { answerSchema } from './answer-schema.ts';
import { assetShape, cursorList, cursorListSchema, pageQuery } from './objects.ts';
import { workspaceOf } from './workspace-access.ts';

const assetObjectSchema = answerSchema<RecordingAssetObject>()(
  z.object({
    ...assetShape,
    job_id: z.string(),
    room_id: z.string(),
    session_id: z.string(),
  }),
);
const listQuery = pageQuery.extend({
  room_id: z.string().optional(),
  session_id: z.string().optional(),
  status: z.enum(['processing', 'completed', 'failed']).optional(),
  type: z.string().max(100).optional(),
  /** As some of the public guides write it. */
  asset_type: z.string().max(100).optional(),
});
const assetParams = z.object({ assetId: z.string() });
const tags = ['recordings'];

/** `/v2/recording-assets`: files that were recorded (server API, 2.8). */
export function recordingAssetRoutes(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'recordingAssets'>;
    readonly links: DownloadLinks;
    readonly address: PublicAddress;
    readonly kept: KeptRecordings;
  },
): void {
  const { store, links, address, kept } = options;

  server.get(
    '/recording-assets',
    {
      schema: {
        tags,
        summary: 'List files of recordings, newest first',
        querystring: listQuery,
        response: { 200: cursorListSchema(assetObjectSchema) },
      },
    },
    async (request): Promise<CursorList<RecordingAssetObject>> => {
      const { limit, start, room_id: roomId, session_id: sessionId, status, type, asset_type } = request.query;
      const workspaceId = workspaceOf(request);
      const page = { workspaceId, roomId, sessionId, status, type: type ?? asset_type, limit, start };
      return cursorList(await store.recordingAssets.list(page), limit, recordingAssetObject);
    },
  );

  server.get(
    '/recording-assets/:assetId',
    {
      schema: {
        tags,
        summary: 'Read what is known of a file',
        params: assetParams,
        response: { 200: assetObjectSchema },
      },
    },
    async (request): Promise<RecordingAssetObject> => recordingAssetObject(await assetOf(store, request)),
  );

  server.delete(
    '/recording-assets/:assetId',
    {
      schema: {
        tags,
        summary: 'Remove a file for good',
        params: assetParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await removeAsset(store, kept, await assetOf(store, request));
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/recording-assets/:assetId/presigned-url',
    {
      schema: {
        tags,
        summary: 'A link to the file, for some time',
        params: assetParams,
        querystring: presignQuery,
        response: {
          200: z.object({ id: z.string(), path: z.string(), url: z.string(), expiry: z.int() }),
        },
      },
    },
    async (request): Promise<PresignedUrl> => {
      const asset = await assetOf(store, request);
      const { presign_duration: expiry } = request.query;
      const url =
        (await storedUrlOf(kept, asset, { validFor: expiry })) ?? address.baseFor(request) + links.sign(asset, expiry);
      return { id: asset.id, path: pathOf(asset), url, expiry };
    },
  );
}

/** What belongs to another workspace does not exist. @throws PublicError 404 */
async function assetOf(
  store: Pick<Store, 'recordingAssets'>,
  request: FastifyRequest<{ Params: { assetId: string } }>,
): Promise<RecordingAsset> {
  const asset = await store.recordingAssets.find(request.params.assetId);
  if (asset?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'Recording asset not found');
  return asset;
}
