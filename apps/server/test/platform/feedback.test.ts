import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issueManagementToken } from '../../src/tokens/management-tokens.ts';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** How people found a session: from the leave screen of a client to `GET /v2/analytics/feedback`. */

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;

const ANSWERS_AT_ONCE = 6;

beforeAll(async () => {
  platform = await startPlatform({
    settings: { limits: { feedbackPerRoom: { perSecond: 1, burst: ANSWERS_AT_ONCE } } },
  });
  baseUrl = await platform.listen();
});
beforeEach(async () => {
  studio = await makeStudio(platform);
});
afterAll(() => platform.close());

interface Visitor {
  readonly token: string;
  readonly peerId: string;
  readonly sessionId: string;
}

/** Has been in the session of the room, and is known to have been. */
async function visitor(role: string, userId: string): Promise<Visitor> {
  const payload = JSON.stringify({ code: studio.codes[role], user_id: userId });
  const { token } = (await platform.web.inject({ method: 'POST', url: '/v2/token', payload })).json() as {
    token: string;
  };
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token }).opened();
  await client.request('join', { name: `${userId} by name`, data: '' });
  const { room } = await client.next('peer-list');
  await waitFor('the history knows', async () =>
    (await platform.store.history.find(room.session_id))?.peers.some(({ peerId }) => peerId === client.peerId),
  );
  client.close();
  return { token, peerId: client.peerId, sessionId: room.session_id };
}

/** As the public client sends it: JSON that calls itself text, with the token in it. */
async function give({ token, peerId, sessionId }: Visitor, payload: object, bearer: string | undefined = token) {
  const answer = await platform.web.inject({
    method: 'POST',
    url: '/v2/client/feedback',
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      origin: 'https://elsewhere.example',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    payload: JSON.stringify({
      peer: { peer_id: peerId, session_id: sessionId, role: 'emperor', user_name: 'somebody else', token },
      agent: 'os:web_Linux,sdk:web',
      payload,
    }),
  });
  expect(answer.headers['access-control-allow-origin']).toBe('*');
  return answer.statusCode;
}

async function get(path: string, of: Studio = studio) {
  const answer = await platform.web.inject({
    url: `/v2/analytics/feedback${path}`,
    headers: { authorization: `Bearer ${of.managementToken}` },
  });
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
}

const good = {
  question: 'How was it? | What did you like?',
  rating: 4,
  min_rating: 1,
  max_rating: 5,
  reasons: ['Chat'],
  comment: 'Like being there.',
};

describe('feedback', () => {
  it('FBK1: the first answer of a peer is read by its back end, as who it was in the session', async () => {
    const ann = await visitor('broadcaster', 'ann');
    expect(await give(ann, good)).toBe(200);
    expect(await give(ann, { ...good, rating: 1 })).toBe(200);
    const { body } = await get('');
    expect(body).toEqual({
      limit: 10,
      total: 1,
      next: '',
      data: [
        {
          ...good,
          peer_id: ann.peerId,
          user_id: 'ann',
          account_id: studio.workspaceId,
          peer_name: 'ann by name',
          role: 'broadcaster',
          session_id: ann.sessionId,
          room_id: studio.roomId,
          template_id: studio.template.id,
          timestamp: new Date(platform.clock.now()).toISOString(),
        },
      ],
    });
    expect(JSON.stringify(body)).not.toContain(ann.token);
  });

  it('FBK2: is refused without a token, with that of another, and for a session that one was not in', async () => {
    const ann = await visitor('broadcaster', 'ann');
    const bo = await visitor('hls-viewer', 'bo');
    expect(await give(ann, good, '')).toBe(401);
    expect(await give(ann, good, 'no token')).toBe(401);
    expect(await give(ann, good, bo.token)).toBe(403);
    expect(await give({ ...ann, sessionId: 'another' }, good)).toBe(403);
    expect(await give({ ...ann, peerId: 'another' }, good)).toBe(403);
    const mine = studio;
    studio = await makeStudio(platform);
    const stranger = await visitor('broadcaster', 'ann');
    expect(await give(ann, good, stranger.token)).toBe(403);
    expect((await get('', mine)).body.total).toBe(0);
  });

  it.each([
    ['beyond its scale', { ...good, rating: 6 }],
    ['below its scale', { ...good, rating: 0 }],
    ['on a scale upside down', { ...good, min_rating: 5, max_rating: 1 }],
    ['that is no number', { ...good, rating: '4' }],
    ['with a thousand reasons', { ...good, reasons: Array.from({ length: 1_000 }, () => 'x') }],
  ])('FBK2: a rating %s is refused', async (_what, payload) => {
    const ann = await visitor('broadcaster', 'ann');
    expect(await give(ann, payload)).toBe(400);
    expect((await get('')).body.total).toBe(0);
  });

  it('FBK2: long words are cut, and a token that has expired does', async () => {
    const ann = await visitor('broadcaster', 'ann');
    platform.clock.advance(25 * 3_600_000);
    expect(await give(ann, { rating: 3, comment: 'x'.repeat(5_000) })).toBe(200);
    const tomorrow = { ...studio, managementToken: issueManagementToken(studio.key, platform.clock) };
    const { body } = await get(`?session_id=${ann.sessionId}`, tomorrow);
    expect(body.data).toMatchObject([
      { rating: 3, min_rating: 1, max_rating: 5, reasons: [], comment: 'x'.repeat(1_024) },
    ]);
  });

  it('FBK2: beyond what a room may say at once, it is to come later', async () => {
    const ann = await visitor('broadcaster', 'ann');
    for (let i = 0; i < ANSWERS_AT_ONCE; i++) expect(await give(ann, good)).toBe(200);
    expect(await give(ann, good)).toBe(429);
    platform.clock.advance(1_000);
    expect(await give(ann, good)).toBe(200);
  });

  it('FBK3: is listed newest first, by room, session and user; never to another workspace', async () => {
    const ann = await visitor('broadcaster', 'ann');
    const bo = await visitor('hls-viewer', 'bo');
    await give(ann, good);
    await give(bo, good);
    const users = async (query: string, of: Studio = studio) => {
      const { body } = await get(query, of);
      return (body.data as { user_id: string }[]).map(({ user_id }) => user_id);
    };
    expect(await users('')).toEqual(['bo', 'ann']);
    const first = (await get('?limit=1')).body;
    expect(first).toMatchObject({ total: 2, data: [{ user_id: 'bo' }] });
    expect(await users(`?limit=1&start=${String(first.next)}`)).toEqual(['ann']);
    expect(await users(`?room_id=${studio.roomId}&user_id=ann`)).toEqual(['ann']);
    expect(await users(`?session_id=${bo.sessionId}&user_id=bo`)).toEqual(['bo']);
    const other = await makeStudio(platform);
    expect(await users(`?session_id=${ann.sessionId}`, other)).toEqual([]);
    expect((await get(`/summary/${ann.sessionId}`, other)).status).toBe(404);
  });

  it('FBK4: the average of a session is on the scale that is asked for', async () => {
    const ann = await visitor('broadcaster', 'ann');
    const bo = await visitor('hls-viewer', 'bo');
    const summary = async (query = '') => (await get(`/summary/${ann.sessionId}${query}`)).body;
    const scale = { min: 1, max: 5 };
    expect(await summary()).toEqual({ avg_session_rating: 0, scale, num_feedback_submitted: 0 });
    await give(ann, { ...good, rating: 5 });
    await give(bo, { ...good, rating: 2 });
    expect(await summary()).toEqual({ avg_session_rating: 3.5, scale, num_feedback_submitted: 2 });
    expect(await summary('?scale_min=0&scale_max=10')).toMatchObject({ avg_session_rating: 6.25 });
    expect((await get(`/summary/${ann.sessionId}?scale_min=5&scale_max=5`)).status).toBe(400);
  });
});
