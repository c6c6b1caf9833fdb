import { diagnosticAnswer, diagnosticClock } from '@amphi/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** What clients ask over HTTP before they join, to find out what is wrong. */

let platform: PlatformServer;
let studio: Studio;

beforeAll(async () => {
  platform = await startPlatform({ settings: { limits: { refusalDelayMs: 0, diagnosticsAtOnce: 2 } } });
  studio = await makeStudio(platform);
});
afterAll(() => platform.close());

const offer = JSON.stringify({ session: '1', version: 1, tracks: ['noise'] });

const connect = (token: string | undefined, body: unknown) =>
  platform.web.inject({
    method: 'POST',
    url: '/v2/diagnostics/connection',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    payload: JSON.stringify(body),
  });

async function token(): Promise<string> {
  const payload = JSON.stringify({ code: studio.codes['hls-viewer'] });
  return (await platform.web.inject({ method: 'POST', url: '/v2/token', payload })).json<{ token: string }>().token;
}

it('DIA1: tells everybody the time, pages of other origins included', async () => {
  const answer = await platform.web.inject({
    url: '/v2/diagnostics',
    headers: { origin: 'https://elsewhere.example' },
  });
  expect(diagnosticClock.parse(answer.json()).time_ms).toBe(platform.clock.now());
  expect(answer.headers['access-control-allow-origin']).toBe('*');
  expect(answer.headers['cache-control']).toBe('no-store');
});

it('DIA2: connects who has a token of a room, of any role', async () => {
  const bearer = await token();
  const answer = await connect(bearer, { sdp: offer, track_id: 'noise' });
  expect(diagnosticAnswer.parse(answer.json())).toMatchObject({ lifetime_ms: 15_000 });
  // Nobody has joined by it.
  const active = await platform.web.inject({
    url: `/v2/active-rooms/${studio.roomId}`,
    headers: { authorization: `Bearer ${studio.managementToken}` },
  });
  expect(active.statusCode).toBe(404);

  expect((await connect(bearer, { sdp: '' })).statusCode).toBe(400);
  expect((await connect(bearer, { sdp: 'x'.repeat(50_001) })).statusCode).toBe(400);
  expect((await connect(undefined, { sdp: offer })).statusCode).toBe(401);
  expect((await connect('a.b.c', { sdp: offer })).statusCode).toBe(401);
});

it('DIA4: beyond the budget it is 429, with the time to wait', async () => {
  const bearer = await token();
  expect((await connect(bearer, { sdp: offer })).statusCode).toBe(200);
  const refused = await connect(bearer, { sdp: offer });
  expect(refused.statusCode).toBe(429);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
});
