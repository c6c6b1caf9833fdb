import { newObjectId } from '@amphi/store';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** What was used, by day: `GET /v2/analytics/usage`. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let platform: PlatformServer;
let studio: Studio;

beforeAll(async () => {
  platform = await startPlatform();
});
beforeEach(async () => {
  studio = await makeStudio(platform);
});
afterAll(() => platform.close());

async function get(query: Readonly<Record<string, string>> = {}, of: Studio = studio) {
  const { statusCode, body } = await platform.web.inject({
    url: `/v2/analytics/usage?${new URLSearchParams(query)}`,
    headers: { authorization: `Bearer ${of.managementToken}` },
  });
  return { status: statusCode, body: JSON.parse(body) };
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Somebody was there for this long, up to now. */
async function visit(ms: number): Promise<void> {
  const { store, clock } = platform;
  const { roomId, workspaceId } = studio;
  const startedAt = new Date(clock.now() - ms);
  const endedAt = new Date(clock.now());
  const sessionId = newObjectId();
  await store.history.open([{ id: sessionId, workspaceId, roomId, node: 'a', startedAt }]);
  const peer = { sessionId, peerId: 'p', joinedAt: startedAt, name: 'Ann', role: 'broadcaster' };
  await store.history.join([{ ...peer, userId: 'ann' }]);
  await store.history.change([{ ...peer, left: { at: endedAt, why: 'left' } }]);
  await store.history.end(sessionId, endedAt);
}

it('USE2: tells of each of the last 30 days, or of the days asked for, of all apps or one', async () => {
  const now = platform.clock.now();
  platform.clock.advance(DAY - (now % DAY) + 12 * HOUR);
  const noon = platform.clock.now();
  // By then the first studio's management token may have ended.
  studio = await makeStudio(platform);
  await visit(90_000);
  const nothing = { participant_minutes: 0, stream_minutes: 0, recording_minutes: 0, peak_participants: 0 };
  const today = { ...nothing, day: dayOf(noon), participant_minutes: 1.5, peak_participants: 1 };
  const { status, body } = await get();
  expect(status).toBe(200);
  expect(body).toMatchObject({ from: dayOf(noon - 29 * DAY), to: dayOf(noon) });
  expect(body.data).toHaveLength(30);
  expect(body.data[0]).toEqual({ ...nothing, day: dayOf(noon - 29 * DAY) });
  expect(body.data[29]).toEqual(today);
  const two = { from: dayOf(noon - DAY), to: dayOf(noon), app_id: studio.app.id };
  expect((await get(two)).body.data).toEqual([{ ...nothing, day: two.from }, today]);
  const stranger = await makeStudio(platform);
  expect((await get({ app_id: studio.app.id }, stranger)).status).toBe(404);
  expect((await get({}, stranger)).body.data[29]).toEqual({ ...nothing, day: dayOf(noon) });
});

it.each([
  [{ from: '2026-02-30' }, 'a day such as 2026-01-31'],
  [{ to: '2026-02-01T00:00:00Z' }, 'a day such as 2026-01-31'],
  [{ from: '2026-02-02', to: '2026-02-01' }, 'from: 2026-02-02 is after to, 2026-02-01'],
  [{ from: '2025-02-01', to: '2026-02-02' }, 'from: 2025-02-01 is more than 366 days before the end of 2026-02-02'],
  [{ app_id: 'show' }, '24 lower-case hex characters'],
])('USE2: refuses %j', async (query, reason) => {
  const { status, body } = await get(query);
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain(reason);
});

it('USE2: tells of 366 days at most', async () => {
  const { body } = await get({ from: '2025-02-01', to: '2026-02-01' });
  expect(body.data).toHaveLength(366);
});
