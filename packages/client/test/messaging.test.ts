import { compositionInfo, ROLE_REQUEST_MS } from '@amphi/protocol';
import { MAX_WAITING_REQUESTS } from '@amphi/signaling';
import { describe, expect, it, vi } from 'vitest';
import { ClientError, MESSAGES_KEPT } from '../src/index.ts';
import { type FakeHost, peerInfo, peerObject, roomObject } from './fake-host.ts';
import { advance, joined, settled, setUp } from './joined.ts';

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

  it('STG11: says whom a message names, and is told so by others; those who cannot say it name nobody', async () => {
    const { host, session } = await joined();
    await session.sendMessage('@Bo, hello', undefined, { mentions: ['p-2'] });
    expect(host.socket.requests('broadcast')[0]?.params).toEqual({
      info: { type: 'chat', message: '@Bo, hello', mentions: ['p-2'] },
    });
    const told = { peer: peerInfo('p-2', 'guest'), private: false, timestamp: 1 };
    for (const [id, mentions] of [
      ['m-2', ['p-1']],
      ['m-3', undefined],
    ]) {
      host.socket.notify('on-broadcast', { ...told, message_id: id, info: { type: 'chat', message: 'hi', mentions } });
    }
    await settled();
    expect(session.state.messages.map(({ mentions }) => mentions)).toEqual([['p-2'], ['p-1'], undefined]);
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

  it('an invitation that nobody answers goes, with what was switched on for it', async () => {
    const { host, session, clock } = await joined('viewer');
    host.socket.notify('on-role-change-request', { requested_by: 'p-2', role: 'guest', token: 'old' });
    await advance(clock, ROLE_REQUEST_MS / 2);
    host.socket.notify('on-role-change-request', { requested_by: 'p-2', role: 'guest', token: 'newer' });
    await session.setMicrophone(true);
    await advance(clock, ROLE_REQUEST_MS / 2);
    expect(session.state.invitation?.token).toBe('newer');
    await advance(clock, ROLE_REQUEST_MS / 2);
    expect([session.state.invitation, session.state.microphone.status]).toEqual([undefined, 'off']);
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
      info: {
        type: 'role_change_declined',
        message: JSON.stringify({ role: 'guest', token: 'once', peerName: session.state.self.name }),
      },
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
    await expect(session.changeRoles(['viewer'], 'guest')).rejects.toMatchObject({ code: 'not_allowed' });
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
    expect(session.state.liveStream).toEqual({
      status: 'live',
      url: started.url,
      startedAt: 5,
      canGoBack: false,
      shapes: [],
      error: undefined,
    });
    await session.stopLiveStream();
    expect(session.state.liveStream.status).toBe('stopping');
    host.socket.notify('on-hls-update', { enabled: false, variants: [{ url: '', state: 'stopped' }] });
    await settled();
    expect(session.state.liveStream).toMatchObject({ status: 'ended', url: started.url });
    expect([...new Set(statuses)]).toEqual(['starting', 'live', 'stopping', 'ended']);
  });

  it('STR19: is drawn otherwise by those who may stream', async () => {
    const { host, session } = await joined();
    const answer = compositionInfo.parse({
      ...{
        layout: 'sidebar',
        tileAspectRatio: '16:9',
        videoAspectRatio: '16:9',
        tileFit: 'auto',
        gap: 16,
        margin: null,
      },
      ...{
        showNames: true,
        backgroundColor: '#000000',
        backgroundImage: null,
        logo: null,
        standByText: '',
        standBy: false,
      },
    });
    host.answers['hls-composition'] = () => ({ result: answer });
    // Of what was never asked for, a change says too little.
    host.socket.notify('on-hls-composition', { gap: 2 });
    await settled();
    expect(session.state.composition).toBeUndefined();
    expect(await session.composeLiveStream({ layout: 'sidebar', gap: 16 })).toEqual(answer);
    expect(session.state.composition).toEqual(answer);
    host.socket.notify('on-hls-composition', { standBy: true });
    await settled();
    expect(session.state.composition).toEqual({ ...answer, standBy: true });
    expect(host.socket.requests('hls-composition').map(({ params }) => params)).toEqual([
      { layout: 'sidebar', gap: 16 },
    ]);
    host.answers['hls-composition'] = () => ({ error: { code: 404, message: 'hls not running' } });
    await expect(session.composeLiveStream({})).rejects.toMatchObject({ serverCode: 404 });
    const viewer = await joined('viewer');
    await expect(viewer.session.composeLiveStream({ gap: 1 })).rejects.toMatchObject({ code: 'not_allowed' });
  });

  it('STR40: its viewers are sent messages by those who may stream', async () => {
    const { host, session } = await joined();
    await session.sendTimedMetadata('applause', { durationS: 5 });
    await session.sendTimedMetadata('curtain');
    expect(host.socket.requests('hls-timed-metadata').map(({ params }) => params)).toEqual([
      { metadata_objs: [{ payload: 'applause', duration: 5 }] },
      { metadata_objs: [{ payload: 'curtain', duration: 1 }] },
    ]);
    host.answers['hls-timed-metadata'] = () => ({ error: { code: 404, message: 'hls not running' } });
    await expect(session.sendTimedMetadata('x')).rejects.toMatchObject({ serverCode: 404 });
    const viewer = await joined('viewer');
    await expect(viewer.session.sendTimedMetadata('x')).rejects.toMatchObject({ code: 'not_allowed' });
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

  it('STR26: has both pictures of a stream that is drawn in two shapes, while both can be played', async () => {
    const { host, session } = await joined('viewer');
    const wide = { ...started, aspect_ratio: '16:9' };
    const tall = { ...started, url: 'https://live/tall/master.m3u8', aspect_ratio: '9:16' };
    host.socket.notify('on-hls-update', { enabled: true, variants: [wide, tall] });
    expect(session.state.liveStream).toMatchObject({
      url: wide.url,
      shapes: [
        { url: wide.url, ratio: 16 / 9 },
        { url: tall.url, ratio: 9 / 16 },
      ],
    });
    // What is over is played to its end.
    host.socket.notify('on-hls-update', { enabled: false, variants: [{ url: wide.url, state: 'stopped' }] });
    expect(session.state.liveStream.shapes).toHaveLength(2);
    host.socket.notify('on-hls-update', { enabled: true, variants: [wide] });
    expect(session.state.liveStream.shapes).toEqual([]);
    host.socket.notify('on-hls-update', { enabled: true, variants: [wide, { ...tall, aspect_ratio: 'tall' }] });
    expect(session.state.liveStream).toMatchObject({ url: wide.url, shapes: [] });
  });

  it('is live for who comes later', async () => {
    const { host, session } = await joined('viewer');
    host.socket.notify('peer-list', { peers: {}, room: roomObject({ enabled: true, variants: [started] }) });
    expect(session.state.liveStream).toMatchObject({ status: 'live', url: started.url });
  });
});
