import { PublicError } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import { fileNameOf, placeOf } from '../recordings/asset-files.ts';
import type { DownloadLinks } from '../recordings/download-links.ts';
import type { WebServer } from './web-server.ts';

/**
 * Files of recordings by signed links, whole or in ranges. What is served follows from the asset's row; of the address only
 * its id is read. After `webApps`, which brings `sendFile`.
 */
export function recordingFileRoute(
  server: WebServer,
  options: {
    readonly store: Pick<Store, 'recordingAssets'>;
    readonly links: DownloadLinks;
    /** Of this process; files of others lie elsewhere. */
    readonly node: string;
    readonly directory: string;
  },
): void {
  const { store, links, node, directory } = options;
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
      const asset = await store.recordingAssets.find(assetId);
      if (!asset || asset.node !== node) throw new PublicError(404, 'this recording is not kept here any more');
      reply.header('content-disposition', `attachment; filename="${fileNameOf(asset)}"`);
      // The link is a secret for a time, and what it leads to never changes.
      reply.header('cache-control', 'private, max-age=3600');
      return reply.sendFile(placeOf(asset), directory, { cacheControl: false });
    },
  );
}
