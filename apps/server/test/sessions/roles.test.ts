import type { Role } from '@amphi/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeRole, makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient } from './wire-client.ts';

/** Each field of a role, through the wire: what the server does when it says something else. */

let host: TestHost;

beforeEach(async () => {
  host = await startTestHost();
});
afterEach(() => host.close());

const ANN = {
  publishParams: { allowed: ['audio', 'video', 'screen'] },
  subscribeParams: { subscribeToRoles: ['ann', 'bo'] },
};

/** Writes the template: `ann` and `bo`, with these parts. */
function write(parts: { readonly ann?: object; readonly bo?: object; readonly without?: string }): void {
  const room = makeRoom();
  const roles: Record<string, Role> = {
    ann: makeRole('ann', { ...ANN, ...parts.ann }),
    bo: makeRole('bo', { ...ANN, ...parts.bo }),
  };
  if (parts.without) delete roles[parts.without];
  host.rooms.rooms.set('room-1', { ...room, template: { ...room.template, roles } });
}

async function publish(client: WireClient, version: number, id: string, type: 'audio' | 'video', source = 'regular') {
  const sdp = JSON.stringify({ session: `pub-${client.peerId}`, version, tracks: [id] });
  const track = { track_id: id, stream_id: `s-${id}`, type, source, description: '', mute: false };
  await client.request('offer', { desc: { type: 'offer', sdp }, tracks: { [id]: track } });
  return host.sfu.router.tracks().some(({ trackId }) => trackId === id);
}

describe('what a role says, the server does', () => {
  it.each([
    ['audio', 'audio', 'regular'],
    ['video', 'video', 'regular'],
    ['screen', 'video', 'screen'],
    ['screen', 'audio', 'screen'],
  ] as const)(
    'ROLE2: publishParams.allowed without %s: a track of %s, %s, is not received',
    async (kind, type, source) => {
      write({ bo: { publishParams: { allowed: ANN.publishParams.allowed.filter((one) => one !== kind) } } });
      const ann = await host.join('ann');
      const bo = await host.join('bo');
      expect(await publish(ann, 2, 'of-ann', type, source)).toBe(true);
      expect(await publish(bo, 2, 'of-bo', type, source)).toBe(false);
    },
  );

  it('ROLE3, ROLE4, ROLE5, ROLE12: codecs, layers, bit rates and sizes are asked of the SFU with each offer', async () => {
    const layers = ['f', 'q'].map((rid) => ({ rid, scaleResolutionDownBy: 1, maxBitrate: 400, maxFramerate: 30 }));
    write({
      bo: {
        publishParams: {
          allowed: ['audio', 'video', 'screen'],
          audio: { bitRate: 48 },
          video: { codec: 'h264', bitRate: 500, width: 640, height: 360, frameRate: 20 },
          screen: { codec: 'vp8', bitRate: 900 },
          simulcast: { video: { layers }, screen: {} },
        },
      },
    });
    const bo = await host.join('bo');
    await publish(bo, 2, 'cam', 'video');
    expect(host.sfu.router.publishing(bo.peerId).limits).toEqual({
      audio: { maxBitrateBps: 48_000 },
      video: {
        codec: 'video/h264',
        rids: ['f', 'q'],
        maxBitrateBps: 800_000,
        maxPicture: { width: 640, height: 360, frameRate: 20 },
      },
      screen: {
        codec: 'video/vp8',
        rids: ['f'],
        maxBitrateBps: 900_000,
        maxPicture: { width: 1280, height: 720, frameRate: 10 },
      },
      screenAudio: { maxBitrateBps: 128_000 },
    });
  });

  it('ROLE6: subscribeParams.subscribeToRoles: only tracks of those roles are told and sent', async () => {
    write({ bo: { subscribeParams: { subscribeToRoles: ['bo'] } } });
    const ann = await host.join('ann');
    const bo = await host.join('bo');
    await publish(ann, 2, 'of-ann', 'video');
    const other = await host.join('bo');
    await publish(other, 2, 'of-other', 'video');
    await bo.next('on-track-add', ({ tracks }) => 'of-other' in tracks);
    expect([...host.sfu.router.subscribing(bo.peerId).desired.keys()]).toEqual(['of-other']);
  });

  it('ROLE7, ROLE8, ROLE9: how much is sent, when it is made less, and what of it first', async () => {
    const subscribeParams = {
      subscribeToRoles: ['ann', 'bo'],
      maxSubsBitRate: 800,
      subscribeDegradation: { packetLossThreshold: 30, degradeGracePeriodSeconds: 2, recoverGracePeriodSeconds: 5 },
    };
    write({ ann: { priority: 1 }, bo: { priority: 5, subscribeParams } });
    const ann = await host.join('ann');
    const bo = await host.join('bo');
    const other = await host.join('bo');
    await publish(ann, 2, 'of-ann', 'video');
    await publish(other, 2, 'of-other', 'video');
    await bo.next('on-track-add', ({ tracks }) => 'of-other' in tracks);
    const { limits, desired } = host.sfu.router.subscribing(bo.peerId);
    expect(limits).toEqual({
      maxBitrateBps: 800_000,
      degradation: { lossThreshold: 0.3, degradeAfterMs: 2_000, recoverAfterMs: 5_000 },
    });
    expect(desired.get('of-ann')?.priority).toBeGreaterThan(desired.get('of-other')?.priority ?? 0);
  });

  it.each([
    [0, undefined],
    [1, 403],
    [-1, 403],
  ])('ROLE10: maxPeerCount %d: the second join is answered %s', async (maxPeerCount, code) => {
    write({ bo: { maxPeerCount } });
    const join = async () => {
      const client = await host.connect('bo');
      return (await client.request('join', { name: 'Bo' })).error?.code;
    };
    expect(await join()).toBe(maxPeerCount === -1 ? 403 : undefined);
    expect(await join()).toBe(code);
  });
});

describe('permissions', () => {
  const somebody = 'peer-nobody';
  it.each([
    ['mute', 'change-track-mute-state-request', { value: true }],
    ['unmute', 'change-track-mute-state-request', { value: false }],
    ['removeOthers', 'peer-leave-request', { requested_for: somebody }],
    ['changeRole', 'role-change-request', { requested_for: somebody, role: 'ann', force: true }],
    ['changeRole', 'group-add', { name: 'g', peer_id: somebody }],
    ['pollRead', 'poll-list', {}],
    ['pollWrite', 'poll-info-set', { title: 'T', type: 'poll' }],
    ['hlsStreaming', 'hls-stop', {}],
    ['endRoom', 'end-room', {}],
  ] as const)('ROLE11: without %s, %s is 403; with it, it is not', async (permission, method, params) => {
    const every = ['mute', 'unmute', 'removeOthers', 'changeRole', 'pollRead', 'pollWrite', 'hlsStreaming', 'endRoom'];
    // Who may write polls may read them.
    const off: readonly string[] = permission === 'pollRead' ? ['pollRead', 'pollWrite'] : [permission];
    const all = Object.fromEntries(every.map((one) => [one, !off.includes(one)]));
    write({ bo: { permissions: all } });
    const bo = await host.join('bo');
    expect((await bo.request(method, params)).error?.code).toBe(403);
    write({ bo: { permissions: { [permission]: true } } });
    await host.host.templateChanged({ templateId: 'template-1' });
    expect((await bo.request(method, params)).error?.code).not.toBe(403);
  });
});

describe('a template that is written while its rooms run', () => {
  it('ROLE20: is followed at once by those who are there', async () => {
    write({});
    const bo = await host.join('bo');
    await publish(bo, 2, 'cam', 'video');
    write({ bo: { publishParams: { allowed: ['audio'] }, permissions: { endRoom: true } } });
    await host.host.templateChanged({ templateId: 'template-1' });
    const policy = await bo.next('on-policy-change', ({ known_roles }) => known_roles.bo?.permissions.endRoom === true);
    expect(policy.name).toBe('bo');
    expect(host.sfu.router.tracks()).toEqual([]);
    expect(await publish(bo, 3, 'cam2', 'video')).toBe(false);
    expect((await bo.request('end-room', { lock: false })).error).toBeUndefined();
  });

  it('ROLE22: one that lost a role keeps those in it, who may come back; newcomers are told', async () => {
    const caller = { permissions: { changeRole: true } };
    write({ ann: caller });
    const ann = await host.join('ann');
    const bo = await host.join('bo');
    await publish(bo, 2, 'cam', 'video');
    await ann.next('on-track-add');
    write({ ann: caller, without: 'bo' });
    await host.host.templateChanged({ templateId: 'template-1' });
    expect(host.sfu.router.tracks()).toHaveLength(1);
    const newcomer = await host.connect('bo');
    expect(await newcomer.next('on-error')).toMatchObject({
      code: 403,
      message: `role: "bo" is not a role of this room's template`,
    });
    const change = await ann.request('role-change-request', { requested_for: ann.peerId, role: 'bo', force: true });
    expect(change.error?.code).toBe(404);
    expect(ann.all('on-peer-leave')).toEqual([]);
  });

  it('ROLE24: another template is none of theirs', async () => {
    write({});
    const bo = await host.join('bo');
    write({ bo: { permissions: { endRoom: true } } });
    await host.host.templateChanged({ templateId: 'another' });
    expect((await bo.request('end-room', { lock: false })).error?.code).toBe(403);
  });
});
