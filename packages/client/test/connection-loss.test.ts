import { describe, expect, it } from 'vitest';
import { peerObject, roomObject, trackObject } from './fake-host.ts';
import type { FakePeerConnection } from './fake-peer-connection.ts';
import { advance, joined, settled } from './joined.ts';

describe('connection loss', () => {
  it('leaves with the page, so that others need not wait', async () => {
    const { host, session } = await joined();
    const { socket } = host;
    host.endPage();
    expect(session.state.connection).toEqual({ status: 'left', reason: { kind: 'left' } });
    expect(socket.requests('leave')).toHaveLength(1);
  });

  it('comes back no sooner than the server wishes', async () => {
    const { host, clock, session } = await joined();
    host.http = { status: 429, body: { code: 429, message: 'too many' }, retryAfter: '20' };
    host.socket.drop();
    await advance(clock, 10_000);
    const asked = host.httpRequests.length;
    host.http = undefined;
    await advance(clock, 9_000);
    expect(host.httpRequests).toHaveLength(asked);
    await advance(clock, 5_000);
    expect(session.state.connection.status).toBe('joined');
  });

  it('comes back with the same peer id, offers and mute states, and never joins again', async () => {
    const { host, clock, session } = await joined('broadcaster', { microphone: true });
    const [first] = host.sockets;
    host.publish.setState('connected');
    host.socket.drop();
    await settled();
    expect(session.state.connection).toMatchObject({ status: 'reconnecting', wasJoined: true });
    await session.setMicrophone(false);
    await advance(clock, 2_000);
    expect(session.state.connection).toEqual({ status: 'joined' });
    expect(host.socket.url.searchParams.get('peer')).toBe(first?.url.searchParams.get('peer'));
    expect(host.socket.requests('join')).toHaveLength(0);
    expect(host.socket.requests('offer')).toHaveLength(1);
    expect(host.publish.iceRestarts).toBe(0);
    const [update] = host.socket.requests('track-update');
    expect(Object.values(update?.params?.tracks as object)).toMatchObject([
      { type: 'audio', mute: true },
      { type: 'video', mute: true },
    ]);
  });

  it('restarts ICE when the media were lost as well', async () => {
    const { host, clock } = await joined();
    host.publish.setState('connected');
    host.publish.setState('disconnected');
    host.socket.drop();
    await advance(clock, 2_000);
    expect(host.publish.iceRestarts).toBeGreaterThan(0);
  });

  it('takes new ICE servers for what comes next, and restarts nothing that is connected (TURN6)', async () => {
    const { host, clock } = await joined();
    const serversOf = (connection: FakePeerConnection) => connection.configuration?.iceServers;
    expect([serversOf(host.publish), serversOf(host.subscribe)]).toEqual([undefined, undefined]);
    host.publish.setState('connected');
    host.iceServers = [{ urls: 'turn:live.example.org', username: '2:p', credential: 'new' }];
    host.socket.drop();
    await advance(clock, 2_000);
    expect(host.publish.iceRestarts).toBe(0);
    // A browser makes an ICE restart of the next offer when its servers have changed.
    expect([serversOf(host.publish), serversOf(host.subscribe)]).toEqual([undefined, host.iceServers]);
    host.publish.setState('failed');
    await advance(clock, 10);
    expect(host.publish.iceRestarts).toBe(1);
    expect(serversOf(host.publish)).toEqual(host.iceServers);
  });

  it('sends only track states at the level of the stream', async () => {
    const { host, clock } = await joined('viewer');
    host.socket.drop();
    await advance(clock, 2_000);
    const methods = host.socket.frames.map(({ method }) => method).filter((method) => method !== 'ping');
    expect(methods).toEqual(['track-update']);
  });

  it('takes the list after a reconnect as the full truth', async () => {
    const { host, clock, session } = await joined();
    host.socket.notify('on-peer-join', peerObject('p-2', 'guest', { v: trackObject('v', 'video') }));
    host.socket.notify('on-peer-join', peerObject('p-3', 'guest'));
    host.socket.drop();
    await advance(clock, 2_000);
    host.socket.notify('peer-list', {
      peers: { 'p-2': peerObject('p-2', 'guest', { w: trackObject('w', 'video', true) }) },
      room: roomObject(),
    });
    expect(Object.keys(session.state.peers)).toEqual(['p-2']);
    expect(Object.keys(session.state.tracks)).toEqual(['w']);
  });

  it('follows a role change that happened meanwhile', async () => {
    const { host, clock } = await joined('viewer');
    host.socket.drop();
    host.roleName = 'guest';
    await advance(clock, 2_000);
    expect(Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object)).toHaveLength(2);
  });

  it('notices a silent network by unanswered pings', async () => {
    const { host, clock, session } = await joined('viewer');
    host.answers.ping = 'silent';
    await advance(clock, 16_000);
    expect(host.sockets.length).toBeGreaterThan(1);
    expect(session.state.connection.status).not.toBe('left');
  });

  it('does not take a server that talks for lost', async () => {
    const { host, clock } = await joined('viewer');
    host.answers.ping = 'silent';
    for (let i = 0; i < 30; i++) {
      host.socket.notify('session-info', { session_id: 's', room_id: 'r', peer_count: i, track_count: 0 });
      await advance(clock, 1_000);
    }
    expect(host.sockets).toHaveLength(1);
  });

  it('reconnects at once when the network is back', async () => {
    const { host, clock, session } = await joined('viewer');
    host.setOnline(false);
    host.http = 'unreachable';
    await advance(clock, 10_000);
    host.http = undefined;
    host.setOnline(true);
    await settled();
    expect(session.state.connection).toEqual({ status: 'joined' });
  });

  it('gives up after a minute', async () => {
    const { host, clock, session } = await joined();
    host.http = 'unreachable';
    host.socket.drop();
    await advance(clock, 59_000, 1_000);
    expect(session.state.connection.status).toBe('reconnecting');
    await advance(clock, 10_000, 1_000);
    expect(session.state.connection).toMatchObject({ status: 'left', reason: { code: 'reconnect_failed' } });
  });

  it('gives up at once when the server does not want us back', async () => {
    const { host, clock, session } = await joined();
    host.http = { status: 403, body: { code: 403, message: 'room disabled' } };
    host.socket.drop();
    await advance(clock, 2_000);
    expect(session.state.connection).toMatchObject({ status: 'left', reason: { serverCode: 403 } });
  });

  it('publishes later what an exchange cut off by the loss had wanted', async () => {
    const { host, clock, session } = await joined();
    host.answers.offer = 'silent';
    await session.startScreenShare();
    await settled();
    host.socket.drop();
    host.answers.offer = () => ({ result: { type: 'answer', sdp: 'v=0 answer' } });
    await advance(clock, 2_000);
    const tracks = Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object);
    expect(tracks.filter(({ source }) => source === 'screen')).toHaveLength(2);
  });

  it('starts media for a new role also when the first offer was cut off', async () => {
    const { host, clock, session } = await joined('viewer');
    host.answers.offer = 'silent';
    host.roleName = 'guest';
    host.socket.notify('on-policy-change', host.policy());
    await settled();
    host.socket.drop();
    host.answers.offer = () => ({ result: { type: 'answer', sdp: 'v=0 answer' } });
    await advance(clock, 2_000);
    expect(session.state.connection).toEqual({ status: 'joined' });
    expect(host.peerConnections).toHaveLength(2);
    expect(Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object)).toHaveLength(2);
  });

  it('goes on asking for layers while the socket is away: the data channel is not', async () => {
    const { host, session } = await joined();
    const channel = host.subscribe.openChannel();
    host.socket.notify('on-peer-join', peerObject('p-2', 'broadcaster', { v: trackObject('v', 'video') }));
    host.socket.drop();
    await settled();
    session.attachVideo('v', {} as HTMLVideoElement);
    host.sinks[0]?.resize({ isVisible: true, width: 300, height: 170 });
    await settled();
    expect(channel.sent).toMatchObject([{ params: { max_spatial_layer: 'low' } }]);
  });

  it('takes 421 for an answer and rebuilds media on another node', async () => {
    const { host } = await joined('guest', { microphone: true });
    host.socket.notify('node-info', { sfu_node_id: 'n-1' });
    host.answers.offer = () => ({ error: { code: 421, message: 'media moved' } });
    host.socket.notify('node-info', { sfu_node_id: 'n-2' });
    await settled();
    host.answers.offer = () => ({ result: { type: 'answer', sdp: 'v=0 answer' } });
    expect(host.peerConnections).toHaveLength(4);
    expect(host.publish.isClosed).toBe(true);
    const offers = host.socket.requests('offer').filter(({ params }) => params?.sfu_node_id === 'n-2');
    expect(offers[0]?.params?.tracks).toEqual({});
    expect(Object.values(offers.at(-1)?.params?.tracks as object)).toHaveLength(2);
  });

  it('comes back on another node, at whatever moment it is told of that', async () => {
    for (let turns = 0; turns < 80; turns++) {
      const { host, clock, session } = await joined('guest', { microphone: true, camera: true });
      host.publish.setState('connected');
      host.socket.notify('node-info', { sfu_node_id: 'n-1' });
      await settled();
      host.answers.offer = ({ sfu_node_id: node }) =>
        node === 'n-2'
          ? { result: { type: 'answer', sdp: 'v=0 answer' } }
          : { error: { code: 421, message: 'media moved' } };
      host.socket.drop();
      await settled();
      clock.advance(2_000);
      while (host.sockets.length < 2) await Promise.resolve();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      host.socket.notify('node-info', { sfu_node_id: 'n-2' });
      await settled();
      await settled();
      expect(session.state.connection, `told after ${turns} turns`).toEqual({ status: 'joined' });
      expect(host.peerConnections.filter(({ isClosed }) => !isClosed)).toHaveLength(2);
      const last = host.socket.requests('offer').at(-1)?.params;
      expect(last).toMatchObject({ sfu_node_id: 'n-2' });
      expect(Object.keys(last?.tracks as object)).toHaveLength(2);
      session.leave();
    }
  });

  it('a socket that is lost during the move brings the media there after it is back', async () => {
    const { host, clock, session } = await joined('guest', { microphone: true });
    host.socket.notify('node-info', { sfu_node_id: 'n-1' });
    host.answers.offer = 'silent';
    host.socket.notify('node-info', { sfu_node_id: 'n-2' });
    await settled();
    host.socket.drop();
    host.answers.offer = () => ({ result: { type: 'answer', sdp: 'v=0 answer' } });
    await advance(clock, 2_000);
    expect(session.state.connection).toEqual({ status: 'joined' });
    expect(host.peerConnections.filter(({ isClosed }) => !isClosed)).toHaveLength(2);
    expect(host.socket.requests('offer').at(-1)?.params).toMatchObject({ sfu_node_id: 'n-2' });
  });

  it('restarts ICE by itself, then gives up after a minute', async () => {
    const { host, clock, session } = await joined('guest');
    host.publish.setState('connected');
    host.publish.setState('disconnected');
    await advance(clock, 4_000);
    expect(host.publish.iceRestarts).toBe(0);
    await advance(clock, 2_000);
    expect(host.publish.iceRestarts).toBe(1);
    await advance(clock, 70_000, 1_000);
    expect(session.state.connection).toMatchObject({ status: 'left', reason: { code: 'media_lost' } });
  });
});

describe('hostile input', () => {
  it.each([
    'not json',
    '[]',
    'null',
    '{"id":"nobody-asked","result":{}}',
    '{"id":null,"error":{"code":400,"message":"x"}}',
    '{"method":"on-peer-join","params":{"peer_id":7}}',
    '{"method":"peer-list","params":null}',
    '{"method":"constructor","params":{}}',
    '{"method":"on-track-add","params":{"peer":{},"tracks":[]}}',
  ])('ignores %s', async (text) => {
    const { host, session } = await joined();
    const before = session.state;
    host.socket.sendText(text);
    await settled();
    expect(session.state).toBe(before);
  });

  it('rejects a request that is answered with nothing', async () => {
    const { host, session } = await joined();
    host.answers['peer-update'] = () => ({ result: null });
    await expect(session.updateProfile({ name: 'Bo' })).rejects.toMatchObject({ code: 'malformed_answer' });
  });

  it('rejects a request that is never answered after ten seconds', async () => {
    const { host, clock, session } = await joined();
    host.answers['peer-update'] = 'silent';
    const failure = expect(session.updateProfile({ name: 'Bo' })).rejects.toMatchObject({ code: 'request_timed_out' });
    await advance(clock, 10_500);
    await failure;
  });
});
