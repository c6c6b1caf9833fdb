import { type MethodParams, type PeerInfo, PublicError } from '@amphi/protocol';
import { infoOf, type Member, memberOf, type Session, visibleMember } from './session.ts';

/** Names by request, for rooms in which not everyone is listed (client protocol, 7.2 and 8.5). */

/** Where a search goes on, and what it looks for. The client keeps it and gives it back: the session keeps nothing. */
interface Cursor {
  /** `serial` of the last peer given. */
  readonly after: number;
  readonly role?: string | undefined;
  readonly group?: string | undefined;
}

export interface PeerPage {
  readonly iterator: string;
  /** All that match now. */
  readonly total: number;
  readonly eof: boolean;
  readonly peers: readonly PeerInfo[];
}

/** One peer. @throws PublicError 404; 410 */
export function getPeer(session: Session, peerId: string, wanted: string): PeerInfo {
  memberOf(session, peerId);
  return infoOf(visibleMember(session, wanted));
}

/** The first page of those with a role, in a group, or of these ids; of everyone without any. @throws PublicError 410 */
export function findPeers(session: Session, peerId: string, request: MethodParams<'find-peer'>): PeerPage {
  const asker = memberOf(session, peerId);
  const { limit, role, group, peerIds, peers } = request;
  const ids = peerIds ?? peers;
  if (ids === undefined) return page(session, asker, { after: 0, role, group }, limit);
  const found = ids.flatMap((id) => session.members.get(id) ?? []).filter((member) => matches(member, asker, request));
  const given = found.slice(0, limit);
  return { iterator: '', total: found.length, eof: true, peers: given.map(infoOf) };
}

/** The next page. @throws PublicError 400 for an iterator that is none; 410 */
export function findMorePeers(session: Session, peerId: string, request: MethodParams<'peer-iter-next'>): PeerPage {
  const asker = memberOf(session, peerId);
  return page(session, asker, readCursor(request.iterator), request.limit);
}

/** Peers whose name contains the query, however it is spelled. @throws PublicError 410 */
export function searchByName(session: Session, peerId: string, request: MethodParams<'peer-name-search'>) {
  const asker = memberOf(session, peerId);
  const { limit, offset } = request;
  const query = request.query.toLocaleLowerCase();
  const found: Member[] = [];
  let isMore = false;
  for (const member of session.members.values()) {
    if (member.serial <= offset || !matches(member, asker, {})) continue;
    if (!member.name.toLocaleLowerCase().includes(query)) continue;
    isMore = found.length === limit;
    if (isMore) break;
    found.push(member);
  }
  return {
    peers: found.map((member) => ({
      peer_id: member.peerId,
      name: member.name,
      role: member.role.name,
      type: 'regular' as const,
    })),
    offset: found.at(-1)?.serial ?? offset,
    eof: !isMore,
    count: found.length,
    limit,
  };
}

function page(session: Session, asker: Member, cursor: Cursor, limit: number): PeerPage {
  const peers: PeerInfo[] = [];
  let total = 0;
  let after = cursor.after;
  let isMore = false;
  for (const member of session.members.values()) {
    if (!matches(member, asker, cursor)) continue;
    total += 1;
    if (member.serial <= cursor.after) continue;
    if (peers.length === limit) {
      isMore = true;
      continue;
    }
    peers.push(infoOf(member));
    after = member.serial;
  }
  return { iterator: writeCursor({ ...cursor, after }), total, eof: !isMore, peers };
}

function matches(member: Member, asker: Member, of: Pick<Cursor, 'role' | 'group'>): boolean {
  if (member.hidden || member === asker) return false;
  return (
    (of.role === undefined || member.role.name === of.role) && (of.group === undefined || member.groups.has(of.group))
  );
}

function writeCursor({ after, role, group }: Cursor): string {
  return JSON.stringify([after, role ?? null, group ?? null]);
}

/** @throws PublicError 400 */
function readCursor(iterator: string): Cursor {
  try {
    const [after, role, group] = JSON.parse(iterator) as unknown[];
    const isText = (value: unknown): value is string | null => value === null || typeof value === 'string';
    if (Number.isSafeInteger(after) && isText(role) && isText(group)) {
      return { after: after as number, role: role ?? undefined, group: group ?? undefined };
    }
  } catch {
    // Said below.
  }
  throw new PublicError(400, 'iterator: not one that find-peer or peer-iter-next gave');
}
