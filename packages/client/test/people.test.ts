import { describe, expect, it } from 'vitest';
import { HAND_RAISED, raisedHands, viewerCount } from '../src/index.ts';
import { peerInfo, peerObject } from './fake-host.ts';
import { joined } from './joined.ts';

describe('people of a large room', () => {
  it('finds page by page', async () => {
    const { host, session } = await joined();
    host.answers['find-peer'] = () => ({
      result: { iterator: 'i-1', total: 3, eof: false, peers: [peerInfo('a', 'viewer'), peerInfo('b', 'viewer')] },
    });
    host.answers['peer-iter-next'] = () => ({
      result: { iterator: 'i-2', total: 3, eof: true, peers: [peerInfo('c', 'viewer')] },
    });
    const first = await session.people.find({ roleName: 'viewer', limit: 2 });
    expect(host.socket.requests('find-peer')[0]?.params).toEqual({ limit: 2, role: 'viewer' });
    expect([first.total, first.peers.map(({ id }) => id)]).toEqual([3, ['a', 'b']]);
    const second = await first.next?.();
    expect(host.socket.requests('peer-iter-next')[0]?.params).toEqual({ iterator: 'i-1', limit: 2 });
    expect(second?.peers.map(({ id }) => id)).toEqual(['c']);
    expect(second?.next).toBeUndefined();
  });

  it('searches by name, going on where the answer before ended', async () => {
    const { host, session } = await joined();
    const found = { peer_id: 'a', name: 'Ada', role: 'viewer', type: 'regular' };
    host.answers['peer-name-search'] = ({ offset }) => ({
      result: { peers: [found], offset: 17, eof: offset === 17, count: 1, limit: 1 },
    });
    const first = await session.people.searchByName('ad', { limit: 1 });
    expect(first.peers).toEqual([{ id: 'a', name: 'Ada', roleName: 'viewer' }]);
    expect((await first.next?.())?.next).toBeUndefined();
    expect(host.socket.requests('peer-name-search').map(({ params }) => params?.offset)).toEqual([0, 17]);
  });

  it('gets one by id, and says what the server says of an unknown one', async () => {
    const { host, session } = await joined();
    host.answers['get-peer'] = () => ({ result: peerInfo('a', 'viewer', 'Ada') });
    expect(await session.people.get('a')).toMatchObject({ id: 'a', name: 'Ada', roleName: 'viewer' });
    host.answers['get-peer'] = () => ({ error: { code: 404, message: 'no such peer' } });
    await expect(session.people.get('b')).rejects.toMatchObject({ code: 'refused', serverCode: 404 });
    host.answers['get-peer'] = () => ({ result: { id: 'b' } });
    await expect(session.people.get('b')).rejects.toMatchObject({ code: 'malformed_answer' });
  });

  it('counts by role where not everybody is listed', async () => {
    const { host, session } = await joined();
    const room = { room_id: 'r-1', name: 'hall', description: '', max_size: 20_000, large_room_optimization: true };
    host.socket.notify('room-info', room);
    host.socket.notify('session-info', {
      session_id: 's-1',
      room_id: 'r-1',
      peer_count: 3_003,
      track_count: 4,
      peers_by_role: { broadcaster: 3, viewer: 2_900, webinar: 100 },
    });
    expect(session.state.room).toMatchObject({ isLarge: true, countsByRole: { viewer: 2_900 } });
    expect(viewerCount(session.state)).toBe(3_000);
  });

  it('tells whose hand is up, the first to come first', async () => {
    const { host, session } = await joined();
    const raised = (id: string, joined_at: number) => ({
      ...peerObject(id, 'viewer'),
      groups: [HAND_RAISED],
      joined_at,
    });
    host.socket.notify('on-peer-join', raised('late', 9));
    host.socket.notify('on-peer-join', raised('early', 3));
    host.socket.notify('on-peer-join', peerObject('calm', 'viewer'));
    expect(raisedHands(session.state.peers).map(({ id }) => id)).toEqual(['early', 'late']);
  });

  it('keeps the connection quality of those of whom it is known', async () => {
    const { host, session } = await joined();
    const tell = (score: number) =>
      host.socket.notify('on-connection-quality-update', { peers: [{ peer_id: 'a', downlink_score: score }] });
    tell(4);
    const before = session.state;
    tell(4);
    expect(session.state).toBe(before);
    expect(session.state.quality).toEqual({ a: 4 });
    tell(-1);
    expect(session.state.quality).toEqual({});
  });
});
