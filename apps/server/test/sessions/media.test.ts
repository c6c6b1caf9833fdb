import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { KIT_ROLES, makeRole, makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient, WireMessage } from './wire-client.ts';

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

const trackOf = (id: string, change: object = {}) => ({
  track_id: id,
  stream_id: `stream-${id}`,
  type: id.startsWith('a') ? 'audio' : 'video',
  source: 'regular',
  description: '',
  mute: false,
  ...change,
});

/** Publishes exactly these tracks. */
function publish(
  client: WireClient,
  version: number,
  tracks: readonly ReturnType<typeof trackOf>[],
  more: { readonly session?: string; readonly ufrag?: string; readonly nodeId?: string } = {},
): Promise<WireMessage> {
  const { session = `pub-${client.peerId}`, ufrag, nodeId } = more;
  const sdp = JSON.stringify({
    session,
    version,
    tracks: tracks.map((track) => track.track_id),
    ...(ufrag ? { ufrag } : {}),
  });
  return client.request('offer', {
    desc: { type: 'offer', sdp },
    tracks: Object.fromEntries(tracks.map((track) => [track.track_id, track])),
    ...(nodeId ? { sfu_node_id: nodeId } : {}),
  });
}

/** Takes the next subscribe offer, answers it, and tells which tracks it carries. */
async function answerNext(client: WireClient): Promise<string[]> {
  const { sdp } = await client.next('offer');
  client.notify('answer', { desc: { type: 'answer', sdp } });
  return (JSON.parse(sdp) as { tracks: string[] }).tracks;
}

it('tells back ends since when each track is published, muted or not, and of one that came back anew', async () => {
  const clock = new VirtualClock();
  const host = await start({ clock });
  const ann = await host.join('broadcaster');
  const starts = () =>
    host.host
      .activeRoom('room-1')
      .peer(ann.peerId)
      .tracks.map(({ track, startedAt }) => [track.track_id, startedAt]);
  const first = clock.now();
  await publish(ann, 1, [trackOf('a1')]);
  clock.advance(3_000);
  await publish(ann, 2, [trackOf('a1', { mute: true }), trackOf('v1')]);
  expect(starts()).toEqual([
    ['a1', first],
    ['v1', first + 3_000],
  ]);
  await publish(ann, 3, [trackOf('v1')]);
  clock.advance(3_000);
  await publish(ann, 4, [trackOf('v1'), trackOf('a1')]);
  expect(starts()).toEqual([
    ['v1', first + 3_000],
    ['a1', first + 6_000],
  ]);
});

describe('publishing and subscribing', () => {
  it('SIG30: announces a track to those who may see it, and offers it to them', async () => {
    const host = await start();
    const ann = await host.join('broadcaster', { name: 'Ann' });
    const bo = await host.join('viewer-realtime');
    const cy = await host.join('hls-viewer');
    expect(await answerNext(bo)).toEqual([]);
    const answer = await publish(ann, 2, [trackOf('a1')]);
    expect(answer.result).toMatchObject({ type: 'answer' });
    const added = await bo.next('on-track-add');
    expect(added.peer).toMatchObject({ peer_id: ann.peerId, role: 'broadcaster', info: { name: 'Ann' } });
    expect(added.tracks).toEqual({ a1: trackOf('a1') });
    expect(await answerNext(bo)).toEqual(['a1']);
    await Promise.all([ann.settled(), cy.settled()]);
    expect(ann.all('on-track-add')).toEqual([]);
    expect(cy.all('on-track-add')).toEqual([]);
    expect(cy.all('offer')).toEqual([]);
  });

  it('SIG30: shows a newcomer the tracks that are there', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, [trackOf('a1'), trackOf('v1')]);
    const bo = await host.join('viewer-realtime');
    const cy = await host.join('hls-viewer');
    expect((await bo.next('peer-list')).peers[ann.peerId]?.tracks).toEqual({ a1: trackOf('a1'), v1: trackOf('v1') });
    expect((await cy.next('peer-list')).peers[ann.peerId]?.tracks).toEqual({});
    expect(await answerNext(bo)).toEqual(['a1', 'v1']);
  });

  it('SIG31: refuses what the role may not publish, though the client offers it', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const bo = await host.join('viewer-on-stage');
    const cy = await host.join('viewer-realtime');
    await answerNext(ann);
    const screen = trackOf('v9', { source: 'screen' });
    const screenSound = trackOf('a9', { source: 'screen' });
    const answer = await publish(bo, 2, [trackOf('v1'), screen, screenSound]);
    expect(JSON.parse(answer.result?.sdp as string)).toMatchObject({ refused: ['v9', 'a9'] });
    expect((await ann.next('on-track-add')).tracks).toEqual({ v1: trackOf('v1') });
    const none = await publish(cy, 2, [trackOf('v5')]);
    expect(JSON.parse(none.result?.sdp as string)).toMatchObject({ refused: ['v5'] });
    await ann.settled();
    expect(ann.all('on-track-add')).toHaveLength(1);
    expect(host.sfu.router.tracks().map((track) => track.trackId)).toEqual(['v1']);
  });

  it('SIG32: withdraws vanished tracks before the subscribe offer that drops them', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, [trackOf('a1'), trackOf('v1')]);
    const bo = await host.join('viewer-realtime');
    expect(await answerNext(bo)).toEqual(['a1', 'v1']);
    await publish(ann, 3, [trackOf('a1')]);
    expect((await bo.next('on-track-remove')).tracks).toEqual({ v1: trackOf('v1') });
    expect(await answerNext(bo)).toEqual(['a1']);
    ann.notify('leave', { client_reason: 'user request' });
    expect((await bo.next('on-track-remove')).tracks).toEqual({ a1: trackOf('a1') });
    expect(await bo.next('on-peer-leave')).toEqual({ peer_id: ann.peerId });
    expect(await answerNext(bo)).toEqual([]);
  });

  it('SIG33: passes mute on, also when it comes while the offer is worked on', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const bo = await host.join('viewer-realtime');
    let release = (): void => {};
    host.sfu.router.held.set(
      ann.peerId,
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    const answered = publish(ann, 2, [trackOf('a1')]);
    ann.notify('track-update', { tracks: { a1: trackOf('a1', { mute: true }), unknown: trackOf('a7') } });
    await ann.settled();
    release();
    await answered;
    expect((await bo.next('on-track-add')).tracks.a1?.mute).toBe(false);
    const update = await bo.next('on-track-update');
    expect(update.peer.peer_id).toBe(ann.peerId);
    expect(update.tracks).toEqual({ a1: trackOf('a1', { mute: true }) });
    expect(host.sfu.router.publishing(ann.peerId).muted.get('a1')).toBe(true);
  });

  it('SIG34: sends audio unasked and video when asked; every data channel request is answered', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, [trackOf('a1'), trackOf('v1')]);
    const bo = await host.join('viewer-realtime');
    await answerNext(bo);
    const subscribing = host.sfu.router.subscribing(bo.peerId);
    expect(subscribing.desired.get('a1')).toMatchObject({ subscribed: true });
    expect(subscribing.desired.get('v1')).toMatchObject({ subscribed: true, maxLayer: 'none' });
    const ask = (request: unknown): unknown => {
      subscribing.events.emit('dataMessage', { text: typeof request === 'string' ? request : JSON.stringify(request) });
      const reply = subscribing.sent.pop();
      return reply === undefined ? undefined : JSON.parse(reply);
    };
    const prefer = (trackId: string, layer: string) => ({
      id: 'x',
      jsonrpc: '2.0',
      method: 'prefer-video-track-state',
      params: { track_id: trackId, max_spatial_layer: layer },
    });
    expect(ask(prefer('v1', 'medium'))).toEqual({ id: 'x', result: {} });
    expect(subscribing.desired.get('v1')).toMatchObject({ subscribed: true, maxLayer: 'medium' });
    expect(ask(prefer('v1', 'medium'))).toEqual({ id: 'x', result: {} });
    const hush = { id: 'y', method: 'prefer-audio-track-state', params: { track_id: 'a1', subscribed: false } };
    expect(ask(hush)).toEqual({ id: 'y', result: {} });
    expect(subscribing.desired.get('a1')).toMatchObject({ subscribed: false });
    expect(ask(prefer('nothing', 'high'))).toMatchObject({ id: 'x', error: { code: 404 } });
    expect(ask(prefer('v1', 'highest'))).toMatchObject({ id: 'x', error: { code: 400 } });
    expect(ask({ id: 'z', method: 'dance' })).toMatchObject({ id: 'z', error: { code: 400 } });
    expect(ask('garbage')).toBeUndefined();
    const flood = Array.from({ length: 1000 }, () => ask(prefer('v1', 'low')) as { error?: { code: number } });
    expect(flood.every((reply) => reply !== undefined)).toBe(true);
    expect(flood.at(-1)?.error?.code).toBe(429);
  });

  it('SIG34: sends video unasked to those who joined so', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, [trackOf('v1')]);
    const bo = await host.connect('viewer-realtime');
    const offer = { type: 'offer', sdp: JSON.stringify({ session: 's', version: 1, tracks: [] }) };
    await bo.request('join', { name: 'Bo', disableVidAutoSub: false, offer });
    await answerNext(bo);
    expect(host.sfu.router.subscribing(bo.peerId).desired.get('v1')).toMatchObject({
      subscribed: true,
      maxLayer: 'high',
    });
  });

  it('SIG38: who takes pictures on demand is offered those it has asked for', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, [trackOf('a1'), trackOf('v1'), trackOf('v2', { source: 'screen' })]);
    const bo = await host.connect('viewer-realtime');
    const offer = { type: 'offer', sdp: JSON.stringify({ session: 's', version: 1, tracks: [] }) };
    await bo.request('join', { name: 'Bo', disableVidAutoSub: true, onDemandTracks: true, offer });
    const listed = (await bo.next('peer-list')).peers[ann.peerId]?.tracks ?? {};
    expect(Object.keys(listed)).toEqual(['a1', 'v1', 'v2']);
    expect(await answerNext(bo)).toEqual(['a1']);
    const prefer = (trackId: string, layer: string): void => {
      const params = { track_id: trackId, max_spatial_layer: layer };
      host.sfu.router.subscribing(bo.peerId).events.emit('dataMessage', {
        text: JSON.stringify({ id: 'x', method: 'prefer-video-track-state', params }),
      });
    };
    prefer('v2', 'none');
    prefer('v1', 'medium');
    expect(await answerNext(bo)).toEqual(['a1', 'v1']);
    // Paused, and back without an offer.
    prefer('v1', 'none');
    await bo.settled();
    expect(host.sfu.router.subscribing(bo.peerId).desired.get('v1')).toMatchObject({ maxLayer: 'none' });
    prefer('v1', 'high');
    await bo.settled();
    expect(bo.all('offer')).toHaveLength(2);
    prefer('v2', 'high');
    expect(await answerNext(bo)).toEqual(['a1', 'v1', 'v2']);
    // A track that went is another one when it is back.
    await publish(ann, 3, [trackOf('a1'), trackOf('v1')]);
    expect(await answerNext(bo)).toEqual(['a1', 'v1']);
    await publish(ann, 4, [trackOf('a1'), trackOf('v1'), trackOf('v2', { source: 'screen' })]);
    expect((await bo.next('on-track-add')).tracks).toHaveProperty('v2');
    await bo.settled();
    expect(host.sfu.router.subscribing(bo.peerId).trackIds).toEqual(['a1', 'v1']);
    // With new connections it has forgotten what it asked for, and is told of all.
    await publish(bo, 1, [], { session: 'another' });
    expect(await answerNext(bo)).toEqual(['a1']);
    expect((await bo.next('on-track-add')).tracks).toHaveProperty('v1');
  });

  it('SIG38: who joined the audience so takes them on demand on stage', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, [trackOf('a1'), trackOf('v1')]);
    const bo = await host.connect('hls-viewer');
    await bo.request('join', { name: 'Bo', disableVidAutoSub: true, onDemandTracks: true });
    await ann.request('role-change-request', { requested_for: bo.peerId, role: 'viewer-realtime', force: true });
    expect((await bo.next('on-track-add')).tracks).toHaveProperty('v1');
    await publish(bo, 1, []);
    expect(await answerNext(bo)).toEqual(['a1']);
  });

  it('SIG35: tells of changed layers and of speakers, each what it may know', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, [trackOf('a1'), trackOf('v1')]);
    const bo = await host.join('viewer-realtime');
    const cy = await host.join('hls-viewer');
    await answerNext(bo);
    host.sfu.router
      .subscribing(bo.peerId)
      .events.emit('layersChanged', { trackId: 'v1', current: 'low', expected: 'high', degraded: 'subscriber' });
    expect((await bo.next('on-track-layer-update')).tracks.v1).toEqual({
      track_id: 'v1',
      current_layer: 'low',
      expected_layer: 'high',
      subscriber_degraded: true,
      publisher_degraded: false,
    });
    host.sfu.router.events.emit('audioLevels', { levels: [{ peerId: ann.peerId, trackId: 'a1', level: 64 }] });
    const speakers = [{ peer_id: ann.peerId, track_id: 'a1', level: 64 }];
    expect(await bo.next('active-speakers')).toEqual({ 'speaker-list': speakers });
    expect(await ann.next('active-speakers')).toEqual({ 'speaker-list': speakers });
    host.sfu.router.events.emit('audioLevels', { levels: [] });
    expect(await bo.next('active-speakers')).toEqual({ 'speaker-list': [] });
    await cy.settled();
    expect(cy.all('active-speakers')).toEqual([]);
  });

  it('SIG36: a slow peer keeps no other waiting', async () => {
    const host = await start();
    const slow = await host.join('broadcaster');
    const quick = await host.join('broadcaster');
    let release = (): void => {};
    host.sfu.router.held.set(
      slow.peerId,
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    const late = publish(slow, 2, [trackOf('a1')]);
    expect((await publish(quick, 2, [trackOf('a2')])).result).toBeDefined();
    expect(await slow.request('broadcast', { info: { message: 'still talking' } })).toHaveProperty('result');
    await quick.next('on-broadcast');
    release();
    expect((await late).result).toBeDefined();
  });

  it('SIG36: answers offers in the order received', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const answers = await Promise.all([2, 3, 4].map((version) => publish(ann, version, [trackOf('a1')])));
    expect(answers.map((answer) => JSON.parse(answer.result?.sdp as string).answerTo)).toEqual([2, 3, 4]);
    const order = ann.inbox.filter((message) => answers.includes(message));
    expect(order).toEqual(answers);
  });
});

describe('role changes', () => {
  it('SIG40: brings a viewer on stage with its consent, and back', async () => {
    const host = await start();
    const host1 = await host.join('broadcaster', { name: 'host' });
    await answerNext(host1);
    await publish(host1, 2, [trackOf('a1')]);
    const guest = await host.join('hls-viewer', { name: 'guest' });
    await host1.request('role-change-request', { requested_for: guest.peerId, role: 'viewer-on-stage', force: false });
    const asked = await guest.next('on-role-change-request');
    expect(asked).toMatchObject({ requested_by: host1.peerId, role: 'viewer-on-stage' });
    const accepted = await guest.request('role-change', { role: asked.role, token: asked.token });
    expect(accepted).toMatchObject({ result: {} });
    expect(await guest.next('on-policy-change')).toMatchObject({ name: 'viewer-on-stage' });
    expect((await guest.next('on-track-add')).tracks).toEqual({ a1: trackOf('a1') });
    expect(await host1.next('on-peer-update')).toMatchObject({
      peer_id: guest.peerId,
      role: 'viewer-on-stage',
      realtime: true,
      info: { name: 'guest' },
    });
    await guest.settled();
    expect(guest.all('offer')).toEqual([]);

    await publish(guest, 1, []);
    expect(await answerNext(guest)).toEqual(['a1']);
    await publish(guest, 2, [trackOf('a2', { mute: true })]);
    expect((await host1.next('on-track-add')).tracks.a2).toMatchObject({ mute: true });
    expect(await answerNext(host1)).toEqual(['a2']);

    await host1.request('role-change-request', { requested_for: guest.peerId, role: 'hls-viewer', force: true });
    expect(await guest.next('on-policy-change')).toMatchObject({ name: 'hls-viewer' });
    expect((await guest.next('on-track-remove')).tracks).toHaveProperty('a1');
    expect(await answerNext(guest)).toEqual([]);
    expect((await host1.next('on-track-remove')).tracks).toHaveProperty('a2');
    const publishing = host.sfu.router.publishing(guest.peerId);
    expect(publishing.closedByServer).toEqual(['a2']);
    expect(publishing.isClosed).toBe(false);
    expect(host.sfu.router.subscribing(guest.peerId).isClosed).toBe(false);
    // What it still offers is not taken any more.
    expect(JSON.parse((await publish(guest, 3, [trackOf('a2')])).result?.sdp as string)).toMatchObject({
      refused: ['a2'],
    });

    await host1.request('role-change-request', { requested_for: guest.peerId, role: 'viewer-on-stage', force: true });
    await guest.next('on-policy-change');
    expect(await answerNext(guest)).toEqual(['a1']);
    expect((await publish(guest, 4, [trackOf('a3')])).result).toBeDefined();
    expect((await host1.next('on-track-add')).tracks).toHaveProperty('a3');
    expect(host.sfu.router.publishings.filter((one) => one.peerId === guest.peerId)).toHaveLength(1);
  });

  it('SIG41: refuses role changes without permission, to unknown roles, and with a wrong token', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const bo = await host.join('hls-viewer');
    const request = { requested_for: bo.peerId, role: 'broadcaster', force: true };
    expect(await bo.request('role-change-request', request)).toMatchObject({ error: { code: 403 } });
    expect(await ann.request('role-change-request', { ...request, role: 'acrobat' })).toMatchObject({
      error: { code: 404, message: expect.stringContaining('"acrobat"') },
    });
    expect(await ann.request('role-change-request', { ...request, requested_for: 'nobody-at-all' })).toMatchObject({
      error: { code: 404 },
    });
    expect(await ann.request('role-change-request', { role: 'broadcaster' })).toMatchObject({ error: { code: 400 } });
    expect(await bo.request('role-change', { role: 'broadcaster', token: 'guess' })).toMatchObject({
      error: { code: 403 },
    });
    await bo.settled();
    expect(bo.all('on-policy-change')).toHaveLength(1);
  });
});

describe('messages and the end', () => {
  it('SIG42: delivers messages to all, to roles, to one; never back', async () => {
    const host = await start();
    const ann = await host.join('broadcaster', { name: 'Ann' });
    const bo = await host.join('hls-viewer');
    const cy = await host.join('viewer-realtime');
    const all = await ann.request('broadcast', { info: { message: 'to all', type: 'chat' } });
    expect(all.result).toMatchObject({ timestamp: expect.any(Number), message_id: expect.any(String) });
    expect(await bo.next('on-broadcast')).toEqual({
      peer: {
        peer_id: ann.peerId,
        role: 'broadcaster',
        groups: [],
        info: { name: 'Ann', data: '', user_id: '', type: 'regular' },
      },
      private: false,
      message_id: all.result?.message_id,
      timestamp: all.result?.timestamp,
      info: { message: 'to all', type: 'chat' },
    });
    await cy.next('on-broadcast');
    await ann.request('broadcast', { info: { message: 'to viewers' }, roles: ['hls-viewer'] });
    expect(await bo.next('on-broadcast')).toMatchObject({ roles: ['hls-viewer'], private: false });
    await bo.request('broadcast', { info: { message: 'to Cy' }, peer_id: cy.peerId });
    expect(await cy.next('on-broadcast')).toMatchObject({ private: true, info: { message: 'to Cy', type: 'chat' } });
    expect(await ann.request('broadcast', { info: { message: 'x' }, peer_id: 'nobody-here' })).toMatchObject({
      error: { code: 404 },
    });
    await Promise.all([ann.settled(), bo.settled(), cy.settled()]);
    expect(ann.all('on-broadcast')).toEqual([]);
    expect(bo.all('on-broadcast')).toHaveLength(2);
    expect(cy.all('on-broadcast')).toHaveLength(2);
  });

  it('SIG43: ends the room for all others and locks it', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const bo = await host.join('hls-viewer');
    expect(await bo.request('end-room', { lock: true, reason: 'no' })).toMatchObject({ error: { code: 403 } });
    expect(await ann.request('end-room', { lock: true, reason: 'done' })).toMatchObject({ result: {} });
    ann.notify('leave', {});
    expect(await bo.next('on-peer-leave-request')).toEqual({
      requested_by: ann.peerId,
      reason: 'done',
      room_end: true,
    });
    bo.close();
    const late = await host.connect('hls-viewer');
    expect(await late.next('on-error')).toMatchObject({ code: 403 });
    expect(host.host.activeSession('room-1')).toBeUndefined();
  });

  it('SIG43: opens a new session in a room that was ended without a lock', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const first = host.host.activeSession('room-1');
    await ann.request('end-room', { lock: false });
    ann.notify('leave', {});
    await host.join('hls-viewer');
    const second = host.host.activeSession('room-1');
    expect(second?.sessionId).not.toBe(first?.sessionId);
    expect(second?.peerCount).toBe(1);
  });

  it('SIG47: a session ends by itself at the longest duration of its room, and a new one may begin', async () => {
    const clock = new VirtualClock();
    const host = await start({ clock });
    host.rooms.rooms.set('room-1', makeRoom({ maxDurationS: 10 }));
    const ann = await host.join('broadcaster');
    const first = host.host.activeSession('room-1');
    clock.advance(9_999);
    await ann.settled();
    expect(ann.all('on-peer-leave-request')).toEqual([]);
    clock.advance(1);
    expect(await ann.next('on-peer-leave-request')).toEqual({
      reason: 'maximum duration of 10 s reached',
      room_end: true,
    });
    ann.close();
    await host.join('hls-viewer');
    expect(host.host.activeSession('room-1')?.sessionId).not.toBe(first?.sessionId);
  });
});

describe('a worker dies', () => {
  it('SIG50: withdraws tracks, makes clients rebuild, and leaves other sessions alone', async () => {
    const host = await start();
    host.rooms.rooms.set('room-2', makeRoom({ id: 'room-2' }));
    const other = await host.join('broadcaster', { roomId: 'room-2' });
    await publish(other, 2, [trackOf('a9')]);
    const ann = await host.join('broadcaster');
    const bo = await host.join('viewer-realtime');
    const cy = await host.join('hls-viewer');
    await publish(ann, 2, [trackOf('a1')]);
    await answerNext(bo);
    expect(await answerNext(bo)).toEqual(['a1']);
    host.sfu.failures = 2;
    host.sfu.router.die();
    expect(await ann.next('node-info')).toEqual({ sfu_node_id: 'sfu-test-2' });
    expect((await bo.next('on-track-remove')).tracks).toHaveProperty('a1');
    await bo.next('node-info');

    // In flight while the worker died, or sent before the client heard of it.
    expect(await publish(ann, 3, [trackOf('a1')], { nodeId: 'sfu-test-1' })).toMatchObject({ error: { code: 421 } });
    const fresh = { session: 'rebuilt', nodeId: 'sfu-test-2' };
    expect((await publish(ann, 1, [], fresh)).result).toBeDefined();
    expect((await publish(ann, 2, [trackOf('a5')], fresh)).result).toBeDefined();
    expect((await publish(bo, 1, [], { session: 'rebuilt-too', nodeId: 'sfu-test-2' })).result).toBeDefined();
    await bo.next('on-track-add', ({ tracks }) => 'a5' in tracks);
    const offers = bo.all('offer').filter((offer) => offer.sfu_node_id === 'sfu-test-2');
    expect(offers).toHaveLength(1);
    expect(JSON.parse(offers[0]?.sdp ?? '').tracks).toEqual(['a5']);
    await Promise.all([cy.settled(), other.settled()]);
    expect(cy.all('node-info')).toEqual([]);
    expect(other.all('node-info')).toEqual([]);
    expect(other.methods).not.toContain('on-track-remove');
  });

  it('SIG50: who came without media is told the node with the first offer, and so moves with it', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, [trackOf('a1')]);
    const cy = await host.join('hls-viewer');
    await ann.request('role-change-request', { requested_for: cy.peerId, role: 'viewer-realtime', force: true });
    await cy.next('on-policy-change');
    await publish(cy, 1, []);
    expect(await cy.next('node-info')).toEqual({ sfu_node_id: 'sfu-test-1' });
    expect(await answerNext(cy)).toEqual(['a1']);
    expect(cy.methods.indexOf('node-info')).toBeLessThan(cy.methods.indexOf('offer'));
    host.sfu.router.die();
    expect(await cy.next('node-info')).toEqual({ sfu_node_id: 'sfu-test-2' });
    await publish(cy, 1, [], { session: 'rebuilt', nodeId: 'sfu-test-2' });
    await publish(ann, 1, [trackOf('a5')], { session: 'rebuilt-too', nodeId: 'sfu-test-2' });
    expect(await answerNext(cy)).toEqual([]);
    expect(await answerNext(cy)).toEqual(['a5']);
    await ann.settled();
    expect(ann.all('node-info')).toEqual([{ sfu_node_id: 'sfu-test-2' }]);
  });

  it('SIG50: a first offer on its way is answered by the next worker, as its client would not offer anew', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    const cy = await host.join('hls-viewer');
    await ann.request('role-change-request', { requested_for: cy.peerId, role: 'viewer-realtime', force: true });
    await cy.next('on-policy-change');
    const doomed = host.sfu.router;
    let release = () => {};
    doomed.held.set(
      cy.peerId,
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    const offered = publish(cy, 1, []);
    await waitFor('it is worked on', () => doomed.publishings.some(({ peerId }) => peerId === cy.peerId));
    doomed.die();
    release();
    expect((await offered).result).toMatchObject({ type: 'answer', sfu_node_id: 'sfu-test-2' });
    expect(await cy.next('node-info')).toEqual({ sfu_node_id: 'sfu-test-2' });
    expect(await answerNext(cy)).toEqual([]);
    await cy.settled();
    expect(cy.all('node-info')).toHaveLength(1);
  });

  it('SIG50: who joins as the worker dies is told of the move with the answer', async () => {
    const clock = new VirtualClock();
    const host = await start({ clock });
    host.sessions.hold();
    const joining = host.join('broadcaster');
    await waitFor('it is being written', () => host.sessions.calls.includes('save'));
    host.sfu.router.die();
    await host.sfu.router.closed;
    host.sessions.release();
    const ann = await joining;
    expect(await ann.next('node-info')).toEqual({ sfu_node_id: 'sfu-test-2' });
    await ann.settled();
    expect(ann.all('offer')).toEqual([]);
  });

  it('SIG51: answers join with a code that clients retry while no worker runs', async () => {
    const host = await start();
    host.sfu.failures = 100;
    await expect(host.join('broadcaster')).rejects.toThrow('503');
    host.sfu.failures = 0;
    await host.join('broadcaster');
  });
});

describe('the hidden peer', () => {
  it('SIG60: admits it only for a running stream, and only it to plain RTP', async () => {
    const host = await start();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, [trackOf('v1')]);
    const forged = await host.connect('__internal_recorder');
    expect(await forged.next('on-error')).toMatchObject({ code: 401 });
    const params = { track_id: 'v1', ip: '127.0.0.1', port: 5000 };
    expect(await ann.request('plain-subscribe', params)).toMatchObject({ error: { code: 403 } });
    for (const method of ['plain-resume', 'plain-unsubscribe']) {
      expect(await ann.request(method, { subscription_id: 'x' })).toMatchObject({ error: { code: 403 } });
    }
    expect(host.sfu.router.plain).toEqual([]);
  });
});

describe('roles of other templates', () => {
  it('SIG30: an audience that hears nobody of its own', async () => {
    const host = await start();
    const template = makeRoom().template;
    const roles = {
      ...KIT_ROLES,
      choir: makeRole('choir', {
        publishParams: { allowed: ['audio'] },
        subscribeParams: { subscribeToRoles: ['broadcaster'] },
      }),
    };
    host.rooms.rooms.set('room-3', makeRoom({ id: 'room-3', template: { ...template, roles } }));
    const one = await host.join('choir', { roomId: 'room-3' });
    const two = await host.join('choir', { roomId: 'room-3' });
    await publish(one, 2, [trackOf('a1')]);
    await two.settled();
    expect(two.all('on-track-add')).toEqual([]);
  });
});

it('SIG81: a worker that never answers keeps no other request of its peer waiting for ever', async () => {
  const clock = new VirtualClock();
  const host = await start({ clock });
  const ann = await host.join('broadcaster');
  const bo = await host.join('broadcaster');
  await ann.next('offer');
  host.sfu.router.held.set(ann.peerId, new Promise(() => {}));
  const stuck = publish(ann, 2, [trackOf('v1')]);
  await ann.settled();
  host.sfu.router.held.clear();
  const next = publish(ann, 3, [trackOf('v1')]);
  for (let second = 0; second < 30; second += 10) {
    clock.advance(10_000);
    await Promise.all([ann.settled(), bo.settled()]);
  }
  expect(await stuck).toMatchObject({ error: { code: 503 } });
  expect(await next).toMatchObject({ result: { type: 'answer' } });
  await bo.next('on-track-add');
});

it('SIG37: scores of those on stage go to everyone with media in one frame, others to their own peer', async () => {
  const clock = new VirtualClock();
  const host = await start({ clock });
  const ann = await host.join('broadcaster');
  const bo = await host.join('viewer-on-stage');
  const cy = await host.join('viewer-on-stage');
  const viewer = await host.join('hls-viewer');
  await publish(ann, 2, [trackOf('v1')]);
  await bo.next('on-track-add');
  host.sfu.router.subscribing(ann.peerId).downlinkScore = 5;
  host.sfu.router.subscribing(bo.peerId).downlinkScore = 3;
  clock.advance(5_000);
  await Promise.all([ann, bo, cy, viewer].map((client) => client.settled()));
  const scores = (client: WireClient) =>
    client
      .all('on-connection-quality-update')
      .map(({ peers }) => peers.map(({ peer_id, downlink_score }) => [peer_id, downlink_score]));
  const ofStage = [[ann.peerId, 5]];
  expect(scores(ann)).toEqual([ofStage]);
  expect(scores(bo)).toEqual([[[bo.peerId, 3]], ofStage]);
  expect(scores(cy)).toEqual([ofStage]);
  expect(scores(viewer)).toEqual([]);
});
