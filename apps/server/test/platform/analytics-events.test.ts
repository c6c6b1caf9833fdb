import { randomUUID } from 'node:crypto';
import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issueManagementToken } from '../../src/tokens/management-tokens.ts';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** What has happened with tracks and clients, from the socket to `GET /v2/analytics/events`. */

const AGENT = 'os:web_Linux,sdk:web,sdk_version:0.15.2,is_prebuilt:true';

interface Events {
  readonly limit: number;
  readonly total: number;
  readonly next: string;
  readonly last: string;
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly timestamp: string;
    readonly data: Record<string, unknown>;
  }[];
}

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;

beforeAll(async () => {
  platform = await startPlatform();
  baseUrl = await platform.listen();
});
beforeEach(async () => {
  studio = await makeStudio(platform);
});
afterAll(() => platform.close());

async function get(query: string, of: Studio = studio): Promise<{ status: number; body: Events }> {
  const answer = await platform.web.inject({
    url: `/v2/analytics/events?${query}`,
    headers: { authorization: `Bearer ${of.managementToken}` },
  });
  return { status: answer.statusCode, body: answer.json() as Events };
}

const events = async (query = ''): Promise<Events> => (await get(`room_id=${studio.roomId}&limit=100${query}`)).body;
const total = (count: number): Promise<Events> =>
  waitFor(`${count} events`, async () => {
    const found = await events();
    return found.total === count ? found : undefined;
  });

async function tokenOf(role: string): Promise<string> {
  const payload = JSON.stringify({ code: studio.codes[role], user_id: 'user-ann' });
  const answer = await platform.web.inject({ method: 'POST', url: '/v2/token', payload });
  return (answer.json() as { token: string }).token;
}

async function enter(role: string): Promise<WireClient> {
  const token = await tokenOf(role);
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token, userAgent: AGENT }).opened();
  await client.request('join', { name: 'Ann', data: '', offer: offerOf(1, []) });
  return client;
}

const offerOf = (version: number, tracks: readonly string[]) => ({
  type: 'offer',
  sdp: JSON.stringify({ session: 'p', version, tracks, ufrag: 'u' }),
});
const track = (id: string, mute = false) => ({
  [id]: { track_id: id, stream_id: `s-${id}`, type: 'audio', source: 'regular', description: '', mute },
});

describe('events', () => {
  it('EVT1: each track that came, was muted, or went, with whose it was and since when', async () => {
    const ann = await enter('broadcaster');
    await ann.request('offer', { desc: offerOf(2, ['mic']), tracks: track('mic') });
    platform.clock.advance(1_000);
    ann.notify('track-update', { tracks: track('mic', true) });
    platform.clock.advance(1_000);
    await ann.request('offer', { desc: offerOf(3, []), tracks: {} });
    const { events: told } = await total(3);
    expect(told.map(({ type }) => type)).toEqual(['track.remove.success', 'track.update.success', 'track.add.success']);
    const [removed, updated, added] = told;
    const startedAt = added!.timestamp;
    expect(added!.data).toEqual({
      ...{ room_id: studio.roomId, session_id: expect.any(String), room_name: expect.any(String), role: 'broadcaster' },
      ...{ peer_id: ann.peerId, user_id: 'user-ann', user_name: 'Ann', joined_at: expect.any(String) },
      ...{ track_id: 'mic', stream_id: 's-mic', type: 'audio', source: 'regular', mute: false, started_at: startedAt },
    });
    expect(updated!.data).toEqual({ ...added!.data, mute: true });
    expect(removed!.data).toEqual({ ...updated!.data, stopped_at: removed!.timestamp });
    expect(Date.parse(removed!.timestamp) - Date.parse(startedAt)).toBeGreaterThanOrEqual(1_000);
    ann.close();
  });

  it('EVT2: what fails for a client, by its socket, under the user and role of its token', async () => {
    const ann = await enter('broadcaster');
    const failure = { error_code: 4006, error_name: 'ICEDisconnected', is_terminal: false, action: 'PUBLISH' };
    ann.notify('analytics', { name: 'publisher.stats', info: {} });
    ann.notify('analytics', {
      name: 'publish.failed',
      info: { ...failure, user_id: 'somebody else', audio: { codec: 'opus', maxBitrate: 32 } },
    });
    const { events: told } = await total(1);
    expect(told[0]).toMatchObject({
      type: 'client.publish.failed',
      data: {
        ...failure,
        ...{ user_id: 'user-ann', user_name: 'Ann', peer_id: ann.peerId, role: 'broadcaster' },
        ...{
          account_id: studio.workspaceId,
          template_id: studio.template.id,
          audio: { codec: 'opus', maxBitrate: 32 },
        },
        agent: { os: 'web_Linux', sdk: 'web', sdk_version: '0.15.2', is_prebuilt: true, string: AGENT },
      },
    });
    expect((await events('&error=true')).total).toBe(1);
    expect((await events('&error=false&type=track.add.success')).total).toBe(0);
    ann.close();
  });

  it('EVT2: the same over HTTP; the session is believed only if it is the one that runs', async () => {
    const ann = await enter('broadcaster');
    const { session_id: sessionId } = await ann.next('session-info');
    const report = async (payload: object, token: string) =>
      platform.web.inject({
        method: 'POST',
        url: '/v2/client/report',
        headers: { authorization: `Bearer ${token}`, user_agent_v2: AGENT },
        payload: JSON.stringify(payload),
      });
    const body = {
      event: 'connect.failed',
      payload: { error_code: 2003, endpoint: 'wss://gone.example/ws' },
      event_id: randomUUID(),
      peer: { peer_id: 'peer-of-ann', session_id: sessionId, user_name: 'Ann', token: 'secret' },
    };
    const token = await tokenOf('broadcaster');
    expect((await report(body, token)).statusCode).toBe(200);
    expect((await report({ ...body, peer: { ...body.peer, session_id: 'of others' } }, token)).statusCode).toBe(200);
    expect((await report({ event: 'perf.stats', payload: {} }, token)).statusCode).toBe(200);
    expect((await report(body, 'x.y.z')).statusCode).toBe(401);
    const { events: told } = await total(2);
    expect(told[1]!.data).toMatchObject({
      ...{ session_id: sessionId, peer_id: 'peer-of-ann', user_id: 'user-ann', user_name: 'Ann' },
      ...{ error_code: 2003, endpoint: 'wss://gone.example/ws', agent: { sdk: 'web' } },
    });
    expect(told[0]!.data).not.toHaveProperty('session_id');
    expect(JSON.stringify(told)).not.toContain('secret');
    expect((await events(`&session_id=${sessionId}`)).total).toBe(1);
    ann.close();
  });

  it('EVT2: of a flood of reports a bounded number is kept, and nobody is refused', async () => {
    const ann = await enter('broadcaster');
    for (let round = 0; round < 4; round++) {
      platform.clock.advance(2_000);
      for (let code = 0; code < 100; code++)
        ann.notify('analytics', { name: 'disconnected', info: { error_code: code } });
      expect(await ann.request('peer-update', { name: `Ann ${round}` })).toMatchObject({ result: {} });
    }
    const kept = await waitFor('what is kept is written', async () => {
      const found = await events();
      return found.total >= 300 ? found : undefined;
    });
    expect(kept.total).toBeLessThan(310);
    ann.close();
  });

  it('EVT3: pages of what there was, by cursors that last a day', async () => {
    const ann = await enter('broadcaster');
    const report = (code: number) => ann.notify('analytics', { name: 'subscribe.failed', info: { error_code: code } });
    for (let code = 1; code <= 5; code++) report(code);
    await total(5);
    const first = (await get(`room_id=${studio.roomId}&limit=2`)).body;
    expect(first).toMatchObject({ limit: 2, total: 5, next: expect.any(String), last: first.next });
    expect(first.next).toMatch(/^[\w.~:=-]+$/);
    report(6);
    await total(6);
    const codes: unknown[] = [];
    for (let start = ''; ; ) {
      const page = (await get(`room_id=${studio.roomId}&limit=2&start=${start}`)).body;
      codes.push(...page.events.map(({ data }) => data.error_code));
      if (start === '') expect(page.total).toBe(6);
      if (page.next === '') break;
      start = page.next;
    }
    expect(codes).toEqual([6, 5, 4, 3, 2, 1]);
    const second = (await get(`room_id=${studio.roomId}&limit=2&start=${first.next}`)).body;
    expect([second.total, second.events.map(({ data }) => data.error_code)]).toEqual([5, [3, 2]]);
    expect((await get(`room_id=${studio.roomId}&start=nothing`)).status).toBe(400);
    platform.clock.advance(86_400_000);
    const tomorrow = { ...studio, managementToken: issueManagementToken(studio.key, platform.clock) };
    expect(await get(`room_id=${studio.roomId}&start=${first.next}`, tomorrow)).toMatchObject({
      status: 400,
      body: { message: 'start: good for 24 hours, and they are over' },
    });
    ann.close();
  });

  it('is refused without a room, for a room of others, and for types that there are not', async () => {
    expect((await get('')).status).toBe(400);
    expect((await get(`room_id=${studio.roomId}&type=track.sold`)).status).toBe(400);
    expect((await get(`room_id=${studio.roomId}`, await makeStudio(platform))).status).toBe(404);
  });
});
