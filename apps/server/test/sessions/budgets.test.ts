import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { KIT_ROLES, makeRole, makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import { WireClient } from './wire-client.ts';

let host: TestHost;

const opened: WireClient[] = [];

afterEach(async () => {
  for (const client of opened.splice(0)) client.socket.terminate();
  await host.close();
});

const CONTROL = '\u0001';

async function open(token: string, peerId: string = randomUUID()): Promise<WireClient> {
  const client = new WireClient(host.url, { token, peerId });
  opened.push(client);
  return client.opened();
}

/** The code of the `on-error` that ends a socket. */
async function refusal(token: string, peerId?: string): Promise<number> {
  const client = await open(token, peerId);
  const { code } = await client.next('on-error');
  await client.closed;
  return code;
}

describe('what is open', () => {
  it('BUD20: a token is so many peers; one that leaves, or is away, makes room', async () => {
    host = await startTestHost({ limits: { peersPerToken: 3 } });
    const token = await host.token('hls-viewer');
    const peers = await Promise.all([open(token), open(token), open(token)]);
    for (const peer of peers) {
      await peer.next('on-policy-change');
      expect(await peer.request('join', { name: 'x' })).toMatchObject({ result: {} });
    }
    expect(await refusal(token)).toBe(429);
    const witness = await host.join('broadcaster');
    peers[0]?.notify('leave', {});
    await witness.next('on-peer-leave');
    const fourth = await open(token);
    await fourth.next('on-policy-change');
    expect(await refusal(token)).toBe(429);
    // A killed tab holds no place either.
    peers[1]?.socket.terminate();
    await peers[1]?.closed;
    await witness.settled();
    const fifth = await open(token);
    await fifth.next('on-policy-change');
    expect(await witness.next('on-peer-leave')).toEqual({ peer_id: peers[1]?.peerId });
  });

  it('BUD17: one coming too many is told so late, by the clock', async () => {
    const clock = new VirtualClock();
    host = await startTestHost({ clock, limits: { peersPerToken: 1, refusalDelayMs: 1_000 } });
    const token = await host.token('hls-viewer');
    await (await open(token)).next('on-policy-change');
    const timers = clock.pending;
    const client = await open(token);
    // Its socket's own, and that of the refusal.
    await waitFor('the refusal is due', () => clock.pending === timers + 2);
    expect(client.inbox).toEqual([]);
    clock.advance(1_000);
    expect(await client.next('on-error')).toMatchObject({ code: 429 });
  });

  it('API6, BUD21: nobody takes the seats of other roles, of the room or of the server', async () => {
    host = await startTestHost({
      limits: { peersPerRole: 2, peersPerRoom: 4, peersPerAddress: 5, peersPerServer: 100 },
    });
    host.rooms.rooms.set('other', makeRoom({ id: 'other' }));
    for (let i = 0; i < 2; i++) await host.join('hls-viewer');
    expect(await refusal(await host.token('hls-viewer'))).toBe(429);
    for (let i = 0; i < 2; i++) await host.join('broadcaster');
    expect(await refusal(await host.token('viewer-realtime'))).toBe(429);
    await host.join('broadcaster', { roomId: 'other' });
    expect(await refusal(await host.token('viewer-realtime', { roomId: 'other' }))).toBe(429);
  });

  it('BUD39: a room that was made for more has place for them in one role, and for the others', async () => {
    host = await startTestHost({ limits: { peersPerRole: 2, peersPerRoom: 3, peersPerLargeRoom: 5 } });
    host.rooms.rooms.set('large', makeRoom({ id: 'large', size: 4 }));
    const token = (role: string) => host.token(role, { roomId: 'large' });
    for (let i = 0; i < 4; i++) await (await open(await token('hls-viewer'))).next('on-policy-change');
    expect(await refusal(await token('hls-viewer'))).toBe(429);
    await (await open(await token('broadcaster'))).next('on-policy-change');
    expect(await refusal(await token('broadcaster'))).toBe(429);
  });

  it('BUD22: peer ids that every object has as members are none', async () => {
    host = await startTestHost();
    const token = await host.token('hls-viewer');
    for (const id of ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'isPrototypeOf']) {
      expect(await refusal(token, id)).toBe(400);
    }
  });

  it('BUD23: a role without media gets no transport, and an offer is charged', async () => {
    host = await startTestHost({ limits: { offersPerToken: { perSecond: 0.001, burst: 3 } } });
    const sdp = JSON.stringify({ session: 'a', version: 1, tracks: [] });
    const offer = { type: 'offer', sdp };
    const viewer = await host.connect('hls-viewer');
    expect(await viewer.request('join', { name: 'x', offer })).toMatchObject({ error: { code: 403 } });
    expect(await viewer.request('join', { name: 'x' })).toMatchObject({ result: {} });
    expect(await viewer.request('offer', { desc: offer, tracks: {} })).toMatchObject({ error: { code: 403 } });
    expect(host.sfu.routers).toEqual([]);
    const ann = await host.join('broadcaster');
    const again = (version: number) =>
      ann.request('offer', {
        desc: { type: 'offer', sdp: JSON.stringify({ session: `pub-${ann.peerId}`, version, tracks: [] }) },
        tracks: {},
      });
    expect(await again(2)).toMatchObject({ result: {} });
    expect(await again(3)).toMatchObject({ result: {} });
    const refused = await again(4);
    expect(refused).toMatchObject({ error: { code: 429, data: { retry_after_ms: expect.any(Number) } } });
  });

  it('BUD24: names and metadata of a room are bounded, and 1 KiB of each newcomer is always taken', async () => {
    host = await startTestHost({ limits: { metadataBytesPerRoom: 200_000 } });
    const joins = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const peer = await host.connect('hls-viewer');
        return peer.request('join', { name: 'fat', data: CONTROL.repeat(10_000) });
      }),
    );
    expect(joins.filter(({ result }) => result)).toHaveLength(3);
    expect(joins.filter(({ error }) => error?.code === 413)).toHaveLength(5);
    const newcomer = await host.connect('broadcaster');
    expect(await newcomer.request('join', { name: 'me', data: 'x'.repeat(900) })).toMatchObject({ result: {} });
    expect(Object.keys((await newcomer.next('peer-list')).peers)).toHaveLength(3);
    await newcomer.next('room-info');
    await newcomer.next('session-info');
  });
});

describe('at the size that once did harm', () => {
  it('BUD20: the 400th peer of one token is refused, as is the fifth', async () => {
    host = await startTestHost();
    const token = await host.token('hls-viewer');
    let admitted = 0;
    for (let i = 0; i < 40; i++) {
      const ten = await Promise.all(Array.from({ length: 10 }, () => open(token)));
      for (const peer of ten) {
        if (peer.inbox.length === 0) await once(peer.socket, 'message');
        if (peer.methods[0] === 'on-policy-change') admitted++;
        else expect(peer.all('on-error')).toMatchObject([{ code: 429 }]);
      }
    }
    expect(admitted).toBe(4);
    await host.join('hls-viewer');
  });

  it('BUD24: after 95 peers as fat as can be, a newcomer has the room and the session', async () => {
    host = await startTestHost();
    const outcomes = new Map<number, number>();
    for (let i = 0; i < 95; i++) {
      const peer = await host.connect('hls-viewer');
      // 16,384 of them are 98 kB as JSON, which nobody is told.
      expect(await peer.request('join', { name: 'fat', data: CONTROL.repeat(16_384) })).toMatchObject({
        error: { code: 400 },
      });
      const { error } = await peer.request('join', { name: 'fat', data: CONTROL.repeat(10_900) });
      outcomes.set(error?.code ?? 200, (outcomes.get(error?.code ?? 200) ?? 0) + 1);
    }
    // 2 MiB of names and metadata in a room.
    expect(Object.fromEntries(outcomes)).toEqual({ 200: 32, 413: 63 });
    const newcomer = await host.join('broadcaster');
    expect(Object.keys((await newcomer.next('peer-list')).peers)).toHaveLength(32);
    await newcomer.next('room-info');
    await newcomer.next('session-info');
    await newcomer.settled();
  });

  it('BUD25: 400 of the longest messages in 3 s do not end one who reads nothing meanwhile', async () => {
    const clock = new VirtualClock();
    host = await startTestHost({ clock, limits: { excessBytesPerToken: { perSecond: 1e9, burst: 1e9 } } });
    const bystander = await host.join('hls-viewer');
    const attacker = await host.join('hls-viewer');
    bystander.socket.pause();
    const told: number[] = [];
    for (let i = 0; i < 400; i++) {
      clock.advance(7.5);
      // Every other one is longer than any may be.
      const message = CONTROL.repeat(i % 2 === 0 ? 16_384 : 10_900);
      const { error } = await attacker.request('broadcast', { info: { message } });
      if (!error) told.push(i);
      else expect([400, 429]).toContain(error.code);
    }
    bystander.socket.resume();
    await bystander.settled();
    expect(bystander.all('on-broadcast')).toHaveLength(told.length);
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(2);
  });
});

describe('what is spent', () => {
  it('BUD25: chat is bounded in messages and bytes; nobody who listens is closed for it', async () => {
    const clock = new VirtualClock();
    host = await startTestHost({ clock });
    const bystander = await host.join('hls-viewer');
    const attacker = await host.join('hls-viewer');
    const message = CONTROL.repeat(10_000);
    const fat = await Promise.all(
      Array.from({ length: 60 }, () => attacker.request('broadcast', { info: { message } })),
    );
    expect(fat.filter(({ result }) => result).length).toBeLessThanOrEqual(2);
    const refused = fat.find(({ error }) => error)?.error;
    expect(refused).toMatchObject({
      code: 429,
      message: expect.stringMatching(/^too many bytes .* try again in \d+ s$/),
    });
    await bystander.settled();
    // Another one is not kept from writing.
    const other = await host.join('broadcaster');
    expect(await other.request('broadcast', { info: { message: 'hello' } })).toMatchObject({ result: {} });
    await bystander.next('on-broadcast', ({ info }) => info.message === 'hello');
    const quick = await Promise.all(
      Array.from({ length: 60 }, () => other.request('broadcast', { info: { message: 'a' } })),
    );
    expect(quick.filter(({ result }) => result)).toHaveLength(39);
  });

  it('BUD30: tokens of one room code from one address are slowed down together; others are not', async () => {
    host = await startTestHost({ clock: new VirtualClock() });
    const byCode = async (codeId: string) => {
      const client = await open(await host.tokens.issue({ roomId: 'room-1', role: 'hls-viewer', codeId }));
      await client.next('on-policy-change');
      expect(await client.request('join', { name: 'x' })).toMatchObject({ result: {} });
      return client;
    };
    const say = async (client: WireClient) => (await client.request('broadcast', { info: { message: 'a' } })).error;
    const twenty = await Promise.all(Array.from({ length: 20 }, () => byCode('code-1')));
    const refused = (
      await Promise.all(twenty.flatMap((client) => Array.from({ length: 40 }, () => say(client))))
    ).filter((error) => error !== undefined);
    expect(refused).toHaveLength(300);
    expect(refused[0]).toMatchObject({
      code: 429,
      message: expect.stringMatching(/^too many chat messages by this room code from this address/),
    });
    // A fresh token of the same code brings nothing.
    expect(await say(await byCode('code-1'))).toMatchObject({ code: 429 });
    expect(await say(await byCode('code-2'))).toBeUndefined();
    expect(await say(await host.join('hls-viewer'))).toBeUndefined();
  });

  it('BUD26: a changed name or metadata counts as what it costs the others', async () => {
    host = await startTestHost({ clock: new VirtualClock() });
    const peer = await host.join('hls-viewer');
    const changes = await Promise.all(
      Array.from({ length: 30 }, (_, i) => peer.request('peer-update', { data: CONTROL.repeat(10_000) + i })),
    );
    expect(changes.filter(({ result }) => result).length).toBeLessThanOrEqual(2);
    expect(changes.filter(({ error }) => error?.code === 429).length).toBeGreaterThan(25);
  });

  it('BUD27: who was closed for a flood is shut out by its token, and let in when the time is over', async () => {
    const clock = new VirtualClock();
    host = await startTestHost({
      clock,
      limits: { messagesPerToken: { perSecond: 1, burst: 20 }, excessMessagesPerToken: { perSecond: 1, burst: 20 } },
    });
    const token = await host.token('hls-viewer');
    const client = await open(token);
    await client.next('on-policy-change');
    for (let i = 0; i < 60; i++) client.notify('analytics', {});
    expect(await client.next('on-error')).toMatchObject({ code: 429 });
    await client.closed;
    expect(await refusal(token, client.peerId)).toBe(429);
    expect(await refusal(token)).toBe(429);
    await host.join('hls-viewer');
    clock.advance(10_000);
    await (await open(token)).next('on-policy-change');
  });

  it('BUD28: frames beyond the budget are refused unread, by size as by number', async () => {
    host = await startTestHost({ clock: new VirtualClock() });
    const client = await host.join('hls-viewer');
    const filler = 'x'.repeat(250_000);
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.request('analytics', { filler })));
    expect(answers.filter(({ result }) => result).length).toBeLessThanOrEqual(4);
    expect(answers.filter(({ error }) => error?.code === 429).length).toBeGreaterThanOrEqual(4);
  });

  it('BUD28: frames that are large and many beyond the budget end the connection, which is not read any further', async () => {
    const clock = new VirtualClock();
    host = await startTestHost({ clock });
    const client = await host.join('hls-viewer');
    const filler = 'x'.repeat(250_000);
    // Room for four, sixteen are refused, and the rest of 25 MB is too much.
    for (let i = 0; i < 100; i++) client.notify('analytics', { filler });
    expect(await client.next('on-error')).toMatchObject({ code: 429 });
    const other = await host.join('broadcaster');
    expect(await other.request('broadcast', { info: { message: 'hi' } })).toMatchObject({ result: {} });
    clock.advance(2_000);
    await client.closed;
  });
});

describe('removal', () => {
  const roles = {
    ...KIT_ROLES,
    moderator: makeRole('moderator', {
      publishParams: { allowed: ['audio'] },
      permissions: { removeOthers: true, sendRoomState: true },
    }),
  };

  it('SIG44: a peer is removed by who may, is told so, and its token does not come back to the session', async () => {
    host = await startTestHost();
    const room = makeRoom();
    host.rooms.rooms.set('room-1', { ...room, template: { ...room.template, roles } });
    const moderator = await host.join('moderator');
    const other = await host.join('hls-viewer');
    const token = await host.token('hls-viewer');
    const target = await open(token);
    await target.request('join', { name: 'x' });
    const preview = await open(token);
    await preview.next('on-policy-change');
    const params = { requested_for: target.peerId, reason: 'enough' };
    expect(await other.request('peer-leave-request', params)).toMatchObject({ error: { code: 403 } });
    expect(await moderator.request('peer-leave-request', { ...params, requested_for: 'nobody' })).toMatchObject({
      error: { code: 404 },
    });
    expect(await moderator.request('peer-leave-request', params)).toMatchObject({ result: {} });
    expect(await target.next('on-peer-leave-request')).toEqual({
      requested_by: moderator.peerId,
      reason: 'enough',
      room_end: false,
    });
    expect(await other.next('on-peer-leave')).toEqual({ peer_id: target.peerId });
    await Promise.all([target.closed, preview.closed]);
    expect(await refusal(token, target.peerId)).toBe(403);
    expect(await refusal(token)).toBe(403);
  });
});
