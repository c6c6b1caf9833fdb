import { PublicError } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import * as z from 'zod';
import type { QualityArchive } from '../../sessions/ports/records.ts';
import type { WebServer } from '../web-server.ts';
import { type PeerStats, peerStats, seriesOf } from './peer-series.ts';
import { workspaceOf } from './workspace-access.ts';

/** `/v2/analytics/peer-stats`: how media of a peer have fared in a session that is over (server API, 2.14). */
export function peerStatsRoutes(
  server: WebServer,
  { store, quality }: { readonly store: Pick<Store, 'history'>; readonly quality: Pick<QualityArchive, 'read'> },
): void {
  server.get(
    '/analytics/peer-stats',
    {
      schema: {
        tags: ['analytics'],
        summary: 'How media of a peer have fared in a session that is over',
        querystring: z.object({ peer_id: z.string().max(100), session_id: z.string().max(100) }),
        response: { 200: peerStats },
      },
    },
    async (request): Promise<PeerStats> => {
      const { peer_id: peerId, session_id: sessionId } = request.query;
      const session = await store.history.find(sessionId);
      if (session?.workspaceId !== workspaceOf(request)) throw new PublicError(404, 'session not found');
      if (!session.peers.some((peer) => peer.peerId === peerId)) throw new PublicError(404, 'peer not found');
      if (session.endedAt === null)
        throw new PublicError(400, 'the session runs: its statistics are there when it is over');
      const series = seriesOf(await quality.read(sessionId, peerId));
      return { peer_id: peerId, session_id: sessionId, room_id: session.roomId, ...series };
    },
  );
}
