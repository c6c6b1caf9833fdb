import { join } from 'node:path';
import type { Seconds } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import type { RecordingAsset, Store } from '@amphi/store';
import * as z from 'zod';
import { fileNameOf, isVodPiece, placeOf, vodFolderOf } from '../recordings/asset-files.ts';
import type { DownloadLinks } from '../recordings/download-links.ts';
import type { KeptRecordings } from '../recordings/remove-asset.ts';
import { readStoredPiece, storedPieceUrl, storedUrlOf } from '../recordings/stored-files.ts';
import type { WebServer } from './web-server.ts';

/**
 * Files of recordings by signed links, whole or in ranges, and what HLS plays of a recorded stream. What is served follows from the asset's row; of the address only
 * its id is read. After `webApps`, which brings `sendFile`.
 */
export function recordingFileRoute(
  server: WebServer,
  options: KeptRecordings & {
    readonly store: Pick<Store, 'recordingAssets'>;
    readonly links: DownloadLinks;
  },
): void {
  const { store, links, node, directory } = options;

  async function keptAsset(id: string, ...types: RecordingAsset['type'][]): Promise<RecordingAsset> {
    const asset = await store.recordingAssets.find(id);
    if (!asset || (asset.node !== node && !asset.storedAt) || !types.includes(asset.type))
      throw new PublicError(404, 'this recording is not kept here any more');
    return asset;
  }

  server.get(
    '/recordings/:assetId/:name',
    {
      schema: {
        hide: true,
        params: z.object({ assetId: z.string(), name: z.string() }),
        querystring: z.object({
          expires: z.coerce.number().int().min(0).default(0),
          signature: z.string().max(100).default(''),
        }),
      },
    },
    async (request, reply) => {
      const { assetId } = request.params;
      links.check(assetId, request.query);
      const asset = await keptAsset(assetId, 'room-composite', 'track');
      const method = methodOf(request);
      const stored = await storedUrlOf(options, asset, { validFor: REDIRECTED_FOR, method });
      if (stored) return reply.header('cache-control', 'no-store').redirect(stored, 302);
      reply.header('content-disposition', `attachment; filename="${fileNameOf(asset)}"`);
      // The link is a secret for a time, and what it leads to never changes.
      reply.header('cache-control', 'private, max-age=3600');
      return reply.sendFile(placeOf(asset), directory, { cacheControl: false });
    },
  );

  // Players are other people's pages: without the headers of ranges they could not tell what they got.
  server.get(
    '/recordings/:assetId/:expires/:signature/:name',
    {
      schema: {
        hide: true,
        params: z.object({
          assetId: z.string(),
          expires: z.coerce.number().int().min(0),
          signature: z.string().max(100),
          name: z.string(),
        }),
      },
    },
    async (request, reply) => {
      const { assetId, expires, signature, name } = request.params;
      links.check(assetId, { expires, signature });
      const asset = await keptAsset(assetId, 'room-vod');
      if (!isVodPiece(name)) throw new PublicError(404, 'a recording has playlists and the files that they name');
      reply.headers(OPEN_TO_PLAYERS);
      if (asset.storedAt && /\.(m3u8|vtt)$/.test(name)) {
        // A player takes names in it as beside the address that it got it by.
        const text = await readStoredPiece(options, asset, name);
        reply.header('cache-control', 'private, max-age=3600');
        return reply.type(name.endsWith('.vtt') ? 'text/vtt' : 'application/vnd.apple.mpegurl').send(text);
      }
      if (asset.storedAt) {
        const method = methodOf(request);
        const url = await storedPieceUrl(options, asset, name, { validFor: REDIRECTED_FOR, method });
        return reply.header('cache-control', 'no-store').redirect(url, 302);
      }
      reply.header('cache-control', 'private, max-age=3600');
      return reply.sendFile(join(vodFolderOf(asset), name), directory, { cacheControl: false });
    },
  );
  server.options('/recordings/:assetId/:expires/:signature/:name', { schema: { hide: true } }, (_request, reply) =>
    reply.code(204).headers(OPEN_TO_PLAYERS).header('access-control-max-age', '7200').send(),
  );
}

/** To begin to read what one is led to. */
const REDIRECTED_FOR: Seconds = 3600;

/** A signed address is good for one method. */
function methodOf({ method }: { readonly method: string }): 'GET' | 'HEAD' {
  return method === 'HEAD' ? 'HEAD' : 'GET';
}

const OPEN_TO_PLAYERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'range',
  'access-control-expose-headers': 'content-length, content-range',
};
