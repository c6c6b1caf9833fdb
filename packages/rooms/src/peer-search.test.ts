import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enter, makeSession } from '../test/session-fixture.ts';
import {
  changeGroup,
  findMorePeers,
  findPeers,
  getPeer,
  HAND_RAISED,
  leavePeer,
  type PeerPage,
  type Session,
  searchByName,
  updatePeer,
} from './index.ts';

const hall = (viewers: number): Session => {
  const session = makeSession({ maxListed: 0 });
  enter(session, 'host', 'host');
  for (let i = 0; i < viewers; i++) enter(session, `v${i}`, 'viewer');
  enter(session, 'rec', '__internal_recorder');
  return session;
};

const ids = ({ peers }: Pick<PeerPage, 'peers'>) => peers.map(({ peer_id }) => peer_id);

/** All pages, with `between` after each. */
function collect(session: Session, limit: number, filter = {}, between: () => void = () => {}): string[] {
  const found: string[] = [];
  let page = findPeers(session, 'host', { limit, ...filter });
  for (;;) {
    expect(page.peers.length).toBeLessThanOrEqual(limit);
    found.push(...ids(page));
    if (page.eof) return found;
    between();
    page = findMorePeers(session, 'host', { iterator: page.iterator, limit });
  }
}

describe('peers by request', () => {
  it('ROOM90: gives one by id, whoever is listed', () => {
    const session = hall(3);
    expect(getPeer(session, 'v0', 'v2')).toMatchObject({
      peer_id: 'v2',
      role: 'viewer',
      groups: [],
      info: { name: 'V2' },
    });
    expect(() => getPeer(session, 'v0', 'x')).toThrow('no peer x');
    expect(() => getPeer(session, 'v0', 'rec')).toThrow('no peer rec');
  });

  it('ROOM91: finds all, by role or by group, page by page, never the caller', () => {
    const session = hall(7);
    expect(collect(session, 3)).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6']);
    expect(collect(session, 7)).toHaveLength(7);
    expect(findPeers(session, 'host', { limit: 3 })).toMatchObject({ total: 7, eof: false });
    expect(ids(findPeers(session, 'v0', { limit: 10, role: 'host' }))).toEqual(['host']);
    for (const id of ['v1', 'v5', 'v6']) changeGroup(session, id, { name: HAND_RAISED, isIn: true }, 0);
    expect(collect(session, 1, { group: HAND_RAISED })).toEqual(['v1', 'v5', 'v6']);
    expect(collect(session, 2, { group: 'other' })).toEqual([]);
  });

  it('ROOM91: finds those of the ids that are there', () => {
    const session = hall(3);
    const wanted = ['v2', 'x', 'rec', 'v0', 'host'];
    for (const request of [{ peerIds: wanted }, { peers: wanted }]) {
      expect(findPeers(session, 'host', { limit: 10, ...request })).toMatchObject({ total: 2, eof: true });
      expect(ids(findPeers(session, 'host', { limit: 10, ...request }))).toEqual(['v2', 'v0']);
    }
  });

  it('ROOM92: while peers come and go, everyone who stays is given once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(19), { maxLength: 12 }), (limit, leaving) => {
        const session = hall(20);
        const gone = new Set<string>();
        let come = 0;
        const found = collect(session, limit, {}, () => {
          const next = leaving.pop();
          if (next !== undefined) {
            gone.add(`v${next}`);
            leavePeer(session, `v${next}`, { why: 'left' });
          }
          if (come < 5) enter(session, `w${come++}`, 'viewer');
        });
        expect(new Set(found).size).toBe(found.length);
        for (let i = 0; i < 20; i++) if (!gone.has(`v${i}`)) expect(found).toContain(`v${i}`);
      }),
    );
  });

  it('ROOM93: an iterator that was not given is refused', () => {
    const session = hall(1);
    for (const iterator of ['', 'x', '{}', '[]', '["a",null,null]', '[1,2,3]', 'null']) {
      expect(() => findMorePeers(session, 'host', { iterator, limit: 1 })).toThrow('iterator: not one');
    }
  });

  it('ROOM94: searches by a part of the name, page by page', () => {
    const session = hall(4);
    updatePeer(session, 'v1', { name: 'Änne Müller' });
    updatePeer(session, 'v3', { name: 'Bert Müller' });
    const first = searchByName(session, 'host', { query: 'müller', limit: 1, offset: 0 });
    expect(first).toMatchObject({
      peers: [{ peer_id: 'v1', name: 'Änne Müller', role: 'viewer', type: 'regular' }],
      eof: false,
      count: 1,
      limit: 1,
    });
    const second = searchByName(session, 'host', { query: 'müller', limit: 1, offset: first.offset });
    expect(second).toMatchObject({ peers: [{ peer_id: 'v3' }], eof: true });
    expect(searchByName(session, 'host', { query: 'müller', limit: 1, offset: second.offset })).toMatchObject({
      peers: [],
      eof: true,
    });
    expect(searchByName(session, 'host', { query: '', limit: 10, offset: 0 }).count).toBe(4);
  });
});
