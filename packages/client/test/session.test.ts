import { MAX_WAITING_REQUESTS } from '@amphi/signaling';
import { describe, expect, it, vi } from 'vitest';
import { ClientError, HAND_RAISED, MESSAGES_KEPT, readValue, type ValueKey } from '../src/index.ts';
import { type FakeHost, peerInfo, peerObject, roomObject, testToken, trackObject } from './fake-host.ts';
import type { FakePeerConnection, FakeTrack } from './fake-peer-connection.ts';
import { advance, joined, settled, setUp } from './joined.ts';

describe('joining', () => {
  it('exchanges a room code for a token, then init, then a socket with the same peer id', async () => {
    const { host, session } = await joined();
    const [token, init] = host.httpRequests;
    expect(token?.url).toBe('https://live.example.org/v2/token');
    expect(JSON.parse(token?.request.body ?? '')).toEqual({ code: 'abc-defg-hij' });
    expect(token?.request.headers).toBeUndefined();
    expect(init?.request.headers).toEqual({ authorization: `Bearer ${testToken()}` });
    const { searchParams } = host.socket.url;
    expect(searchParams.get('peer')).toBe(session.state.self.peerId);
    expect(new URL(init?.url ?? '').searchParams.get('peer_id')).toBe(session.state.self.peerId);
    expect(searchParams.get('token')).toBe(testToken());
    expect(searchParams.get('a')).toBe('1');
    expect(searchParams.get('protocol_version')).toBe('2.5');
    expect(session.state.self).toMatchObject({ name: 'Ada', userId: 'ü>?~', level: 'stage' });
    expect(session.state.room).toMatchObject({ name: 'town hall', sessionId: 's-1' });
  });

  it('offers a data channel with join and publishes microphone, then camera, muted when they are off', async () => {
    const { host } = await joined();
    const [join] = host.socket.requests('join');
    expect(join?.params).toMatchObject({ name: 'Ada', disableVidAutoSub: true, simulcast: true });
    expect(host.publish.channelLabel).toBe('ion-sfu');
    const offers = host.socket.requests('offer').map((frame) => Object.values(frame.params?.tracks as object));
    expect(offers).toHaveLength(2);
    expect(offers[0]).toMatchObject([{ type: 'audio', source: 'regular', mute: true }]);
    expect(offers[1]).toMatchObject([{ type: 'audio' }, { type: 'video', source: 'regular', mute: true }]);
    const [microphone, camera] = host.publish.senders;
    expect(microphone?.encodings).toEqual([{ maxBitrate: 32_000 }]);
    expect(camera?.encodings.map(({ rid, maxBitrate }) => [rid, maxBitrate])).toEqual([
      ['f', 1_200_000],
      ['h', 400_000],
      ['q', 150_000],
    ]);
    expect(microphone?.streamId).toBe(camera?.streamId);
  });

  it('holds candidates back until the join is answered', async () => {
    const { host } = await joined();
    const order = host.socket.frames.map(({ method }) => method).filter((m) => m === 'join' || m === 'trickle');
    expect(order[0]).toBe('join');
    expect(order).toContain('trickle');
  });

  it('joins without an offer and without connections at the level of the stream', async () => {
    const { host, session } = await joined('viewer');
    expect(host.socket.requests('join')[0]?.params).not.toHaveProperty('offer');
    expect(host.peerConnections).toHaveLength(0);
    expect(session.state.connection).toEqual({ status: 'joined' });
  });

  it('makes connections but publishes nothing at the level of the webinar', async () => {
    const { host } = await joined('webinar', { microphone: true });
    expect(host.peerConnections).toHaveLength(2);
    expect(host.socket.requests('offer')).toHaveLength(0);
    expect(host.captures).toHaveLength(0);
  });

  it('previews without joining, keeps devices, then joins on the same socket', async () => {
    const { host, session } = setUp();
    await session.preview({ token: testToken() });
    expect(session.state.connection).toEqual({ status: 'preview' });
    await session.setCamera(true);
    expect(host.socket.requests('join')).toHaveLength(0);
    await session.join({ name: 'Ada' });
    await settled();
    expect(host.sockets).toHaveLength(1);
    const published = host.publish.senders.find(({ kind }) => kind === 'video');
    expect(published?.track).toBe(session.state.camera.track);
    expect(Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object)).toMatchObject([
      { type: 'audio', mute: true },
      { type: 'video', mute: false },
    ]);
  });

  it('tells what the server said when a room code is unknown', async () => {
    const { host, session } = setUp();
    host.http = { status: 404, body: { code: 404, message: 'no such room code', details: [] } };
    const failure = session.preview({ roomCode: 'abc-defg-hij' });
    await expect(failure).rejects.toMatchObject({ code: 'refused', serverCode: 404, message: 'no such room code' });
    expect(session.state.connection).toMatchObject({ status: 'left', reason: { kind: 'failed', serverCode: 404 } });
  });

  it.each([
    ['refused by init', { status: 403, body: { code: 403, message: 'room disabled' } }, 'refused'],
    ['an HTML error page', { status: 403, body: '<html>' }, 'refused'],
    ['an answer that is no init answer', { status: 200, body: { token: 'x' } }, 'malformed_answer'],
  ])('gives up at once: %s', async (_, http, code) => {
    const { host, session } = setUp();
    host.http = http;
    await expect(session.preview({ token: testToken() })).rejects.toMatchObject({ code });
    expect(host.httpRequests).toHaveLength(1);
  });

  it.each(['', 'a.b', 'a.!!!.c', `x.${Buffer.from('{}').toString('base64url')}.y`])(
    'refuses the token %j without asking anyone',
    async (token) => {
      const { host, session } = setUp();
      await expect(session.preview({ token })).rejects.toMatchObject({ code: 'invalid_token' });
      expect(host.httpRequests).toHaveLength(0);
    },
  );

  it('goes on trying an unreachable server for fifteen seconds', async () => {
    const { host, clock, session } = setUp();
    host.http = 'unreachable';
    const failure = expect(session.preview({ token: testToken() })).rejects.toMatchObject({
      code: 'endpoint_unreachable',
    });
    await advance(clock, 20_000);
    await failure;
    expect(host.httpRequests.length).toBeGreaterThan(3);
    expect(host.httpRequests.length).toBeLessThan(15);
  });

  it.each(['room code', 'token'])('asks again when the server wants to be asked, if that is soon: %s', async (what) => {
    const { host, clock, session } = setUp();
    const tooMany = { status: 429, body: { code: 429, message: 'too many; try again in 4 s' } };
    host.http = { ...tooMany, retryAfter: '4' };
    const access = what === 'token' ? { token: testToken() } : { roomCode: 'abc-defg-hij' };
    const preview = session.preview(access);
    await advance(clock, 3_900);
    expect(host.httpRequests).toHaveLength(1);
    host.http = undefined;
    await advance(clock, 500);
    await preview;
    expect(session.state.connection.status).toBe('preview');
  });

  it.each(['room code', 'token'])('says so at once when that is not soon: %s', async (what) => {
    const { host, session } = setUp();
    host.http = { status: 429, body: { code: 429, message: 'too many; try again in 60 s' }, retryAfter: '60' };
    const access = what === 'token' ? { token: testToken() } : { roomCode: 'abc-defg-hij' };
    await expect(session.preview(access)).rejects.toMatchObject({ serverCode: 429, retryAfterMs: 60_000 });
    expect(host.httpRequests).toHaveLength(1);
  });

  it('leaves with the reason when the join is refused', async () => {
    const { host, session } = setUp();
    host.answers.join = () => ({ error: { code: 403, message: 'room is full' } });
    await expect(session.join({ access: { token: testToken() }, name: 'Ada' })).rejects.toMatchObject({
      serverCode: 403,
    });
    expect(session.state.connection).toMatchObject({ status: 'left', reason: { message: 'room is full' } });
    expect(host.socket.isClosed).toBe(true);
  });

  it('joins again on the next socket when the first was lost before the answer', async () => {
    const { host, clock, session } = setUp('viewer');
    host.answers.join = 'silent';
    const join = session.join({ access: { token: testToken() }, name: 'Ada' });
    await settled();
    delete host.answers.join;
    host.socket.drop();
    await advance(clock, 2_000);
    await join;
    expect(host.sockets).toHaveLength(2);
    expect(session.state.connection).toEqual({ status: 'joined' });
  });

  it('gives up on a server that never says the role', async () => {
    const { host, clock, session } = setUp();
    host.sendsPolicy = false;
    const failure = expect(session.preview({ token: testToken() })).rejects.toMatchObject({ code: 'malformed_answer' });
    await advance(clock, 11_000);
    await failure;
  });

  it('can be left while it connects', async () => {
    const { session } = setUp();
    const failure = expect(session.preview({ token: testToken() })).rejects.toMatchObject({ code: 'closed' });
    session.leave();
    await failure;
    expect(session.state.connection).toEqual({ status: 'left', reason: { kind: 'left' } });
  });
});

describe('own media', () => {
  it('mutes a microphone by silence and a camera by letting it go, without an exchange', async () => {
    const { host, session } = await joined('broadcaster', { microphone: true, camera: true });
    const [microphone, camera] = host.publish.senders;
    const offers = host.socket.requests('offer').length;
    const micTrack = session.state.microphone.track;
    const camTrack = session.state.camera.track as unknown as { isStopped: boolean };

    await session.setMicrophone(false);
    await session.setCamera(false);
    await settled();
    expect(micTrack?.enabled).toBe(false);
    expect(microphone?.track).toBe(micTrack);
    expect(camTrack.isStopped).toBe(true);
    expect(camera?.track).toBeUndefined();
    const updates = host.socket
      .requests('track-update')
      .flatMap(({ params }) => Object.values(params?.tracks as object));
    expect(updates).toMatchObject([
      { type: 'audio', mute: true },
      { type: 'video', mute: true },
    ]);

    await session.setCamera(true);
    await settled();
    expect(camera?.track).toBe(session.state.camera.track);
    expect(host.socket.requests('track-update').at(-1)?.id).toBeUndefined();
    expect(host.socket.requests('offer')).toHaveLength(offers);
  });

  it('switches devices without an exchange', async () => {
    const { host, session } = await joined('broadcaster', { camera: true });
    const offers = host.socket.requests('offer').length;
    await session.selectCamera('cam-2');
    await settled();
    expect(host.captures.at(-1)).toMatchObject({ kind: 'video', deviceId: 'cam-2', width: 1280 });
    expect(host.publish.senders.find(({ kind }) => kind === 'video')?.track).toBe(session.state.camera.track);
    expect(host.socket.requests('offer')).toHaveLength(offers);
  });

  it('tells why a device cannot be used, and stays in the room', async () => {
    const { host, session } = await joined();
    host.captureError = new ClientError('device_denied', 'camera: Permission denied');
    await session.setCamera(true);
    expect(session.state.camera).toMatchObject({
      status: 'failed',
      isEnabled: false,
      error: { code: 'device_denied' },
    });
    expect(session.state.connection.status).toBe('joined');
  });

  it('falls back to another device when one is unplugged, and says so when there is none', async () => {
    const { host, session } = await joined('broadcaster', { camera: true });
    (session.state.camera.track as unknown as { onended: () => void }).onended();
    await settled();
    expect(session.state.camera.status).toBe('on');
    host.captureError = new ClientError('device_missing', 'camera: none');
    (session.state.camera.track as unknown as { onended: () => void }).onended();
    await settled();
    expect(session.state.camera).toMatchObject({ status: 'failed', error: { code: 'device_lost' } });
    expect(host.publish.senders.find(({ kind }) => kind === 'video')?.track).toBeUndefined();
  });

  it.each(['device_missing', 'device_in_use'] as const)(
    'a remembered device that cannot be opened (%s) gives way to another, with a hint',
    async (code) => {
      const { host, session } = setUp();
      host.captureErrors.set('cam-gone', new ClientError(code, 'camera: no'));
      await session.selectCamera('cam-gone');
      await session.setCamera(true);
      expect(session.state.camera).toMatchObject({ status: 'on', isSubstitute: true, error: undefined });
      await session.selectCamera('cam-1');
      expect(session.state.camera).toMatchObject({ status: 'on', isSubstitute: false, deviceId: 'cam-1' });
    },
  );

  it('follows wishes that come in one breath: another device, then on', async () => {
    const { host, session } = setUp();
    void session.selectCamera('cam-2');
    await session.setCamera(true);
    expect(session.state.camera).toMatchObject({ status: 'on', deviceId: 'cam-2' });
    void session.setCamera(false);
    void session.setCamera(true);
    await session.setCamera(false);
    expect(session.state.camera).toMatchObject({ status: 'off', track: undefined });
    expect(host.captures.every(({ deviceId }) => deviceId === 'cam-2')).toBe(true);
  });

  it('a device that the person refuses is not asked for a second time', async () => {
    const { host, session } = setUp();
    host.captureErrors.set('cam-1', new ClientError('device_denied', 'camera: no'));
    await session.selectCamera('cam-1');
    await session.setCamera(true);
    expect(session.state.camera).toMatchObject({ status: 'failed', error: { code: 'device_denied' } });
    expect(host.captures).toHaveLength(1);
  });

  it('shows as off what the system has taken, and as on when it comes back, by itself', async () => {
    const { host, clock, session } = await joined('broadcaster', { microphone: true, camera: true });
    const { microphone, camera } = session.state;
    for (const { track } of [microphone, camera]) asFake(track).setMuted(true);
    await advance(clock, 1_500);
    expect(session.state.microphone).toMatchObject({ status: 'interrupted', isEnabled: true });
    expect(session.state.camera).toMatchObject({ status: 'interrupted', isEnabled: true });
    expect(lastMutes(host)).toEqual({ audio: true, video: true });
    for (const { track } of [microphone, camera]) asFake(track).setMuted(false);
    await settled();
    expect(session.state.camera.status).toBe('on');
    expect(lastMutes(host)).toEqual({ audio: false, video: false });
    expect(host.captures).toHaveLength(2);
  });

  it('tells nobody of a device that only stumbles', async () => {
    const { host, clock, session } = await joined('broadcaster', { camera: true });
    const updates = host.socket.requests('track-update').length;
    asFake(session.state.camera.track).setMuted(true);
    await advance(clock, 500);
    asFake(session.state.camera.track).setMuted(false);
    await advance(clock, 5_000);
    expect(session.state.camera.status).toBe('on');
    expect(host.socket.requests('track-update')).toHaveLength(updates);
  });

  it('captures anew what is still silent when the page is shown again', async () => {
    const { host, clock, session } = await joined('broadcaster', { microphone: true, camera: true });
    const { microphone, camera } = session.state;
    host.setVisible(false);
    for (const { track } of [microphone, camera]) asFake(track).setMuted(true);
    await advance(clock, 10_000);
    host.setVisible(true);
    await advance(clock, 2_000);
    expect(session.state.microphone).toMatchObject({ status: 'on', isEnabled: true });
    expect(session.state.microphone.track).not.toBe(microphone.track);
    expect(asFake(microphone.track).isStopped).toBe(true);
    expect(host.publish.senders.map(({ track }) => track)).toEqual([
      session.state.microphone.track,
      session.state.camera.track,
    ]);
    expect(lastMutes(host)).toEqual({ audio: false, video: false });
  });

  it('captures anew what is switched on by hand while the system has it', async () => {
    const { host, clock, session } = await joined('broadcaster', { microphone: true });
    asFake(session.state.microphone.track).setMuted(true);
    await advance(clock, 1_500);
    await session.setMicrophone(true);
    expect(session.state.microphone.status).toBe('on');
    expect(host.captures).toHaveLength(2);
  });

  it('tries again on return what ended while nobody looked, and nothing that ended before one’s eyes', async () => {
    const { host, session } = await joined('broadcaster', { microphone: true, camera: true });
    host.captureError = new ClientError('device_in_use', 'taken');
    asFake(session.state.camera.track).onended?.();
    await settled();
    host.setVisible(false);
    asFake(session.state.microphone.track).onended?.();
    await settled();
    expect(session.state.microphone).toMatchObject({ status: 'failed', error: { code: 'device_lost' } });
    host.captureError = undefined;
    host.setVisible(true);
    await settled();
    expect(session.state.microphone.status).toBe('on');
    expect(session.state.camera.status).toBe('failed');
  });

  it('comes on stage with what was chosen in the invitation: camera on, microphone off', async () => {
    const { host, session } = await joined('viewer');
    host.socket.notify('on-role-change-request', { requested_by: 'p-2', role: 'guest', token: 't' });
    await session.setCamera(true);
    await session.acceptInvitation();
    host.roleName = 'guest';
    host.socket.notify('on-policy-change', host.policy());
    await settled();
    expect(session.state).toMatchObject({
      microphone: { isEnabled: false },
      camera: { isEnabled: true, status: 'on' },
    });
    expect(Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object)).toMatchObject([
      { type: 'audio', mute: true },
      { type: 'video', mute: false },
    ]);
    expect(host.captures.map(({ kind }) => kind)).toEqual(['video']);
  });

  it('publishes a shared screen with its sound and takes both away', async () => {
    const { host, session } = await joined();
    await session.startScreenShare();
    await settled();
    const tracks = Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object);
    expect(tracks.filter(({ source }) => source === 'screen')).toMatchObject([{ type: 'video' }, { type: 'audio' }]);
    session.stopScreenShare();
    await settled();
    const after = Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object);
    expect(after.filter(({ source }) => source === 'screen')).toEqual([]);
    expect(host.publish.senders.filter(({ isActive }) => !isActive)).toHaveLength(2);
  });

  it('ends the share when the person stops it in the browser', async () => {
    const { session } = await joined();
    await session.startScreenShare();
    (session.state.screen.video as unknown as { onended: () => void }).onended();
    expect(session.state.screen.status).toBe('off');
  });

  it('says that the picker was closed, and is ready for the next try', async () => {
    const { host, session } = await joined();
    host.captureError = new ClientError('capture_cancelled', 'screen: denied');
    await expect(session.startScreenShare()).rejects.toMatchObject({ code: 'capture_cancelled' });
    expect(session.state.screen.status).toBe('off');
  });

  it('reports a track the server refuses, and publishes the others', async () => {
    const { host, session } = setUp();
    const errors: ClientError[] = [];
    session.events.on('error', ({ error }) => errors.push(error));
    host.answers.offer = (params) =>
      Object.values(params.tracks as Record<string, { type: string }>).some(({ type }) => type === 'audio')
        ? { error: { code: 403, message: 'audio is not allowed' } }
        : { result: { type: 'answer', sdp: 'v=0 answer' } };
    await session.join({ access: { token: testToken() }, name: 'Ada' });
    await settled();
    expect(errors).toMatchObject([{ serverCode: 403, message: 'audio is not allowed' }]);
    expect(Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object)).toMatchObject([
      { type: 'video' },
    ]);
  });
});

const asFake = (track: MediaStreamTrack | undefined): FakeTrack => track as unknown as FakeTrack;

/** What others were told last of microphone and camera. */
function lastMutes(host: FakeHost): Record<string, boolean> {
  const updates = host.socket
    .requests('track-update')
    .flatMap(({ params }) => Object.values(params?.tracks as Record<string, { type: string; mute: boolean }>));
  return Object.fromEntries(updates.map(({ type, mute }) => [type, mute]));
}

describe('the token of a room code', () => {
  const keeperWith = (token?: string) => {
    const kept = new Map(token === undefined ? [] : [['abc-defg-hij', token]]);
    return {
      kept,
      read: (code: string) => kept.get(code),
      write: vi.fn((code: string, next: string | undefined) => {
        if (next === undefined) kept.delete(code);
        else kept.set(code, next);
      }),
    };
  };

  it('is kept while one is in the room, and forgotten on leaving', async () => {
    const { session } = setUp();
    const keeper = keeperWith();
    await session.join({ access: { roomCode: 'abc-defg-hij', keeper }, name: 'Ada' });
    expect(keeper.kept.get('abc-defg-hij')).toBe(testToken());
    session.leave();
    expect(keeper.kept.size).toBe(0);
  });

  it('is used again by a page that died, so that the server knows whose place it is', async () => {
    const { host, session } = setUp();
    const keeper = keeperWith(testToken({ room_id: 'r-1', role: 'broadcaster', user_id: 'before' }));
    await session.join({ access: { roomCode: 'abc-defg-hij', keeper }, name: 'Ada' });
    expect(host.httpRequests.map(({ url }) => new URL(url).pathname)).toEqual(['/init']);
    expect(session.state.self.userId).toBe('before');
  });

  it.each(['no token', testToken({ room_id: 'r-1', role: 'broadcaster', user_id: 'before' })])(
    'gives way to a new one when it is not taken any more: %s',
    async (token) => {
      const { host, session } = setUp();
      const keeper = keeperWith(token);
      host.refusedTokens.add(token);
      await session.join({ access: { roomCode: 'abc-defg-hij', keeper }, name: 'Ada' });
      expect(keeper.kept.get('abc-defg-hij')).toBe(testToken());
      expect(session.state.connection.status).toBe('joined');
      expect(host.sockets).toHaveLength(1);
    },
  );

  it('stays when the way in fails for another reason', async () => {
    const { host, session } = setUp();
    const keeper = keeperWith(testToken());
    host.answers.join = () => ({ error: { code: 403, message: 'room is full' } });
    await expect(session.join({ access: { roomCode: 'abc-defg-hij', keeper }, name: 'Ada' })).rejects.toMatchObject({
      serverCode: 403,
    });
    expect(keeper.kept.size).toBe(1);
  });
});

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

describe('chat', () => {
  it('shows an own message at once and keeps it under the id the server gave', async () => {
    const { host, session } = await joined();
    const sent = session.sendMessage('hello');
    expect(session.state.messages).toMatchObject([{ text: 'hello', delivery: 'sending', sender: { isSelf: true } }]);
    await sent;
    expect(session.state.messages).toMatchObject([{ id: 'm-1', delivery: 'sent', sentAt: 1_793_000_000_500 }]);
    expect(host.socket.requests('broadcast')[0]?.params).toEqual({ info: { type: 'chat', message: 'hello' } });
  });

  it.each([
    [{ to: 'roles' as const, roles: ['guest'] }, { roles: ['guest'] }],
    [{ to: 'peer' as const, peerId: 'p-2' }, { peer_id: 'p-2' }],
  ])('addresses %j', async (recipients, params) => {
    const { host, session } = await joined();
    await session.sendMessage('psst', recipients);
    expect(host.socket.requests('broadcast')[0]?.params).toMatchObject(params);
  });

  it('keeps a message that failed and sends it again on request', async () => {
    const { host, session } = await joined();
    const answer = host.answers.broadcast;
    host.answers.broadcast = () => ({ error: { code: 429, message: 'too fast', data: { retry_after_ms: 2_000 } } });
    await expect(session.sendMessage('hello')).rejects.toMatchObject({ serverCode: 429, retryAfterMs: 2_000 });
    const [failed] = session.state.messages;
    expect(failed?.delivery).toBe('failed');
    if (answer) host.answers.broadcast = answer;
    await session.retryMessage(failed?.id ?? '');
    expect(session.state.messages).toMatchObject([{ id: 'm-1', delivery: 'sent' }]);
  });

  it('lets no more requests wait than the server works on; what goes beyond is marked as failed', async () => {
    const { host, session } = await joined();
    host.answers.broadcast = 'silent';
    const sends = Array.from({ length: MAX_WAITING_REQUESTS + 1 }, (_, index) => session.sendMessage(`m ${index}`));
    for (const send of sends) send.catch(() => {});
    await expect(sends.at(-1)).rejects.toMatchObject({ code: 'too_many_requests' });
    expect(session.state.messages.at(-1)?.delivery).toBe('failed');
    expect(host.socket.requests('broadcast').length).toBeLessThanOrEqual(MAX_WAITING_REQUESTS);
  });

  it('keeps the latest messages only', async () => {
    const { host, session } = await joined();
    for (let index = 0; index < MESSAGES_KEPT + 10; index++) {
      host.socket.notify('on-broadcast', {
        peer: peerInfo('p-2', 'guest', 'Bo'),
        private: false,
        message_id: `m-${index}`,
        timestamp: index,
        info: { type: 'chat', message: 'hi' },
      });
    }
    expect(session.state.messages).toHaveLength(MESSAGES_KEPT);
    expect(session.state.messages[0]?.id).toBe('m-10');
  });

  it('tells chat and custom events apart, and shows a message once', async () => {
    const { host, session } = await joined();
    const onMessage = vi.fn();
    const onEvent = vi.fn();
    session.events.on('messageReceived', onMessage);
    session.events.on('customEvent', onEvent);
    const chat = {
      peer: peerInfo('p-2', 'guest', 'Bo'),
      private: true,
      message_id: 'm-9',
      timestamp: 1,
      info: { type: 'chat', message: 'hi' },
    };
    host.socket.notify('on-broadcast', chat);
    host.socket.notify('on-broadcast', chat);
    host.socket.notify('on-broadcast', { ...chat, message_id: 'm-10', info: { type: 'wave', message: '{}' } });
    expect(session.state.messages).toMatchObject([{ text: 'hi', sender: { name: 'Bo' }, recipients: { to: 'peer' } }]);
    expect(onEvent).toHaveBeenCalledExactlyOnceWith({ type: 'wave', payload: '{}', peerId: 'p-2' });
  });

  it('refuses to send outside a joined session', async () => {
    const { session } = setUp();
    expect(() => session.sendMessage('hello')).toThrow(ClientError);
  });
});

describe('roles', () => {
  const policy = (host: FakeHost, name: string): void => {
    host.roleName = name;
    host.socket.notify('on-policy-change', host.policy());
  };

  it('brings a viewer to the stage: fresh connections by an offer without tracks, then muted tracks', async () => {
    const { host, session } = await joined('viewer');
    const changes: unknown[] = [];
    session.events.on('roleChanged', (change) => changes.push(change));
    policy(host, 'guest');
    await settled();
    const offers = host.socket.requests('offer').map(({ params }) => Object.values(params?.tracks as object));
    expect(offers[0]).toEqual([]);
    expect(offers.at(-1)).toMatchObject([
      { type: 'audio', mute: true },
      { type: 'video', mute: true },
    ]);
    expect(changes).toEqual([{ from: 'viewer', to: 'guest' }]);
    expect(session.state.self.level).toBe('stage');
  });

  it('publishes what was switched on while the invitation was open', async () => {
    const { host, session } = await joined('viewer');
    host.socket.notify('on-peer-join', peerObject('p-2', 'broadcaster'));
    host.socket.notify('on-role-change-request', { requested_by: 'p-2', role: 'guest', token: 'once' });
    expect(session.state.invitation).toMatchObject({ roleName: 'guest', level: 'stage', requesterName: 'p-2' });
    await session.setMicrophone(true);
    await session.acceptInvitation();
    expect(host.socket.requests('role-change')[0]?.params).toEqual({
      requested_by: 'p-2',
      role: 'guest',
      token: 'once',
    });
    policy(host, 'guest');
    await settled();
    expect(Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object)).toMatchObject([
      { type: 'audio', mute: false },
      { type: 'video', mute: true },
    ]);
    expect(session.state.invitation).toBeUndefined();
  });

  it('declines by a message to the inviter and lets the devices go', async () => {
    const { host, session } = await joined('viewer');
    host.socket.notify('on-peer-join', peerObject('p-2', 'broadcaster'));
    host.socket.notify('on-role-change-request', { requested_by: 'p-2', role: 'guest', token: 'once' });
    await session.setCamera(true);
    const track = session.state.camera.track as unknown as { isStopped: boolean };
    await session.declineInvitation();
    expect(track.isStopped).toBe(true);
    expect(host.socket.requests('role-change')).toHaveLength(0);
    expect(host.socket.requests('broadcast')[0]?.params).toMatchObject({
      peer_id: 'p-2',
      info: { type: 'role_change_declined' },
    });
  });

  it('leaves the stage with both connections kept, and uses them again', async () => {
    const { host, session } = await joined('guest', { microphone: true, camera: true });
    policy(host, 'viewer');
    await settled();
    expect(host.socket.requests('offer').at(-1)?.params?.tracks).toEqual({});
    expect(session.state.microphone.track).toBeUndefined();
    expect(host.publish.isClosed).toBe(false);
    policy(host, 'guest');
    await settled();
    expect(host.peerConnections).toHaveLength(2);
    expect(Object.values(host.socket.requests('offer').at(-1)?.params?.tracks as object)).toHaveLength(2);
  });

  it('publishes a video anew when its layers change', async () => {
    const { host } = await joined('guest');
    policy(host, 'broadcaster');
    await settled();
    const active = host.publish.senders.filter(({ isActive }) => isActive);
    expect(active.map(({ kind, encodings }) => [kind, encodings.length])).toEqual([
      ['audio', 1],
      ['video', 3],
    ]);
  });

  it('does not ask for what the role may not do', async () => {
    const { host, session } = await joined('viewer');
    await expect(session.startLiveStream()).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(session.endRoom()).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(session.changeRole('p-2', 'guest')).rejects.toMatchObject({ code: 'not_allowed' });
    expect(host.socket.requests('hls-start')).toHaveLength(0);
  });
});

describe('live stream', () => {
  const started = { url: 'https://live.example.org/s/1/master.m3u8', state: 'started', started_at: 5 };

  it('goes from starting to live to ended', async () => {
    const { host, session } = await joined();
    const statuses: string[] = [];
    session.subscribe(() => statuses.push(session.state.liveStream.status));
    await session.startLiveStream();
    host.socket.notify('on-hls-update', {
      enabled: true,
      variants: [{ url: '', state: 'initialised', initialised_at: 4 }],
    });
    await settled();
    host.socket.notify('on-hls-update', { enabled: true, variants: [started] });
    await settled();
    expect(session.state.liveStream).toEqual({ status: 'live', url: started.url, startedAt: 5, error: undefined });
    await session.stopLiveStream();
    expect(session.state.liveStream.status).toBe('stopping');
    host.socket.notify('on-hls-update', { enabled: false, variants: [{ url: '', state: 'stopped' }] });
    await settled();
    expect(session.state.liveStream).toMatchObject({ status: 'ended', url: started.url });
    expect([...new Set(statuses)]).toEqual(['starting', 'live', 'stopping', 'ended']);
  });

  it('STR19: is drawn otherwise by those who may stream', async () => {
    const { host, session } = await joined();
    await session.composeLiveStream({ layout: 'sidebar', gap: 16 });
    expect(host.socket.requests('hls-composition').map(({ params }) => params)).toEqual([
      { layout: 'sidebar', gap: 16 },
    ]);
    host.answers['hls-composition'] = () => ({ error: { code: 404, message: 'hls not running' } });
    await expect(session.composeLiveStream({})).rejects.toMatchObject({ serverCode: 404 });
    const viewer = await joined('viewer');
    await expect(viewer.session.composeLiveStream({ gap: 1 })).rejects.toMatchObject({ code: 'not_allowed' });
  });

  it('tells why a start was refused, and why a stream broke', async () => {
    const { host, session } = await joined();
    host.answers['hls-start'] = () => ({ error: { code: 403, message: 'the destination is off' } });
    await expect(session.startLiveStream()).rejects.toMatchObject({ serverCode: 403 });
    expect(session.state.liveStream).toMatchObject({ status: 'failed', error: 'the destination is off' });
    host.socket.notify('on-hls-update', { enabled: true, variants: [started] });
    host.socket.notify('on-hls-update', {
      enabled: false,
      variants: [],
      error: { code: 500, message: 'encoder died' },
    });
    expect(session.state.liveStream).toMatchObject({ status: 'failed', error: 'encoder died' });
  });

  it('is live for who comes later', async () => {
    const { host, session } = await joined('viewer');
    host.socket.notify('peer-list', { peers: {}, room: roomObject({ enabled: true, variants: [started] }) });
    expect(session.state.liveStream).toMatchObject({ status: 'live', url: started.url });
  });
});

describe('leaving', () => {
  it('tells the server, closes everything and lets the devices go', async () => {
    const { host, clock, session } = await joined('broadcaster', { microphone: true, camera: true });
    const { camera, microphone } = session.state;
    session.leave();
    await session.closed;
    expect(host.socket.requests('leave')).toHaveLength(1);
    expect(host.socket.isClosed).toBe(true);
    expect(host.peerConnections.every(({ isClosed }) => isClosed)).toBe(true);
    for (const { track } of [camera, microphone]) expect(track).toMatchObject({ isStopped: true });
    expect(clock.pending).toBe(0);
  });

  it.each([
    [
      { requested_by: 'p-2', reason: 'be nice', room_end: false },
      { kind: 'removed', by: 'p-2', message: 'be nice' },
    ],
    [
      { requested_by: 'p-2', reason: 'over', room_end: true },
      { kind: 'ended', by: 'p-2', message: 'over' },
    ],
    [
      { reason: 'slow', room_end: false },
      { kind: 'removed', by: undefined, message: 'slow' },
    ],
  ])('obeys %j', async (params, reason) => {
    const { host, session } = await joined();
    host.socket.notify('on-peer-leave-request', params);
    expect(session.state.connection).toEqual({ status: 'left', reason });
    expect(host.socket.requests('leave')).toHaveLength(0);
  });

  it('ends the room for all', async () => {
    const { host, session } = await joined();
    await session.endRoom({ lock: true });
    expect(host.socket.requests('end-room')[0]?.params).toEqual({ lock: true, reason: '' });
    expect(session.state.connection).toMatchObject({ status: 'left', reason: { kind: 'ended' } });
  });

  it('takes another person out, with the permission only', async () => {
    const { host, session } = await joined();
    await session.removePeer('p-2', 'spam');
    expect(host.socket.requests('peer-leave-request')[0]?.params).toEqual({ requested_for: 'p-2', reason: 'spam' });
    const guest = await joined('guest');
    await expect(guest.session.removePeer('p-2')).rejects.toMatchObject({ code: 'not_allowed' });
    expect(guest.host.socket.requests('peer-leave-request')).toEqual([]);
  });

  it('leaves when the server reports a fatal error', async () => {
    const { host, session } = await joined();
    host.socket.notify('on-error', { code: 410, message: 'session is over' });
    expect(session.state.connection).toMatchObject({ status: 'left', reason: { serverCode: 410 } });
  });
});

describe('connection loss', () => {
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
