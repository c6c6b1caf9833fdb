import { VirtualClock } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestHost, type TestHost } from './test-host.ts';
import { WireClient } from './wire-client.ts';

let running: TestHost[] = [];

async function start(...options: Parameters<typeof startTestHost>): Promise<TestHost> {
  const host = await startTestHost(...options);
  running.push(host);
  return host;
}

afterEach(async () => {
  await Promise.all(running.map((host) => host.close()));
  running = [];
});

const offerOf = (session: string, version: number, tracks: string[] = [], ufrag = 'u') => ({
  type: 'offer',
  sdp: JSON.stringify({ session, version, tracks, ufrag }),
});

const a1 = { track_id: 'a1', stream_id: 's1', type: 'audio', source: 'regular', description: '', mute: false };

/** A joined client together with the token it comes back with. */
async function joinWithToken(host: TestHost, role: string): Promise<{ client: WireClient; token: string }> {
  const token = await host.token(role);
  const client = await new WireClient(host.url, { token }).opened();
  await client.next('on-policy-change');
  const offer = role === 'hls-viewer' ? {} : { offer: offerOf('p', 1) };
  const answer = await client.request('join', { name: role, disableVidAutoSub: true, ...offer });
  expect(answer.result).toBeDefined();
  return { client, token };
}

describe('a lost socket', () => {
  it('SIG70: keeps the peer, its role, tracks and connections; nobody else notices', async () => {
    const host = await start();
    const other = await host.join('broadcaster');
    const { client, token } = await joinWithToken(host, 'broadcaster');
    await client.request('offer', { desc: offerOf('p', 2, ['a1']), tracks: { a1 } });
    await other.next('on-track-add');
    client.socket.terminate();
    const back = await new WireClient(host.url, { token, peerId: client.peerId }).opened();
    const list = await back.next('peer-list');
    expect(back.methods.slice(0, 2)).toEqual(['on-policy-change', 'peer-list']);
    expect(Object.keys(list.peers)).toEqual([other.peerId]);
    const again = await back.request('offer', { desc: offerOf('p', 2, ['a1']), tracks: { a1 } });
    expect(again.result).toBeDefined();
    await other.settled();
    expect(other.methods).not.toContain('on-peer-leave');
    expect(other.methods).not.toContain('on-track-remove');
    expect(other.all('on-track-add')).toHaveLength(1);
    expect(host.sfu.router.publishings).toHaveLength(2);
    back.close();
  });

  it('SIG71: replaces the old socket; its late close does not remove the peer', async () => {
    const host = await start();
    const other = await host.join('broadcaster');
    const { client, token } = await joinWithToken(host, 'hls-viewer');
    const back = await new WireClient(host.url, { token, peerId: client.peerId }).opened();
    await back.next('peer-list');
    await client.closed;
    await other.request('broadcast', { info: { message: 'hi' } });
    await back.next('on-broadcast');
    expect(other.methods).not.toContain('on-peer-leave');
    back.close();
  });

  it('SIG72: applies a role change and open requests that were missed', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const { client, token } = await joinWithToken(host, 'hls-viewer');
    client.socket.terminate();
    await client.closed;
    const request = { requested_for: client.peerId, role: 'viewer-realtime' };
    await ann.request('role-change-request', { ...request, force: true });
    await ann.request('role-change-request', { ...request, role: 'viewer-on-stage', force: false });
    const back = await new WireClient(host.url, { token, peerId: client.peerId }).opened();
    expect(await back.next('on-policy-change')).toMatchObject({ name: 'viewer-realtime' });
    expect(await back.next('on-role-change-request')).toMatchObject({ role: 'viewer-on-stage' });
    back.close();
  });

  it('SIG73: repeats the subscribe offer that was not answered', async () => {
    const host = await start();
    const { client, token } = await joinWithToken(host, 'viewer-realtime');
    const { sdp } = await client.next('offer');
    client.socket.terminate();
    const back = await new WireClient(host.url, { token, peerId: client.peerId }).opened();
    await back.next('peer-list');
    expect((await back.next('offer')).sdp).toBe(sdp);
    back.notify('answer', { desc: { type: 'answer', sdp } });
    back.close();
  });

  it('SIG74: takes an expired token back from a known peer only', async () => {
    const host = await start();
    const { client, token } = await joinWithToken(host, 'hls-viewer');
    host.tokens.expired.add(token);
    client.socket.terminate();
    const back = await new WireClient(host.url, { token, peerId: client.peerId }).opened();
    await back.next('peer-list');
    const stranger = await new WireClient(host.url, { token }).opened();
    expect(await stranger.next('on-error')).toMatchObject({ code: 401 });
    back.close();
  });

  it('SIG75: removes the peer after the grace time and tells a late return 410', async () => {
    const clock = new VirtualClock();
    const host = await start({ clock });
    const other = await host.join('broadcaster');
    const { client, token } = await joinWithToken(host, 'broadcaster');
    await client.request('offer', { desc: offerOf('p', 2, ['a1']), tracks: { a1 } });
    await other.next('on-track-add');
    client.socket.terminate();
    await client.closed;
    // The server has seen the close when this answer comes: it was there before.
    await new Promise((resolve) => setImmediate(resolve));
    await other.settled();
    for (let i = 0; i < 5; i++) {
      clock.advance(11_000);
      await other.settled();
    }
    expect(other.methods).not.toContain('on-peer-leave');
    clock.advance(11_000);
    await other.settled();
    expect(other.methods.slice(-3)).toEqual(['on-track-remove', 'on-peer-leave', 'session-info']);
    const back = await new WireClient(host.url, { token, peerId: client.peerId }).opened();
    await back.next('on-policy-change');
    void back.request('offer', { desc: offerOf('p', 3, ['a1']), tracks: { a1 } }).catch(() => {});
    expect(await back.next('on-error')).toMatchObject({ code: 410 });
  });

  it('ROOM50, ROOM51: a killed page is shown as off, and its owner stands there once on coming back', async () => {
    const clock = new VirtualClock();
    const host = await start({ clock });
    const other = await host.join('broadcaster');
    const { client, token } = await joinWithToken(host, 'broadcaster');
    await client.request('offer', { desc: offerOf('p', 2, ['a1']), tracks: { a1 } });
    await other.next('on-track-add');
    client.socket.terminate();
    await client.closed;
    // The server has seen the close when this answer comes: it was there before.
    await new Promise((resolve) => setImmediate(resolve));
    await other.settled();
    clock.advance(4_000);
    expect((await other.next('on-track-update')).tracks).toMatchObject({ a1: { mute: true } });
    const again = await new WireClient(host.url, { token }).opened();
    await again.next('on-policy-change');
    const answer = await again.request('join', { name: 'broadcaster', offer: offerOf('q', 1) });
    expect(answer.result).toBeDefined();
    expect(await other.next('on-peer-leave')).toEqual({ peer_id: client.peerId });
    expect(await other.next('on-peer-join')).toMatchObject({ peer_id: again.peerId });
    again.close();
  });

  it('SIG76: answers a stale offer 421 and keeps the tracks', async () => {
    const host = await start();
    const { client } = await joinWithToken(host, 'broadcaster');
    await client.request('offer', { desc: offerOf('p', 5, ['a1']), tracks: { a1 } });
    const stale = await client.request('offer', { desc: offerOf('p', 4), tracks: {} });
    expect(stale).toMatchObject({ error: { code: 421 } });
    expect(host.sfu.router.tracks()).toHaveLength(1);
    client.close();
  });

  it('SIG77: restarts ICE of the subscribe connection when the client did on its own', async () => {
    const host = await start();
    const { client } = await joinWithToken(host, 'viewer-realtime');
    await client.next('offer');
    await client.request('offer', { desc: offerOf('p', 2, [], 'other'), tracks: {} });
    expect(host.sfu.router.subscribing(client.peerId).iceRestarts).toBe(1);
    client.close();
  });

  it('SIG78: gives a new publish connection a new subscribe connection, and announces the tracks again', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await ann.request('offer', { desc: offerOf(`pub-${ann.peerId}`, 2, ['a1']), tracks: { a1 } });
    const { client } = await joinWithToken(host, 'viewer-realtime');
    await client.next('offer');
    await client.request('offer', { desc: offerOf('another', 1), tracks: {} });
    const { sdp } = await client.next('offer');
    expect(JSON.parse(sdp)).toMatchObject({ version: 1, tracks: ['a1'] });
    expect((await client.next('on-track-add')).tracks).toHaveProperty('a1');
    client.close();
  });

  it('SIG52: tells a client of its moved media when it was away as the worker died', async () => {
    const host = await start();
    const { client, token } = await joinWithToken(host, 'broadcaster');
    client.socket.terminate();
    await client.closed;
    host.sfu.router.die();
    await host.sfu.router.closed;
    const back = await new WireClient(host.url, { token, peerId: client.peerId }).opened();
    expect(await back.next('node-info')).toEqual({ sfu_node_id: 'sfu-test-2' });
    const old = { desc: offerOf('p', 2, ['a1']), tracks: { a1 }, sfu_node_id: 'sfu-test-1' };
    expect(await back.request('offer', old)).toMatchObject({ error: { code: 421 } });
    const anew = { desc: offerOf('q', 1), tracks: {}, sfu_node_id: 'sfu-test-2' };
    expect(await back.request('offer', anew)).toMatchObject({ result: { type: 'answer' } });
    await back.next('offer');
    back.close();
  });

  it('SIG79: a session without anyone ends after a while, and not before', async () => {
    const clock = new VirtualClock();
    const host = await start({ clock });
    const ann = await host.join('broadcaster');
    const first = host.host.activeSession('room-1')?.sessionId;
    ann.notify('leave', {});
    await ann.closed;
    clock.advance(5_000);
    const bo = await host.join('broadcaster');
    expect(host.host.activeSession('room-1')?.sessionId).toBe(first);
    bo.notify('leave', {});
    await bo.closed;
    clock.advance(11_000);
    await host.sfu.router.closed;
    expect(host.host.activeSession('room-1')).toBeUndefined();
    await host.join('broadcaster');
    expect(host.host.activeSession('room-1')?.sessionId).not.toBe(first);
  });
});
