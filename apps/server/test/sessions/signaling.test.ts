import { randomUUID } from 'node:crypto';
import { VirtualClock } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { collectingLogger } from './collecting-logger.ts';
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

describe('frames', () => {
  it('SIG1: answers each request once and never a notification', async () => {
    const host = await start();
    const client = await host.join('broadcaster');
    client.notify('analytics', { name: 'x' });
    client.notify('track-update', { tracks: {} });
    client.notify('broadcast', { info: { message: 'no id' } });
    client.sendRaw(JSON.stringify({ id: 'one', method: 'analytics', params: {} }));
    await client.settled();
    expect(client.inbox.filter((message) => message.id === 'one')).toEqual([{ jsonrpc: '2.0', id: 'one', result: {} }]);
    const unasked = client.inbox.filter((message) => message.id === null || message.error);
    expect(unasked).toEqual([]);
  });

  it('SIG2–SIG4, SIG10: answers malformed frames with codes and goes on', async () => {
    const host = await start();
    const client = await host.join('broadcaster');
    client.sendRaw('{"method":');
    client.sendRaw(Buffer.from([0, 1, 2, 255]));
    client.sendRaw('[]');
    expect(await client.request('dance')).toMatchObject({ error: { code: 400 } });
    expect(await client.request('broadcast', { info: { message: 4 } })).toMatchObject({
      error: { code: 400, message: expect.stringContaining('info.message') },
    });
    expect(client.inbox.filter((message) => message.id === null)).toHaveLength(2);
    expect(await client.request('peer-update', { name: 'still here' })).toMatchObject({ result: {} });
  });

  it('SIG5: closes on an oversized frame without reading it, and disturbs nobody else', async () => {
    const host = await start();
    const other = await host.join('broadcaster');
    const client = await host.join('broadcaster');
    expect(await client.request('broadcast', { info: { message: 'y'.repeat(20_000) } })).toMatchObject({
      error: { code: 400, message: expect.stringContaining('info.message') },
    });
    for (const size of [262_145, 300_000, 1_000_000, 3_000_000]) {
      const huge = await host.connect('broadcaster');
      huge.sendRaw('z'.repeat(size));
      expect(await huge.closed).toBe(1009);
    }
    await other.settled();
    expect(other.all('on-peer-leave')).toEqual([]);
    expect(await other.request('peer-update', { name: 'fine' })).toMatchObject({ result: {} });
  });

  it('SIG6: reads nothing before the peer is admitted: what came waits as bytes, within bounds', async () => {
    const host = await start();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const find = host.rooms.findRoom.bind(host.rooms);
    host.rooms.findRoom = async (id) => {
      await gate;
      return find(id);
    };
    const client = await host.connect('broadcaster');
    client.sendRaw('not JSON');
    const pong = client.request('ping', { timestamp: 5 });
    const flooder = await host.connect('broadcaster');
    for (let sent = 0; sent < 65; sent++) flooder.notify('analytics', {});
    expect(await flooder.next('on-error')).toMatchObject({ code: 429 });
    const fat = await host.connect('broadcaster');
    for (let sent = 0; sent < 3; sent++) fat.sendRaw('x'.repeat(100_000));
    expect(await fat.next('on-error')).toMatchObject({ code: 429 });
    expect(client.inbox).toEqual([]);
    release();
    expect(await pong).toMatchObject({ result: { timestamp: expect.any(Number) } });
    expect(client.inbox).toContainEqual(expect.objectContaining({ id: null }));
    expect(client.methods).toContain('on-policy-change');
  });

  it('SIG90: nothing nested deep ends more than its own request, with a right or without', async () => {
    const host = await start();
    const client = await host.join('hls-viewer');
    const nested = '['.repeat(7_000) + ']'.repeat(7_000);
    client.sendRaw(`{"id":"1","method":${nested}}`);
    client.sendRaw(`{"id":"2","method":"join","params":{"name":${nested}}}`);
    client.sendRaw(`{"id":${nested},"method":7}`);
    await client.settled();
    expect(client.inbox.filter(({ error }) => error?.code === 400)).toHaveLength(3);
    expect(client.inbox).toContainEqual(expect.objectContaining({ id: '1' }));
    const stranger = await new WireClient(host.url, { token: 'a.b.c' }).opened();
    stranger.sendRaw(`{"id":"1","method":${nested}}`);
    expect(await stranger.next('on-error')).toMatchObject({ code: 401 });
    expect(await client.request('peer-update', { name: 'here' })).toMatchObject({ result: {} });
  });

  it('SIG92: a fault at what one peer sent ends that connection, is logged, and nobody else notices', async () => {
    const { logger, entries } = collectingLogger({ failAt: 'ignored a malformed notification' });
    const host = await start({ logger });
    const other = await host.join('broadcaster');
    const client = await host.join('broadcaster');
    client.notify('no such method', {});
    expect(await client.next('on-error')).toEqual({ code: 500, message: 'internal error' });
    await client.closed;
    expect(entries.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'failed at a message and closed its connection' },
    ]);
    expect(await other.request('broadcast', { info: { message: 'hi' } })).toMatchObject({ result: {} });
  });

  it('SIG7: slows a flood down with 429, then ends it; the peer leaves and the others go on', async () => {
    const host = await start({
      limits: {
        messagesPerToken: { perSecond: 1, burst: 30 },
        excessMessagesPerToken: { perSecond: 1, burst: 50 },
      },
    });
    const other = await host.join('broadcaster');
    const client = await host.join('broadcaster');
    await other.next('on-peer-join');
    const slowed = Array.from({ length: 40 }, () => client.request('peer-update', { name: 'n' }));
    const answers = await Promise.all(slowed);
    expect(answers.filter((answer) => answer.error?.code === 429).length).toBeGreaterThan(5);
    for (let i = 0; i < 300; i++) client.notify('analytics', {});
    expect(await client.next('on-error')).toMatchObject({ code: 429 });
    await client.closed;
    expect(await other.next('on-peer-leave')).toEqual({ peer_id: client.peerId });
    expect(await other.request('broadcast', { info: { message: 'hi' } })).toMatchObject({ result: {} });
  });

  it('SIG8: leaves out chat for a receiver that does not read, gives it up in the end, and nobody waits for it', async () => {
    const clock = new VirtualClock();
    const plenty = { perSecond: 1e9, burst: 1e9 };
    const host = await start({
      clock,
      limits: {
        messagesPerToken: plenty,
        messageBytesPerToken: plenty,
        chatPerToken: plenty,
        toldBytesPerToken: plenty,
        toldBytesPerRoom: plenty,
        sentBytesPerRoom: plenty,
      },
    });
    const sender = await host.join('broadcaster');
    const slow = await host.join('broadcaster');
    const reader = await host.join('broadcaster');
    slow.socket.pause();
    const message = 'x'.repeat(16_000);
    // Kernel buffers on both ends take some megabytes before the server's own buffer grows.
    for (let batch = 0; batch < 20; batch++) {
      const sent = Array.from({ length: 50 }, () => sender.request('broadcast', { info: { message } }));
      for (const answer of await Promise.all(sent)) expect(answer).toHaveProperty('result');
      // However busy the machine: no more is on its way to the one who reads than may be.
      await reader.settled();
    }
    await sender.settled();
    expect(reader.all('on-broadcast')).toHaveLength(1000);
    for (let second = 0; second < 30; second += 5) {
      // It sends, so it is not dead; it only does not read.
      slow.notify('ping', {});
      clock.advance(5_000);
      await Promise.all([sender.settled(), reader.settled()]);
    }
    slow.socket.resume();
    await slow.closed;
    expect(slow.all('on-broadcast').length).toBeLessThan(1000);
    // It lost its socket, not its place.
    expect(reader.all('on-peer-leave')).toEqual([]);
  }, 60_000);

  it('SIG9: takes a socket without traffic for dead', async () => {
    const clock = new VirtualClock();
    const host = await start({ clock });
    const client = await host.join('broadcaster');
    clock.advance(15_000);
    await client.settled();
    clock.advance(15_000);
    await client.settled();
    clock.advance(25_000);
    expect(await client.closed).toBe(1006);
  });
});

describe('admission', () => {
  it('SIG11: sends the policy unasked, with all roles', async () => {
    const host = await start();
    const client = await host.connect('hls-viewer');
    const policy = await client.next('on-policy-change');
    expect(client.methods[0]).toBe('on-policy-change');
    expect(policy.name).toBe('hls-viewer');
    expect(Object.keys(policy.known_roles)).toEqual([
      'broadcaster',
      'viewer-on-stage',
      'viewer-realtime',
      'hls-viewer',
    ]);
    for (const [name, role] of Object.entries(policy.known_roles)) {
      expect(role.name).toBe(name);
      expect(role.publishParams.allowed).toBeInstanceOf(Array);
      expect(role.subscribeParams.subscribeToRoles).toBeInstanceOf(Array);
      expect(role.permissions).toBeTypeOf('object');
    }
  });

  it('SIG12: accepts the socket, then says why it cannot go on', async () => {
    const host = await start();
    host.rooms.rooms.set('closed', { ...(await host.rooms.findRoom('room-1'))!, id: 'closed', enabled: false });
    const refused = async (token: string, peerId: string = randomUUID()): Promise<number> => {
      const client = await new WireClient(host.url, { token, peerId }).opened();
      const { code } = await client.next('on-error');
      await client.closed;
      return code;
    };
    expect(await refused('')).toBe(401);
    expect(await refused('a.b.c')).toBe(401);
    expect(await refused(await host.token('broadcaster', { roomId: 'nowhere' }))).toBe(403);
    expect(await refused(await host.token('broadcaster', { roomId: 'closed' }))).toBe(403);
    expect(await refused(await host.token('acrobat'))).toBe(403);
    expect(await refused(await host.token('constructor'))).toBe(403);
    expect(await refused(await host.token('broadcaster'), 'no spaces please')).toBe(400);
    const expired = await host.token('broadcaster');
    host.tokens.expired.add(expired);
    expect(await refused(expired)).toBe(401);
  });

  it('SIG13: lets nobody take a peer over with another token', async () => {
    const host = await start();
    const victim = await host.join('broadcaster');
    const thief = new WireClient(host.url, { token: await host.token('broadcaster'), peerId: victim.peerId });
    expect(await thief.next('on-error')).toMatchObject({ code: 401 });
    expect(await victim.request('peer-update', { name: 'me' })).toMatchObject({ result: {} });
  });

  it('SIG14: answers join, then sends the room, then the subscribe offer', async () => {
    const host = await start();
    const client = await host.join('broadcaster');
    await client.next('offer');
    const order = client.inbox.map((message) => message.method ?? 'result');
    expect(order).toEqual([
      'on-policy-change',
      'room-info',
      'room-state',
      'session-info',
      'result',
      'peer-list',
      'room-info',
      'session-info',
      'session-info',
      'offer',
    ]);
    const answer = client.inbox.find((message) => message.result)?.result;
    expect(answer).toMatchObject({ type: 'answer', sfu_node_id: 'sfu-test-1' });
  });

  it('SIG14: shows peers to each other, and nobody to itself', async () => {
    const host = await start();
    const first = await host.join('broadcaster', { name: 'Ann' });
    const second = await host.join('hls-viewer', { name: 'Bo' });
    expect(await first.next('on-peer-join')).toMatchObject({
      peer_id: second.peerId,
      role: 'hls-viewer',
      realtime: true,
      groups: [],
      info: { name: 'Bo', data: '', type: 'regular' },
      tracks: {},
    });
    const { peers } = await second.next('peer-list');
    expect(Object.keys(peers)).toEqual([first.peerId]);
    expect(peers[first.peerId]).toMatchObject({ realtime: true, info: { name: 'Ann' } });
    expect(await first.next('session-info', (info) => info.peer_count === 2)).toMatchObject({ room_id: 'room-1' });
  });

  it('SIG17: one link opened in two windows is two people, each told of the other', async () => {
    const host = await start();
    const witness = await host.join('broadcaster');
    const token = await host.token('hls-viewer', { userId: 'ann' });
    const windows = await Promise.all(
      ['Ann', 'Ann'].map(async (name) => {
        const client = await new WireClient(host.url, { token }).opened();
        await client.next('on-policy-change');
        expect(await client.request('join', { name })).toMatchObject({ result: {} });
        return client;
      }),
    );
    const [first, second] = windows.map(({ peerId }) => peerId);
    expect(await witness.next('session-info', (info) => info.peer_count === 3)).toMatchObject({ room_id: 'room-1' });
    expect(
      witness
        .all('on-peer-join')
        .map(({ peer_id }) => peer_id)
        .sort(),
    ).toEqual([first, second].sort());
    windows[0]?.notify('leave', {});
    expect(await witness.next('on-peer-leave')).toEqual({ peer_id: first });
    expect(host.host.activeSession('room-1')).toMatchObject({ peerCount: 2 });
    windows[1]?.close();
  });

  it('SIG15: refuses garbage SDP with 400, and nobody hears of the peer', async () => {
    const host = await start();
    const other = await host.join('broadcaster');
    const client = await host.connect('broadcaster');
    const offer = { type: 'offer', sdp: 'v=0 garbage' };
    expect(await client.request('join', { name: 'x', offer })).toMatchObject({ error: { code: 400 } });
    await other.settled();
    expect(other.all('on-peer-join')).toEqual([]);
    const good = { type: 'offer', sdp: JSON.stringify({ session: 'a', version: 1, tracks: [] }) };
    expect(await client.request('join', { name: 'x', offer: good })).toMatchObject({ result: { type: 'answer' } });
    expect(await client.request('offer', { desc: offer, tracks: {} })).toMatchObject({ error: { code: 400 } });
    client.notify('answer', { desc: { type: 'answer', sdp: 'garbage' } });
    expect(await client.request('peer-update', { name: 'alive' })).toMatchObject({ result: {} });
  });

  it('SIG16: takes an HLS viewer in without media', async () => {
    const host = await start();
    const client = await host.join('hls-viewer');
    await client.next('peer-list');
    await client.settled();
    expect(client.methods).not.toContain('offer');
    expect(host.sfu.routers).toEqual([]);
  });

  it('SIG17: takes a repeated join for the same peer', async () => {
    const host = await start();
    const other = await host.join('broadcaster');
    const client = await host.join('broadcaster', { name: 'Ann' });
    const offer = { type: 'offer', sdp: JSON.stringify({ session: 'second', version: 1, tracks: [] }) };
    expect(await client.request('join', { name: 'Ann B.', offer })).toMatchObject({ result: { type: 'answer' } });
    await other.next('on-peer-update', (peer) => peer.info.name === 'Ann B.');
    expect(other.all('on-peer-join')).toHaveLength(1);
    expect(host.host.activeSession('room-1')).toMatchObject({ peerCount: 2 });
  });

  it('SIG18: refuses calls of those who have not joined, and sends the lost away', async () => {
    const host = await start();
    const preview = await host.connect('broadcaster');
    expect(await preview.request('broadcast', { info: { message: 'hi' } })).toMatchObject({ error: { code: 410 } });
    expect(await preview.request('hls-start')).toMatchObject({ error: { code: 410 } });
    preview.notify('track-update', { tracks: {} });
    expect(await preview.next('on-error')).toMatchObject({ code: 410 });
    await preview.closed;
  });

  it('SIG19: refuses a full room and a full role', async () => {
    const host = await start();
    host.rooms.rooms.set('small', { ...(await host.rooms.findRoom('room-1'))!, id: 'small', size: 1 });
    await host.join('hls-viewer', { roomId: 'small' });
    await expect(host.join('hls-viewer', { roomId: 'small' })).rejects.toThrow('403 the room is full');
    for (let i = 0; i < 3; i++) await host.join('viewer-on-stage');
    await expect(host.join('viewer-on-stage')).rejects.toThrow('403 role viewer-on-stage is full');
  });

  it('SIG20: shows a preview what its role may know, and the preview to nobody', async () => {
    const host = await start();
    const peer = await host.join('broadcaster');
    const preview = await host.connect('broadcaster');
    expect(await preview.next('room-state')).toMatchObject({ peer_count: 1, room: { name: 'Town hall' } });
    const blind = await host.connect('hls-viewer');
    await blind.settled();
    expect(blind.methods).toEqual(['on-policy-change']);
    await peer.settled();
    expect(peer.all('on-peer-join')).toEqual([]);
    expect(host.host.activeSession('room-1')).toMatchObject({ peerCount: 1 });
  });
});

describe('checkAdmission', () => {
  it('SIG21: refuses at init what the socket would refuse, never with 404', async () => {
    const host = await start();
    const { claims } = await host.tokens.verify(await host.token('broadcaster'));
    await expect(host.host.checkAdmission(claims)).resolves.toBeUndefined();
    await expect(host.host.checkAdmission({ ...claims, role: 'acrobat' })).rejects.toMatchObject({ code: 403 });
    await expect(host.host.checkAdmission({ ...claims, room_id: 'nowhere' })).rejects.toMatchObject({ code: 403 });
  });
});
