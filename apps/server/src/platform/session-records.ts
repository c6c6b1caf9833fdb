import type { LivePeer, LiveStateRecord, Store } from '@amphi/store';
import type { PeerRecord, SessionRecords, StateContent, StateRecord } from '../sessions/ports.ts';

/** Keeps who is in which session of this node in the store. */
export function createSessionRecords(store: Pick<Store, 'sessions'>, node: string): SessionRecords {
  return {
    open: ({ id, roomId, startedAt }) => store.sessions.open({ id, node, roomId, startedAt: new Date(startedAt) }),
    savePeers: (sessionId, peers) => store.sessions.savePeers(sessionId, peers.map(toRow)),
    removePeers: (sessionId, peerIds) => store.sessions.removePeers(sessionId, peerIds),
    saveState: (sessionId, records) => store.sessions.saveState(sessionId, records),
    removeState: (sessionId, keys) => store.sessions.removeState(sessionId, keys),
    close: (sessionId) => store.sessions.close(sessionId),
  };
}

function toRow(peer: PeerRecord): LivePeer {
  return { ...peer, joinedAt: new Date(peer.joinedAt), sfuNodeId: peer.sfuNodeId ?? null };
}

export function peerRecordOf(row: LivePeer): PeerRecord {
  return { ...row, joinedAt: row.joinedAt.getTime(), sfuNodeId: row.sfuNodeId ?? undefined };
}

/** Written by this program, which is why it is taken as it is. */
export function stateRecordOf({ key, content }: LiveStateRecord): StateRecord {
  return { key, content: content as StateContent };
}
