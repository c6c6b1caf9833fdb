import { once } from 'node:events';
import type { Socket } from 'node:net';
import { RECORDER_ROLE } from '@amphi/protocol';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { EarlierSession, EarlierStream } from '../../src/sessions/ports/earlier.ts';
import { InMemoryTokens, makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import { WireClient } from './wire-client.ts';

let running: TestHost[] = [];
let clients: WireClient[] = [];

async function open(host: TestHost, token: string, peerId?: string): Promise<WireClient> {
  const client = new WireClient(host.url, { token, ...(peerId ? { peerId } : {}) });
  clients.push(client);
  return client.opened();
}

async function start(...options: Parameters<typeof startTestHost>): Promise<TestHost> {
  const host = await startTestHost(...options);
  running.push(host);
  return host;
}

afterEach(async () => {
  for (const client of clients) client.socket.terminate();
  clients = [];
  const hosts = running;
  running = [];
  // A test that failed in the middle has not let them go.
  for (const { sessions } of hosts) sessions.release();
  await Promise.all(hosts.map((host) => host.close()));
});

const offerOf = (session: string, version: number, tracks: string[] = []) => ({
  type: 'offer',
  sdp: JSON.stringify({ session, version, tracks, ufrag: 'u' }),
});

const trackOf = (id: string) => ({
  track_id: id,
  stream_id: `s-${id}`,
  type: 'audio',
  source: 'regular',
  description: '',
  mute: false,
});

async function joinWithToken(host: TestHost, role: string): Promise<{ client: WireClient; token: string }> {
  const token = await host.token(role);
  const client = await open(host, token);
  await client.next('on-policy-change');
  const offer = role === 'hls-viewer' ? {} : { offer: offerOf(`pub-${client.peerId}`, 1) };
  const answer = await client.request('join', { name: `a ${role}`, data: 'd', disableVidAutoSub: true, ...offer });
  expect(answer.result).toBeDefined();
  return { client, token };
}

/** What a host has written about its only session: what is left when it is killed now. */
async function leftBy(host: TestHost, peers: number, stream?: EarlierStream): Promise<EarlierSession> {
  await waitFor('all are written', () => host.sessions.all().length === peers);
  const [id] = [...host.sessions.sessions.keys()];
  const startedAt = host.sessions.sessions.get(id ?? '')?.startedAt ?? 0;
  return {
    id: id ?? '',
    startedAt,
    room: makeRoom(),
    peers: host.sessions.all(),
    state: host.sessions.allState(),
    stream,
  };
}

const streamOf = (change: Partial<EarlierStream> = {}): EarlierStream => ({
  streamId: '0123456789abcdef01234567',
  path: '/hls/0123456789abcdef01234567/master.m3u8',
  destination: 'default',
  settings: makeRoom().template.destinations.hlsDestinations.default!,
  ladder: undefined,
  troubles: [],
  initialisedAt: Date.now() - 60_000,
  startedAt: Date.now() - 50_000,
  isPlayable: true,
  isRecorded: false,
  hasVod: false,
  isPaused: false,
  ...change,
});

describe('what is kept of a session', () => {
  it('RST4: everyone who is in it with the role they have by now; nobody who left, nothing of previews', async () => {
    const host = await start();
    const { client: ann } = await joinWithToken(host, 'broadcaster');
    const { client: bo } = await joinWithToken(host, 'hls-viewer');
    await host.connect('hls-viewer');
    await waitFor('both are written', () => host.sessions.all().length === 2);
    expect(host.sessions.all()).toMatchObject([
      { peerId: ann.peerId, role: 'broadcaster', name: 'a broadcaster', data: 'd', sfuNodeId: 'sfu-test-1' },
      { peerId: bo.peerId, role: 'hls-viewer', sfuNodeId: undefined },
    ]);
    const force = { requested_for: bo.peerId, role: 'viewer-on-stage', force: true };
    expect(await ann.request('role-change-request', force)).toMatchObject({ result: {} });
    await bo.request('peer-update', { name: 'Bo' });
    await waitFor('the role is written', () => host.sessions.all().some(({ role }) => role === 'viewer-on-stage'));
    await waitFor('the name is written', () => host.sessions.all().some(({ name }) => name === 'Bo'));
    bo.notify('leave', {});
    await waitFor('the leave is written', () => host.sessions.all().length === 1);
  });

  it('RST4: who was told to be in it is written; those who come meanwhile are written together', async () => {
    // Stands still: on a busy machine those who come meanwhile may be longer in coming than a slow database is waited for.
    const host = await start({ clock: new VirtualClock() });
    host.sessions.hold();
    const answered: string[] = [];
    const join = async (role: string): Promise<WireClient> => {
      const client = await open(host, await host.token(role));
      await client.next('on-policy-change');
      void client.request('join', { name: role, data: '' }).then(() => answered.push(role));
      // It has been taken in by then.
      await client.request('ping', { timestamp: 1 });
      return client;
    };
    await join('hls-viewer');
    await waitFor('the first is being written', () => host.sessions.calls.includes('save'));
    for (let i = 0; i < 20; i += 1) await join('hls-viewer');
    expect([answered, host.sessions.all()]).toEqual([[], []]);
    host.sessions.release();
    await waitFor('all are answered', () => answered.length === 21);
    expect(host.sessions.all()).toHaveLength(21);
    expect(host.sessions.calls.filter((call) => call === 'save').length).toBeLessThanOrEqual(4);
  });

  it('RST4: a slow database keeps nobody out', async () => {
    const clock = new VirtualClock();
    const host = await start({ clock });
    host.sessions.hold();
    const joining = joinWithToken(host, 'hls-viewer');
    await waitFor('it is being written', () => host.sessions.calls.includes('save'));
    clock.advance(1_000);
    const { client } = await joining;
    expect(await client.request('peer-update', { name: 'Ann' })).toMatchObject({ result: {} });
    host.sessions.release();
  });

  it('RST4: who was expected and did not come is not kept', async () => {
    const host = await start();
    await joinWithToken(host, 'broadcaster');
    const client = await open(host, await host.token('hls-viewer'));
    await client.next('on-policy-change');
    const offer = { offer: offerOf('pub', 1) };
    expect(await client.request('join', { name: 'x', data: '', ...offer })).toMatchObject({ error: { code: 403 } });
    const { client: other } = await joinWithToken(host, 'hls-viewer');
    await waitFor('it is gone', () => host.sessions.all().every(({ peerId }) => peerId !== client.peerId));
    expect(host.sessions.all().map(({ peerId }) => peerId)).toContain(other.peerId);
  });

  it('is gone when the session has ended in order, and a database that fails is tried again', async () => {
    const host = await start();
    host.sessions.failure = new Error('no database');
    const { client: ann } = await joinWithToken(host, 'broadcaster');
    await waitFor('it was tried', () => host.sessions.calls.length > 0);
    host.sessions.failure = undefined;
    await ann.request('peer-update', { name: 'Ann' });
    await waitFor('it is written', () => host.sessions.all()[0]?.name === 'Ann');
    await host.host.close();
    expect(host.sessions.sessions.size).toBe(0);
  });
});

describe('after a kill', () => {
  it('RST1: peers come back with an expired token, to the role they had, and rebuild their media', async () => {
    const before = await start({ node: 'a-1' });
    const { client: ann, token } = await joinWithToken(before, 'broadcaster');
    const { client: bo, token: boToken } = await joinWithToken(before, 'hls-viewer');
    const force = { requested_for: bo.peerId, role: 'viewer-on-stage', force: true };
    await ann.request('role-change-request', force);
    await waitFor('the role is written', () => before.sessions.all().some(({ role }) => role === 'viewer-on-stage'));
    const earlier = await leftBy(before, 2);

    const after = await start({ node: 'a-2', earlier: [{ ...earlier, room: makeRoom({ enabled: false }) }] });
    after.tokens.expired.add(token);
    expect(after.host.knowsPeer({ roomId: 'room-1', peerId: ann.peerId, token })).toBe(true);
    expect(after.host.knowsPeer({ roomId: 'room-1', peerId: ann.peerId, token: boToken })).toBe(false);
    expect(after.host.activeSession('room-1')).toEqual({ sessionId: earlier.id, peerCount: 2 });
    const annAgain = await open(after, token, ann.peerId);
    expect(Object.keys((await annAgain.next('peer-list')).peers)).toEqual([bo.peerId]);
    expect(await annAgain.next('node-info')).toEqual({ sfu_node_id: 'sfu-a-2-1' });
    const stale = { desc: offerOf('p', 2, ['a1']), tracks: { a1: trackOf('a1') }, sfu_node_id: 'sfu-a-1-1' };
    expect(await annAgain.request('offer', stale)).toMatchObject({ error: { code: 421 } });
    annAgain.notify('track-update', { tracks: { a1: trackOf('a1') } });

    const boAgain = await open(after, boToken, bo.peerId);
    expect((await boAgain.next('on-policy-change')).name).toBe('viewer-on-stage');
    expect(await boAgain.request('offer', { desc: offerOf('b', 1), tracks: {} })).toMatchObject({ result: {} });
    await boAgain.next('offer');
    const fresh = { desc: offerOf('q', 1), tracks: {}, sfu_node_id: 'sfu-a-2-1' };
    expect(await annAgain.request('offer', fresh)).toMatchObject({ result: { type: 'answer' } });
    const published = { desc: offerOf('q', 2, ['a2']), tracks: { a2: trackOf('a2') }, sfu_node_id: 'sfu-a-2-1' };
    expect(await annAgain.request('offer', published)).toMatchObject({ result: { type: 'answer' } });
    expect((await boAgain.next('on-track-add')).tracks).toHaveProperty('a2');
    expect(boAgain.all('node-info')).toEqual([{ sfu_node_id: 'sfu-a-2-1' }]);
  });

  it('RST1: who does not come back within the grace time has left, and a new session is another one', async () => {
    const before = await start();
    const { client: ann, token } = await joinWithToken(before, 'broadcaster');
    const earlier = await leftBy(before, 1);
    const clock = new VirtualClock();
    const after = await start({ clock, earlier: [earlier] });
    clock.advance(61_000);
    const late = await open(after, token, ann.peerId);
    await late.next('on-policy-change');
    late.notify('offer', { desc: offerOf('p', 2), tracks: {} });
    expect(await late.next('on-error')).toMatchObject({ code: 410 });
    await waitFor('it is forgotten', () => after.sessions.all().length === 0);
  });

  it('RST1: a peer whose role is no longer in the template is not let back', async () => {
    const before = await start();
    const { client: ann, token } = await joinWithToken(before, 'broadcaster');
    const earlier = await leftBy(before, 1);
    const peers = earlier.peers.map((peer) => ({ ...peer, role: 'gone' }));
    const after = await start({ earlier: [{ ...earlier, peers }] });
    expect(after.host.knowsPeer({ roomId: 'room-1', peerId: ann.peerId, token })).toBe(false);
  });

  it('STR24: how the next stream is to be drawn is known after a kill', async () => {
    const before = await start();
    const { client: ann, token } = await joinWithToken(before, 'broadcaster');
    await ann.request('hls-composition', { layout: 'sidebar' });
    const wish = { layout: 'single', videoAspectRatio: '9:16' };
    expect(await ann.request('hls-composition', wish)).toMatchObject({ result: wish });
    await waitFor('the last wish is written', () =>
      before.sessions
        .allState()
        .some(({ content }) => content.kind === 'composition' && content.wished.layout === 'single'),
    );
    const earlier = await leftBy(before, 1);
    const after = await start({ node: 'a-2', earlier: [earlier] });
    const annAgain = await open(after, token, ann.peerId);
    await annAgain.next('peer-list');
    expect(await annAgain.request('hls-composition')).toMatchObject({ result: { ...wish, gap: 8 } });
  });

  it('SIG47: a session ends at its longest duration, counted from where it began', async () => {
    const before = await start();
    const { client, token } = await joinWithToken(before, 'hls-viewer');
    const earlier = await leftBy(before, 1);
    const clock = new VirtualClock();
    const room = makeRoom({ maxDurationS: 3600 });
    const host = await start({ clock, earlier: [{ ...earlier, room, startedAt: clock.now() - 3_595_000 }] });
    const back = await open(host, token, client.peerId);
    await back.next('on-policy-change');
    clock.advance(4_999);
    await back.settled();
    expect(back.all('on-peer-leave-request')).toEqual([]);
    clock.advance(1);
    expect(await back.next('on-peer-leave-request')).toMatchObject({ room_end: true });
  });
});

describe('what people keep together, after a kill', () => {
  const ask = { title: 'Lunch?', type: 'poll', duration: 60, anonymous: false, visibility: true, locked: false };
  const question = {
    question: { index: 1, type: 'single-choice', text: 'Where?' },
    options: [
      { index: 1, text: 'in' },
      { index: 2, text: 'out' },
    ],
  };

  function withPolls(): ReturnType<typeof makeRoom> {
    const room = makeRoom();
    const { roles } = room.template;
    for (const role of ['broadcaster', 'hls-viewer']) {
      const permissions = { ...roles[role]!.permissions, pollRead: true, pollWrite: true, removeOthers: true };
      roles[role] = { ...roles[role]!, permissions };
    }
    const plugins = { whiteboard: { permissions: { admin: ['broadcaster'], reader: ['hls-viewer'] } } };
    return { ...room, template: { ...room.template, plugins } };
  }

  it('RST7, BRD11: values, hands, polls with their answers and the time they have left, the whiteboard, and who was removed', async () => {
    const room = withPolls();
    const before = await start();
    before.rooms.rooms.set('room-1', room);
    const { client: ann, token } = await joinWithToken(before, 'broadcaster');
    const { client: bo, token: boToken } = await joinWithToken(before, 'hls-viewer');
    const { client: cy, token: cyToken } = await joinWithToken(before, 'hls-viewer');
    expect(await bo.request('listen-metadata-change', { keys: ['pinnedMessages'] })).toHaveProperty('result');
    await ann.request('set-metadata', { key: 'pinnedMessages', data: [{ text: 'first' }] });
    await ann.request('set-metadata', { key: 'gone', data: 1 });
    await ann.request('set-metadata', { key: 'gone' });
    await bo.request('group-join', { name: '_handraise' });
    const { hand_raised_at } = await ann.next('on-peer-update');
    expect(hand_raised_at).toBeGreaterThan(0);
    const { result } = await ann.request('poll-info-set', ask);
    const poll_id = String(result?.poll_id);
    expect(await ann.request('poll-questions-set', { poll_id, questions: [question] })).toHaveProperty('result');
    expect(await ann.request('poll-start', { poll_id })).toHaveProperty('result');
    const vote = { poll_id, responses: [{ question: 1, type: 'single-choice', option: 2, duration: 100 }] };
    expect(await bo.request('poll-response', vote)).toHaveProperty('result');
    const { board_id } = (await ann.request('board-open')).result as { board_id: string };
    const changes = [{ id: 'e', version: 3, nonce: 1, data: 'drawn' }];
    expect(await ann.request('board-draw', { board_id, changes })).toHaveProperty('result');
    await ann.request('peer-leave-request', { requested_for: cy.peerId });
    // The last of all is written after all others.
    await waitFor('it is written', () => before.sessions.allState().some(({ content }) => content.kind === 'barred'));
    const earlier = await leftBy(before, 2);
    expect(earlier.state.map(({ content }) => content.kind).sort()).toEqual([
      'answers',
      'barred',
      'board',
      'element',
      'poll',
      'value',
    ]);

    const clock = new VirtualClock(Date.now());
    const after = await start({ clock, node: 'a-2', earlier: [{ ...earlier, room }] });
    after.rooms.rooms.set('room-1', room);
    const annAgain = await open(after, token, ann.peerId);
    const { peers } = await annAgain.next('peer-list');
    expect(peers[bo.peerId]).toMatchObject({ groups: ['_handraise'], hand_raised_at });
    const boAgain = await open(after, boToken, bo.peerId);
    expect((await boAgain.next('on-metadata-change')).values).toMatchObject([
      { key: 'pinnedMessages', data: [{ text: 'first' }], change_version: 1 },
    ]);
    expect(
      await annAgain.request('set-metadata', { key: 'pinnedMessages', data: [], if_change_version: 1 }),
    ).toMatchObject({ result: { change_version: 2 } });
    expect((await boAgain.next('on-metadata-change')).values).toMatchObject([{ data: [] }]);
    expect(await boAgain.request('poll-result', { poll_id })).toMatchObject({
      result: { user_count: 1, total_response: 1, questions: [{ options: [0, 1] }] },
    });
    expect(boAgain.all('on-board-update')).toMatchObject([{ board_id, state: 'open', owner: ann.peerId }]);
    expect((await boAgain.request('board-get', { board_id })).result).toMatchObject({ elements: changes });
    const again = { poll_id, responses: [{ question: 1, type: 'single-choice', option: 1, duration: 100 }] };
    expect(await boAgain.request('poll-response', again)).toHaveProperty('result');
    expect(await annAgain.request('poll-result', { poll_id })).toMatchObject({
      result: { user_count: 1, questions: [{ options: [1, 0] }] },
    });
    const removed = await open(after, cyToken, cy.peerId);
    expect(await removed.next('on-error')).toMatchObject({ code: 403 });
    for (let i = 0; i < 6; i += 1) {
      clock.advance(10_000);
      await Promise.all([annAgain.settled(), boAgain.settled()]);
    }
    expect((await annAgain.next('on-poll-stop')).polls).toMatchObject([{ poll_id, stopped_by: '' }]);
  });

  it('RST7: what is taken away after a restart is gone after the next one', async () => {
    const before = await start();
    const { client: ann, token } = await joinWithToken(before, 'broadcaster');
    await ann.request('set-metadata', { key: 'a', data: 1 });
    await waitFor('it is written', () => before.sessions.allState().length === 1);
    const earlier = await leftBy(before, 1);
    const after = await start({ earlier: [earlier] });
    // The database still has it.
    await after.sessions.open({ id: earlier.id, roomId: 'room-1', startedAt: 0 });
    await after.sessions.saveState(earlier.id, earlier.state);
    const annAgain = await open(after, token, ann.peerId);
    await annAgain.next('peer-list');
    expect(await annAgain.request('set-metadata', { key: 'a' })).toHaveProperty('result');
    await waitFor('it is gone', () => after.sessions.allState().length === 0);
  });
});

describe('a stream after a kill', () => {
  const viewer = (host: TestHost) => host.join('hls-viewer');

  it('RST2: is running at once under the same id, address and beginning, with a new process', async () => {
    const before = await start();
    await joinWithToken(before, 'broadcaster');
    const stream = streamOf();
    const after = await start({ earlier: [await leftBy(before, 1, stream)] });
    await after.records.create({
      ...stream,
      id: stream.streamId,
      roomId: 'room-1',
      sessionId: '',
      ladder: { layers: [], chosen_by: 'destination', reason: 'named by the destination' },
      playbackUrl: '',
      startedBy: '',
    });
    const bo = await viewer(after);
    const url = `http://127.0.0.1:${after.port}/hls/${stream.streamId}/master.m3u8`;
    expect((await bo.next('peer-list')).room.streaming.hls).toMatchObject({
      enabled: true,
      variants: [{ url, state: 'started', initialised_at: stream.initialisedAt, started_at: stream.startedAt }],
    });
    await waitFor('egress is started', () => after.issued.length === 1);
    const { claims } = await new InMemoryTokens().verify(after.issued[0]!);
    expect(claims).toMatchObject({ room_id: 'room-1', role: RECORDER_ROLE });
    expect(await after.host.stopLiveStreams({ roomId: 'room-1' })).toMatchObject([{ id: stream.streamId }]);
    await waitFor('it is completed', () => after.records.writes.includes('completed'));
  });

  it('STR26, RST2: has both of its pictures, and announces the one that is not served again when it is', async () => {
    const before = await start();
    await joinWithToken(before, 'broadcaster');
    const alternate = {
      videoAspectRatio: '9:16' as const,
      layout: 'grid' as const,
      layers: [...streamOf().settings.layers],
    };
    const stream = streamOf({ settings: { ...streamOf().settings, alternate } });
    const path = `/hls/${stream.streamId}-alternate/master.m3u8`;
    const left = await leftBy(before, 1, { ...stream, second: { path, isPlayable: true } });
    const after = await start({ earlier: [left] });
    const bo = await viewer(after);
    const { variants } = (await bo.next('peer-list')).room.streaming.hls;
    expect(variants.map(({ url }) => new URL(url).pathname)).toEqual([stream.path, path]);

    const later = await start({ earlier: [{ ...left, stream: { ...stream, second: { path, isPlayable: false } } }] });
    const cy = await viewer(later);
    expect((await cy.next('peer-list')).room.streaming.hls.variants).toHaveLength(1);
    later.origin.announce(`${stream.streamId}-alternate`);
    expect((await cy.next('on-hls-update')).variants).toHaveLength(2);
  });

  it('SGN4, RST2: has the signed address that it had', async () => {
    const before = await start();
    await joinWithToken(before, 'broadcaster');
    const path = '/hls/0123456789abcdef01234567/1/signature/master.m3u8';
    const after = await start({ earlier: [await leftBy(before, 1, streamOf({ path }))] });
    const bo = await viewer(after);
    const { variants } = (await bo.next('peer-list')).room.streaming.hls;
    expect(new URL(variants[0]!.url).pathname).toBe(path);
  });

  it('RST2: without a window to go on with it is announced when it is playable', async () => {
    const before = await start();
    await joinWithToken(before, 'broadcaster');
    const stream = streamOf({ isPlayable: false });
    const after = await start({ earlier: [await leftBy(before, 1, stream)] });
    const bo = await viewer(after);
    expect((await bo.next('peer-list')).room.streaming.hls.variants).toMatchObject([{ url: '', state: 'initialised' }]);
    after.origin.announce(stream.streamId);
    expect((await bo.next('on-hls-update')).variants).toMatchObject([{ state: 'started' }]);
  });

  it('RST2: one that was playable and not yet announced is announced', async () => {
    const before = await start();
    await joinWithToken(before, 'broadcaster');
    const after = await start({ earlier: [await leftBy(before, 1, streamOf({ startedAt: undefined }))] });
    await waitFor('it is recorded', () => after.host.activeSession('room-1') !== undefined);
    const bo = await viewer(after);
    expect((await bo.next('peer-list')).room.streaming.hls.variants).toMatchObject([{ state: 'started' }]);
  });

  it('RST3: stops by itself when no broadcaster comes back, and at its longest duration counted from its beginning', async () => {
    const before = await start();
    await joinWithToken(before, 'broadcaster');
    const earlier = await leftBy(before, 1);
    const settings = { ...streamOf().settings, autoStopTimeout: 30, maxDuration: 3600 };
    const clock = new VirtualClock();
    const alone = await start({
      clock,
      earlier: [{ ...earlier, peers: [], stream: streamOf({ settings, initialisedAt: clock.now() }) }],
    });
    const bo = await viewer(alone);
    // Less than the silence that ends a socket.
    for (let i = 0; i < 3; i += 1) {
      clock.advance(12_000);
      await bo.settled();
    }
    expect((await bo.next('on-hls-update')).variants).toMatchObject([{ state: 'stopped' }]);

    const later = new VirtualClock();
    const old = await start({
      clock: later,
      earlier: [{ ...earlier, stream: streamOf({ settings, initialisedAt: later.now() - 3_595_000 }) }],
    });
    const token = await old.token('hls-viewer');
    const cy = await open(old, token);
    await cy.next('on-policy-change');
    await cy.request('join', { name: 'Cy', disableVidAutoSub: true });
    later.advance(6_000);
    expect((await cy.next('on-hls-update')).variants).toMatchObject([{ state: 'stopped' }]);
    expect(old.host.activeSession('room-1')).toMatchObject({ peerCount: 2 });
  });
});

/** Budgets are not what these are about. */
const plenty = { perSecond: 1e9, burst: 1e9 };
const UNLIMITED_CHAT = {
  messagesPerToken: plenty,
  messageBytesPerToken: plenty,
  chatPerToken: plenty,
  toldBytesPerToken: plenty,
  toldBytesPerRoom: plenty,
  sentBytesPerRoom: plenty,
};

describe('messages', () => {
  it('RST5: one is answered after it was written to the sockets of all recipients', async () => {
    const host = await start();
    const { client: ann } = await joinWithToken(host, 'broadcaster');
    const { client: bo } = await joinWithToken(host, 'hls-viewer');
    const order: string[] = [];
    ann.socket.on('message', (data) => {
      if (String(data).includes('message_id')) order.push('answered');
    });
    bo.socket.on('message', (data) => {
      if (String(data).includes('on-broadcast')) order.push('delivered');
    });
    for (let i = 0; i < 20; i += 1) await ann.request('broadcast', { info: { type: 'chat', message: `m ${i}` } });
    await bo.next('on-broadcast');
    expect(order.slice(0, 2)).toEqual(['delivered', 'answered']);
  });

  it('RST5: what waits in memory for a receiver that does not read goes with the server, and keeps no sender waiting', async () => {
    const host = await start({ limits: UNLIMITED_CHAT });
    const { client: ann } = await joinWithToken(host, 'broadcaster');
    const opened = once(host.server, 'connection');
    const { client: slow } = await joinWithToken(host, 'hls-viewer');
    const [serverSide] = (await opened) as [Socket];
    slow.socket.pause();
    const padding = 'x'.repeat(16_000);
    let acknowledged = 0;
    // Kernel buffers on both ends take some megabytes before anything waits here.
    while (serverSide.writableLength < 256 * 1024) {
      const sent = Array.from({ length: 10 }, (_none, index) =>
        ann.request('broadcast', { info: { message: `${acknowledged + index} ${padding}` } }),
      );
      for (const answer of await Promise.all(sent)) expect(answer).toHaveProperty('result');
      acknowledged += sent.length;
    }
    serverSide.destroy();
    slow.socket.resume();
    await slow.closed;
    const came = slow.all('on-broadcast').map(({ info }) => Number.parseInt(info.message, 10));
    expect(came.length).toBeLessThan(acknowledged);
    expect(came).toEqual(came.map((_number, index) => index));
  }, 60_000);
});
