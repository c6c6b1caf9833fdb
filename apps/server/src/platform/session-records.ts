import type { Logger, Millis } from '@amphi/base';
import {
  describeDatabaseError,
  isUnstorableValue,
  type LivePeer,
  type LiveStateRecord,
  type Store,
} from '@amphi/store';
import type { PeerRecord, SessionRecords, StateContent, StateRecord } from '../sessions/ports/earlier.ts';

/** A statement of the embedded database keeps the event loop for milliseconds. */
const MAX_REST_MS: Millis = 100;

/** Keeps who is in which session of this node in the store. */
export function createSessionRecords(deps: {
  readonly store: Pick<Store, 'sessions'>;
  readonly node: string;
  readonly logger: Logger;
}): SessionRecords {
  const { sessions } = deps.store;
  const { node, logger } = deps;
  return {
    maxRestMs: MAX_REST_MS,
    open: ({ id, roomId, startedAt }) => sessions.open({ id, node, roomId, startedAt: new Date(startedAt) }),
    savePeers: (sessionId, peers) =>
      saveEach(
        peers,
        (some) => sessions.savePeers(sessionId, some.map(toRow)),
        ({ peerId }, error) => logger.error({ sessionId, peerId, error }, 'a peer could not be recorded'),
      ),
    removePeers: (sessionId, peerIds) => sessions.removePeers(sessionId, peerIds),
    saveState: (sessionId, records) =>
      saveEach(
        records,
        (some) => sessions.saveState(sessionId, some),
        ({ key }, error) => logger.error({ sessionId, key, error }, 'what a session keeps could not be recorded'),
      ),
    removeState: (sessionId, keys) => sessions.removeState(sessionId, keys),
    close: (sessionId) => sessions.close(sessionId),
  };
}

/** All at once; when one of them holds what no database takes, one by one without that one. */
async function saveEach<Row>(
  rows: readonly Row[],
  save: (some: readonly Row[]) => Promise<void>,
  onRefused: (row: Row, error: string) => void,
): Promise<void> {
  try {
    await save(rows);
  } catch (error) {
    const [row] = rows;
    // Not the driver's own message, which holds all values.
    if (row === undefined || !isUnstorableValue(error)) throw new Error(describeDatabaseError(error), { cause: error });
    if (rows.length === 1) return onRefused(row, describeDatabaseError(error));
    for (const each of rows) await saveEach([each], save, onRefused);
  }
}

function toRow(peer: PeerRecord): LivePeer {
  return {
    ...peer,
    joinedAt: new Date(peer.joinedAt),
    sfuNodeId: peer.sfuNodeId ?? null,
    handRaisedAt: peer.handRaisedAt === undefined ? null : new Date(peer.handRaisedAt),
  };
}

export function peerRecordOf(row: LivePeer): PeerRecord {
  return {
    ...row,
    joinedAt: row.joinedAt.getTime(),
    sfuNodeId: row.sfuNodeId ?? undefined,
    handRaisedAt: row.handRaisedAt?.getTime(),
  };
}

/** Written by this program, which is why it is taken as it is. */
export function stateRecordOf({ key, content }: LiveStateRecord): StateRecord {
  return { key, content: content as StateContent };
}
