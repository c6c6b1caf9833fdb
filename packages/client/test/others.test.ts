import { describe, expect, it } from 'vitest';
import { HAND_RAISED, readValue, type ValueKey } from '../src/index.ts';
import { peerInfo, peerObject, roomObject, trackObject } from './fake-host.ts';
import { advance, joined, settled, setUp } from './joined.ts';

describe('others', () => {
  const offerOf = (...tracks: { id: string; kind: string; mid: string }[]): string =>
    [
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0',
      ...tracks.map(
        ({ id, kind, mid }) =>
          `m=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:${mid}\r\na=sendonly\r\na=msid:stream-of-${id} ${id}`,
      ),
    ].join('\r\n');

  it('says of a video that this browser has no decoder for it', async () => {
    const { host, session } = await joined();
    host.socket.notify('on-peer-join', peerObject('p-2', 'guest'));
    const tracks = { v: trackObject('v', 'video'), w: trackObject('w', 'video') };
    host.socket.notify('on-track-add', { peer: peerInfo('p-2', 'guest', 'Bo'), tracks });
    host.subscribe.refusedMids.add('1');
    host.socket.notify('offer', {
      type: 'offer',
      sdp: offerOf({ id: 'v', kind: 'video', mid: '1' }, { id: 'w', kind: 'video', mid: '2' }),
    });
    await settled();
    expect(session.state.tracks.v).toMatchObject({ isUnplayable: true, media: undefined });
    expect(session.state.tracks.w).toMatchObject({ isUnplayable: false });
    expect(session.state.tracks.w?.media).toBeDefined();
    // The server leaves it out of later offers; it stays told.
    host.socket.notify('offer', { type: 'offer', sdp: offerOf({ id: 'w', kind: 'video', mid: '2' }) });
    await settled();
    expect(session.state.tracks.v?.isUnplayable).toBe(true);
  });

  it.each(['media first', 'announcement first'])('shows a track once both are there: %s', async (order) => {
    const { host, session } = await joined();
    const announce = (): void => {
      host.socket.notify('on-peer-join', peerObject('p-2', 'guest'));
      const tracks = { a: trackObject('a', 'audio'), v: trackObject('v', 'video') };
      host.socket.notify('on-track-add', { peer: peerInfo('p-2', 'guest', 'Bo'), tracks });
    };
    const offer = (): void =>
      host.socket.notify('offer', {
        type: 'offer',
        sdp: offerOf({ id: 'a', kind: 'audio', mid: '1' }, { id: 'v', kind: 'video', mid: '2' }),
      });
    if (order === 'media first') {
      offer();
      await settled();
      announce();
    } else {
      announce();
      offer();
    }
    await settled();
    expect(host.socket.requests('answer')).toHaveLength(1);
    expect(session.state.tracks.v?.media?.id).toBe('browser-2');
    expect(host.playing.get('a')?.id).toBe('browser-1');
  });

  it('answers offers one after the other', async () => {
    const { host } = await joined();
    for (const id of ['x', 'y', 'z']) {
      host.socket.notify('offer', { type: 'offer', sdp: offerOf({ id, kind: 'video', mid: '1' }) });
    }
    await settled();
    expect(host.socket.requests('answer')).toHaveLength(3);
  });

  it('asks for the layer that fits the element, less only after a while, and none when it is gone', async () => {
    const { host, clock, session } = await joined();
    const channel = host.subscribe.openChannel();
    host.socket.notify('on-peer-join', peerObject('p-2', 'broadcaster', { v: trackObject('v', 'video') }));
    host.socket.notify('offer', { type: 'offer', sdp: offerOf({ id: 'v', kind: 'video', mid: '1' }) });
    await settled();
    const detach = session.attachVideo('v', {} as HTMLVideoElement);
    const [sink] = host.sinks;
    sink?.resize({ isVisible: true, width: 300, height: 170 });
    await settled();
    expect(sink?.shown?.id).toBe('browser-1');
    const wishes = (): unknown[] => channel.sent.map(({ params }) => params.max_spatial_layer);
    expect(wishes()).toEqual(['low']);
    sink?.resize({ isVisible: true, width: 1200, height: 700 });
    await settled();
    expect(wishes()).toEqual(['low', 'high']);
    sink?.resize({ isVisible: true, width: 640, height: 360 });
    await settled();
    expect(wishes()).toEqual(['low', 'high']);
    await advance(clock, 1_600);
    expect(wishes()).toEqual(['low', 'high', 'medium']);
    detach();
    expect(sink?.shown).toBeUndefined();
    await advance(clock, 1_600);
    expect(wishes()).toEqual(['low', 'high', 'medium', 'none']);
  });

  it('stops asking for a video its owner has muted, and asks again afterwards', async () => {
    const { host, clock, session } = await joined();
    const channel = host.subscribe.openChannel();
    host.socket.notify('on-peer-join', peerObject('p-2', 'guest', { v: trackObject('v', 'video', true) }));
    session.attachVideo('v', {} as HTMLVideoElement);
    host.sinks[0]?.resize({ isVisible: true, width: 300, height: 170 });
    await advance(clock, 2_000);
    expect(channel.sent).toHaveLength(0);
    const update = { peer: peerInfo('p-2', 'guest'), tracks: { v: trackObject('v', 'video', false) } };
    host.socket.notify('on-track-update', update);
    await settled();
    expect(channel.sent).toMatchObject([{ method: 'prefer-video-track-state', params: { track_id: 'v' } }]);
  });

  it('repeats an unanswered layer request with the same id', async () => {
    const { host, clock, session } = await joined();
    const channel = host.subscribe.openChannel();
    channel.autoAnswer = false;
    host.socket.notify('on-peer-join', peerObject('p-2', 'guest', { v: trackObject('v', 'video') }));
    session.attachVideo('v', {} as HTMLVideoElement);
    host.sinks[0]?.resize({ isVisible: true, width: 300, height: 170 });
    await advance(clock, 4_500);
    expect(channel.sent.length).toBeGreaterThan(1);
    expect(new Set(channel.sent.map(({ id }) => id)).size).toBe(1);
  });

  it('forgets a peer with its tracks and sound', async () => {
    const { host, session } = await joined();
    host.socket.notify('on-peer-join', peerObject('p-2', 'guest', { a: trackObject('a', 'audio') }));
    host.socket.notify('offer', { type: 'offer', sdp: offerOf({ id: 'a', kind: 'audio', mid: '1' }) });
    await settled();
    expect(host.playing.has('a')).toBe(true);
    expect(host.volumes.get('a')).toBe(1);
    const peerId = session.state.tracks.a?.peerId ?? '';
    session.setPeerVolume(peerId, 0.25);
    expect(host.volumes.get('a')).toBe(0.25);
    session.setPeerVolume(peerId, -3);
    expect([host.volumes.get('a'), session.state.volumes[peerId]]).toEqual([0, 0]);
    host.socket.notify('on-peer-leave', { peer_id: 'p-2' });
    expect(session.state.peers).toEqual({});
    expect(session.state.tracks).toEqual({});
    expect(host.playing.has('a')).toBe(false);
  });

  it('takes notifications from the data channel like those from the socket', async () => {
    const { host, session } = await joined();
    const channel = host.subscribe.openChannel();
    channel.receive({
      method: 'active-speakers',
      params: { 'speaker-list': [{ peer_id: 'p', track_id: 't', level: 40 }] },
    });
    expect(session.state.speakers).toEqual({ p: 40 });
  });

  it('leaves with the reason when an offer cannot be applied', async () => {
    const { host, session } = await joined();
    host.subscribe.answerError = new Error('bad SDP');
    host.socket.notify('offer', { type: 'offer', sdp: 'v=0' });
    await settled();
    expect(session.state.connection).toMatchObject({ status: 'left', reason: { code: 'negotiation_failed' } });
  });
});

describe('hands, values and muting', () => {
  it('raises a hand, and shows it as the server says', async () => {
    const { host, session } = await joined();
    await session.setHand(true);
    expect(host.socket.requests('group-join')[0]?.params).toEqual({ name: HAND_RAISED });
    const self = { ...peerObject(session.state.self.peerId, 'broadcaster', {}), groups: [HAND_RAISED] };
    host.socket.notify('on-peer-update', self);
    expect(session.state.self.groups).toEqual([HAND_RAISED]);
    await session.setHand(false);
    expect(host.socket.requests('group-leave')).toHaveLength(1);
  });

  it('keeps values it watches up to date, and forgets the others', async () => {
    const { host, session } = await joined();
    host.answers['set-metadata'] = () => ({ result: { key: 'pinned', data: 'a', change_version: 4 } });
    expect(await session.setValue('pinned', 'a', { ifVersion: 3 })).toBe(4);
    expect(host.socket.requests('set-metadata')[0]?.params).toEqual({ key: 'pinned', data: 'a', if_change_version: 3 });
    const unwatch = session.watchValues('pinned');
    session.watchValues('spotlight');
    await settled();
    expect(host.socket.requests('listen-metadata-change').map(({ params }) => params)).toEqual([
      { keys: ['pinned', 'spotlight'] },
    ]);
    const say = (key: string, data: unknown) =>
      host.socket.notify('on-metadata-change', { values: [{ key, data, updated_at: 1 }] });
    say('pinned', { text: 'hello' });
    say('spotlight', null);
    expect(session.state.values).toEqual({ pinned: { text: 'hello' } });
    say('pinned', null);
    expect(session.state.values).toEqual({});
    say('pinned', 'again');
    unwatch();
    await settled();
    expect(session.state.values).toEqual({});
    expect(host.socket.requests('listen-metadata-change').at(-1)?.params).toEqual({ keys: ['spotlight'] });
  });

  it('watches from joining on what was wanted before, and again after a reconnect', async () => {
    const { host, clock, session } = setUp();
    session.watchValues({ key: 'pinned', read: String });
    await session.join({ access: { roomCode: 'abc-defg-hij' }, name: 'Ada' });
    await settled();
    expect(host.socket.requests('listen-metadata-change')[0]?.params).toEqual({ keys: ['pinned'] });
    host.socket.drop();
    await advance(clock, 5_000);
    expect(session.state.connection.status).toBe('joined');
    expect(host.socket.requests('listen-metadata-change')[0]?.params).toEqual({ keys: ['pinned'] });
  });

  it('reads a value as what its key is for, and anything else as none', () => {
    const count: ValueKey<number> = { key: 'count', read: (value) => (typeof value === 'number' ? value : undefined) };
    expect(readValue({ values: { count: 3 } }, count)).toBe(3);
    expect(readValue({ values: { count: 'three' } }, count)).toBeUndefined();
    expect(readValue({ values: {} }, count)).toBeUndefined();
  });

  it('mutes by request, and leaves unmuting to the person', async () => {
    const { host, session } = await joined('broadcaster', { microphone: true });
    await settled();
    const asked: unknown[] = [];
    session.events.on('unmuteRequested', (request) => asked.push(request));
    host.socket.notify('on-change-track-mute-state-request', { requested_by: 'p-2', type: 'audio', value: true });
    await settled();
    expect(session.state.microphone.isEnabled).toBe(false);
    host.socket.notify('on-change-track-mute-state-request', { requested_by: 'p-2', type: 'audio', value: false });
    await settled();
    expect(session.state.microphone.isEnabled).toBe(false);
    expect(asked).toEqual([{ device: 'microphone', by: 'p-2' }]);
  });
});

it('waits for what the state is to be, and not beyond the end of the session', async () => {
  const { host, session } = await joined();
  expect(await session.when(({ self }) => self.role)).toMatchObject({ name: 'broadcaster' });
  const named: string[] = [];
  const found = session.when(({ room }) => room.name === 'the yard' && room.name).then((name) => named.push(name));
  host.socket.notify('peer-list', { peers: {}, room: { ...roomObject(), name: 'the street' } });
  await settled();
  expect(named).toEqual([]);
  host.socket.notify('peer-list', { peers: {}, room: { ...roomObject(), name: 'the yard' } });
  await found;
  expect(named).toEqual(['the yard']);
  const never = session.when(({ recording }) => recording.status === 'on');
  session.leave();
  await expect(never).rejects.toMatchObject({ code: 'wrong_state' });
  await expect(session.when(() => null)).rejects.toMatchObject({ code: 'wrong_state' });
});
