import type { LivePeer, Store } from '@amphi/store';
import type { PeerRecord, SessionRecords } from '../sessions/ports.ts';

/** Keeps who is in which session of this node in the store. */
export function createSessionRecords(store: Pick<Store, 'sessions'>, node: string): SessionRecords {
  return {
    open: ({ id, roomId, startedAt }) => store.sessions.open({ id, node, roomId, startedAt: new Date(startedAt) }),
    savePeers: (sessionId, peers) => store.sessions.savePeers(sessionId, peers.map(toRow)),
    removePeers: (sessionId, peerIds) => store.sessions.removePeers(sessionId, peerIds),
    close: (sessionId) => store.sessions.close(sessionId),
  };
}

function toRow(peer: PeerRecord): LivePeer {
  return { ...peer, joinedAt: new Date(peer.joinedAt), sfuNodeId: peer.sfuNodeId ?? null };
}

export function peerRecordOf(row: LivePeer): PeerRecord {
  return { ...row, joinedAt: row.joinedAt.getTime(), sfuNodeId: row.sfuNodeId ?? undefined };
}
