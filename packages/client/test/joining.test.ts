import { describe, expect, it, vi } from 'vitest';
import { peerObject, roles, roomObject, testToken } from './fake-host.ts';
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

  it('PRE8: tells how the room is to look, once there is a connection', async () => {
    await expect(setUp().session.readLayouts()).rejects.toMatchObject({ code: 'wrong_state' });
    const { host, session } = await joined();
    await expect(session.readLayouts()).rejects.toMatchObject({ code: 'malformed_answer' });
    const layout = layoutOf('broadcaster');
    host.layouts = [layout];
    expect(await session.readLayouts()).toEqual([layout]);
    const asked = host.httpRequests.at(-1);
    expect(asked?.url).toBe('https://live.example.org/v2/layouts/ui');
    expect(asked?.request.headers).toEqual({ authorization: `Bearer ${testToken()}` });
    // Colours and fonts end up in a style sheet: what could end a declaration in it is not taken.
    host.layouts = [{ ...layout, typography: { font_family: 'a"}' } }];
    await expect(session.readLayouts()).rejects.toMatchObject({ code: 'malformed_answer' });
  });

  it('PRE11: the look is asked for as soon as there is a token; one that is too old gives way to another', async () => {
    const { host, session } = setUp();
    const layout = layoutOf('broadcaster');
    host.layouts = [layout];
    const token = testToken({ room_id: 'r-1', role: 'broadcaster', user_id: 'before' });
    host.refusedTokens.add(token);
    const keeper = { read: () => token, write: () => {} };
    const isIn = session.join({ access: { roomCode: 'abc-defg-hij', keeper }, name: 'Ada' });
    expect(session.state.connection.status).toBe('connecting');
    expect(await session.readLayouts()).toEqual([layout]);
    await isIn;
    const urls = host.httpRequests.map(({ url }) => new URL(url).pathname);
    expect(urls.indexOf('/v2/layouts/ui')).toBeLessThan(urls.lastIndexOf('/init'));
    expect(urls.filter((path) => path === '/v2/layouts/ui')).toHaveLength(2);

    const left = setUp();
    left.host.http = 'unreachable';
    const trying = left.session.preview({ roomCode: 'abc-defg-hij' });
    const reading = left.session.readLayouts();
    left.session.leave();
    await expect(reading).rejects.toMatchObject({ code: 'closed' });
    await expect(trying).rejects.toMatchObject({});
  });

  it('NET2: measures the connection where the server says how', async () => {
    await expect(setUp().session.measureNetwork()).rejects.toMatchObject({ code: 'wrong_state' });
    const plain = await joined();
    expect(await plain.session.measureNetwork()).toBeUndefined();

    const { host, clock, session } = setUp();
    host.networkHealth = {
      url: 'https://live.example.org/bytes',
      timeout: 10_000,
      scoreMap: { 1: { low: 0, high: 300 }, 5: { low: 300 } },
    };
    await session.preview({ roomCode: 'abc-defg-hij' });
    // All at once is as good as it gets.
    host.http = { status: 200, body: 'x'.repeat(1_000) };
    expect(await session.measureNetwork()).toBe(5);
    expect(host.httpRequests.at(-1)?.url).toMatch(/^https:\/\/live\.example\.org\/bytes\?\d+$/);
    host.http = { status: 429, body: { code: 429, message: 'too many' } };
    await expect(session.measureNetwork()).rejects.toMatchObject({ code: 'refused', serverCode: 429 });
    host.http = 'unreachable';
    await expect(session.measureNetwork()).rejects.toMatchObject({ code: 'endpoint_unreachable' });
    host.http = 'silent';
    const late = session.measureNetwork();
    await advance(clock, 10_000);
    expect(await late).toBe(1);
  });

  it('REC29: tells what there is of the stream once it is over, also when one has left', async () => {
    await expect(setUp().session.readRecordedStream()).rejects.toMatchObject({ code: 'wrong_state' });
    const { host, session } = await joined();
    session.leave();
    const told = {
      status: 'ready',
      parts: [{ url: 'https://live.example.org/recordings/a/1/s/master.m3u8', duration: 61.7 }],
      expires_at: '2026-01-05T12:00:00.000Z',
    };
    host.http = { status: 200, body: told };
    expect(await session.readRecordedStream()).toEqual(told);
    const asked = host.httpRequests.at(-1);
    expect(asked?.url).toBe('https://live.example.org/v2/client/recorded-stream');
    expect(asked?.request.headers).toEqual({ authorization: `Bearer ${testToken()}` });
    host.http = { status: 200, body: { status: 'perhaps' } };
    await expect(session.readRecordedStream()).rejects.toMatchObject({ code: 'malformed_answer' });
  });

  it('FBK5: says how it was, also when one has left; who never came in has nothing to say', async () => {
    const feedback = { rating: 4, question: 'How was it?', comment: 'Fine' };
    await expect(setUp().session.sendFeedback(feedback)).rejects.toMatchObject({ code: 'wrong_state' });
    const { host, session } = await joined();
    session.leave();
    await session.sendFeedback(feedback);
    const asked = host.httpRequests.at(-1);
    expect(asked?.url).toBe('https://live.example.org/v2/client/feedback');
    expect(asked?.request.headers).toMatchObject({ authorization: `Bearer ${testToken()}` });
    expect(JSON.parse(asked?.request.body ?? '')).toEqual({
      peer: { peer_id: session.state.self.peerId, session_id: 's-1' },
      payload: { ...feedback, min_rating: 1, max_rating: 5, reasons: [] },
    });
    host.http = { status: 403, body: { code: 403, message: 'not in the session' } };
    await expect(session.sendFeedback(feedback)).rejects.toMatchObject({ code: 'refused', serverCode: 403 });
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

  it('SIG20: a preview whose role may see the room has begun when it is told: a live room never looks as if it were not', async () => {
    const { host, session } = setUp();
    host.sendsPolicy = false;
    const known = { ...roles.broadcaster!, permissions: { ...roles.broadcaster!.permissions, sendRoomState: true } };
    const shown = session.preview({ token: testToken() });
    await settled();
    host.socket.notify('on-policy-change', {
      name: 'broadcaster',
      template_id: 't-1',
      known_roles: { broadcaster: known },
    });
    await settled();
    expect(session.state.self.role?.name).toBe('broadcaster');
    expect(session.state.connection.status).toBe('connecting');
    const started = {
      url: 'https://live.example.org/a/master.m3u8',
      meetingURL: '',
      state: 'started',
      started_at: 2_000,
    };
    const live = roomObject({ enabled: true, variants: [started] });
    host.socket.notify('room-state', { peer_count: 3, room: live });
    await shown;
    expect(session.state).toMatchObject({ connection: { status: 'preview' }, liveStream: { status: 'live' } });
    // One that is never told is entered all the same.
    const other = setUp();
    other.host.sendsPolicy = false;
    const untold = other.session.preview({ token: testToken() });
    await settled();
    other.host.socket.notify('on-policy-change', {
      name: 'broadcaster',
      template_id: 't-1',
      known_roles: { broadcaster: known },
    });
    await settled();
    await advance(other.clock, 5_000);
    await untold;
    expect(other.session.state.connection.status).toBe('preview');
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
    // Half a second apart at least while a start may take so long, then a second.
    expect(host.httpRequests.length).toBeLessThan(30);
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

  it('is in when it knows who is there, not with the answer before that', async () => {
    const { host, session } = setUp('viewer');
    host.saysWhoIsThere = false;
    const isIn = session.join({ access: { token: testToken() }, name: 'Ada' });
    await settled();
    expect(session.state.connection).toEqual({ status: 'joining' });
    const seen: [string, number][] = [];
    session.subscribe(() => seen.push([session.state.connection.status, Object.keys(session.state.peers).length]));
    host.socket.notify('peer-list', { peers: { 'p-1': peerObject('p-1', 'broadcaster') }, room: roomObject() });
    await isIn;
    expect(seen).toEqual([
      ['joining', 1],
      ['joined', 1],
    ]);
  });

  it('is in after some seconds all the same, and lost when the socket is', async () => {
    const { host, clock, session } = setUp('viewer');
    host.saysWhoIsThere = false;
    const isIn = session.join({ access: { token: testToken() }, name: 'Ada' });
    await settled();
    await advance(clock, 5_000);
    await isIn;
    expect(session.state.connection).toEqual({ status: 'joined' });

    const cut = setUp('viewer');
    cut.host.saysWhoIsThere = false;
    const isCut = cut.session.join({ access: { token: testToken() }, name: 'Ada' });
    await settled();
    cut.host.socket.drop();
    await isCut;
    expect(cut.session.state.connection).toMatchObject({ status: 'reconnecting', wasJoined: true });
    await advance(cut.clock, 2_000);
    expect(cut.session.state.connection).toEqual({ status: 'joined' });
  });

  it('rejects when it is left between the answer and the list', async () => {
    const { host, session } = setUp('viewer');
    host.saysWhoIsThere = false;
    const isIn = session.join({ access: { token: testToken() }, name: 'Ada' });
    await settled();
    const failure = expect(isIn).rejects.toMatchObject({ code: 'closed' });
    session.leave();
    await failure;
    expect(session.state.connection).toEqual({ status: 'left', reason: { kind: 'left' } });
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

const layoutOf = (role: string) => ({
  id: 'l',
  role_id: 'r',
  role,
  template_id: 't',
  app_id: 'a',
  look: { title: 'Welcome', chat: false },
  screens: {
    preview: {
      default: {
        elements: {
          preview_header: { title: 'Welcome', sub_title: '' },
          join_form: { join_btn_type: 'JOIN_BTN_TYPE_JOIN_ONLY', join_btn_label: 'Join', go_live_btn_label: 'Go' },
        },
      },
    },
    conferencing: { default: { elements: { participant_list: {} } } },
    leave: {
      default: {
        elements: {
          feedback: {
            title: '',
            sub_title: '',
            submit_btn_label: '',
            ratings: [],
            comment: { label: '', placeholder: '' },
          },
        },
      },
    },
  },
});
