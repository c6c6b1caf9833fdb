import { readFileSync } from 'node:fs';
import { errorCodes } from '@amphi/protocol';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** What operators see at `/metrics`. */

let platform: PlatformServer;
let studio: Studio;
let baseUrl: string;

beforeAll(async () => {
  platform = await startPlatform({ settings: { webhooks: { allowPrivateAddresses: true } } });
  baseUrl = await platform.listen();
  studio = await makeStudio(platform);
});
afterAll(() => platform.close());

/** Each sample by its name and labels, as they are written. */
async function samples(): Promise<Map<string, number>> {
  const { body, statusCode } = await platform.web.inject('/metrics');
  expect(statusCode, body).toBe(200);
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function tokenOf(role: string): Promise<string> {
  const payload = JSON.stringify({ code: studio.codes[role] });
  return ((await platform.web.inject({ method: 'POST', url: '/v2/token', payload })).json() as { token: string }).token;
}

async function join(role: string): Promise<WireClient> {
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token: await tokenOf(role) }).opened();
  await client.request('join', { name: 'Somebody Known', data: '' });
  return client;
}

it('MET1: tells how many there are of what, who joined, and who was refused why', async () => {
  const before = await samples();
  expect(before.get('amphi_sessions')).toBe(0);
  expect(before.get('amphi_peers{level="stage"}')).toBe(0);
  const clients = [
    await join('broadcaster'),
    await join('viewer-realtime'),
    await join('hls-viewer'),
    await join('hls-viewer'),
  ];
  expect((await platform.web.inject({ url: '/init', headers: { authorization: 'Bearer x.y.z' } })).statusCode).toBe(
    401,
  );
  const wrong = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token: 'x.y.z' }).opened();
  await wrong.closed;

  const now = await samples();
  expect(now.get('amphi_sessions')).toBe(1);
  expect(['stage', 'webinar', 'stream'].map((level) => now.get(`amphi_peers{level="${level}"}`))).toEqual([1, 1, 2]);
  expect(now.get('amphi_outputs{kind="live_stream"}')).toBe(0);
  expect(now.get('amphi_joins_total')).toBe(4);
  expect(now.get('amphi_joins_refused_total{at="init",why="unauthorized"}')).toBe(1);
  expect(now.get('amphi_joins_refused_total{at="socket",why="unauthorized"}')).toBe(1);

  const authorization = `Bearer ${studio.managementToken}`;
  const url = `/v2/active-rooms/${studio.roomId}/end-room`;
  await platform.web.inject({ method: 'POST', url, headers: { authorization }, payload: '{}' });
  for (const client of clients) client.close();
  await vi.waitFor(async () => expect((await samples()).get('amphi_sessions')).toBe(0));
});

it('MET1: counts a role that is full as a refusal by the session', async () => {
  const authorization = `Bearer ${studio.managementToken}`;
  const path = `/v2/templates/${studio.template.id}/roles/viewer-realtime`;
  const role = { ...studio.template.body.roles['viewer-realtime'], maxPeerCount: 1 };
  await platform.web.inject({ method: 'POST', url: path, headers: { authorization }, payload: JSON.stringify(role) });
  const first = await join('viewer-realtime');
  const second = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, {
    token: await tokenOf('viewer-realtime'),
  }).opened();
  expect((await second.request('join', { name: 'Late', data: '' })).error?.code).toBe(403);
  second.close();
  expect((await samples()).get('amphi_joins_refused_total{at="session",why="forbidden"}')).toBe(1);
  first.close();
});

it('MET3: tells how long the oldest webhook waits', async () => {
  const target = { enabled: true, url: 'http://127.0.0.1:9/hook', headers: {} };
  await platform.store.webhooks.set({ workspaceId: studio.workspaceId, ...target });
  const client = await join('broadcaster');
  await vi.waitFor(async () => expect((await samples()).get('amphi_webhooks_waiting')).toBeGreaterThan(0));
  platform.clock.advance(10_000);
  await vi.waitFor(async () => expect((await samples()).get('amphi_webhooks_lag_seconds')).toBeGreaterThanOrEqual(10));
  client.close();
});

it('MET4: names nobody', async () => {
  const { body } = await platform.web.inject('/metrics');
  for (const secret of [
    studio.roomId,
    studio.workspaceId,
    studio.key.accessKey,
    'Somebody',
    ...Object.values(studio.codes),
  ]) {
    expect(body).not.toContain(secret);
  }
});

it('MET5: has all that the Grafana dashboard draws', async () => {
  const dashboard = readFileSync(new URL('../../../../deploy/grafana/amphi.json', import.meta.url), 'utf8');
  const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] };
  const drawn = panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(amphi|nodejs|process)_\w+/g) ?? []),
  );
  const { body } = await platform.web.inject('/metrics');
  const there = new Set([...body.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!));
  expect(drawn.length).toBeGreaterThan(25);
  expect(drawn.filter((name) => !there.has(name.replace(/_(count|bucket|sum)$/, '')))).toEqual([]);
  const undrawn = [...there].filter(
    (name) => name.startsWith('amphi_') && !drawn.some((each) => each.startsWith(name)),
  );
  expect(undrawn).toEqual([]);
});

it('MET6: has all that the alarms go by', async () => {
  const alarms = readFileSync(new URL('../../../../deploy/prometheus/alarms.yaml', import.meta.url), 'utf8');
  const wrong = { email: 'nobody@example.org', password: 'wrong' };
  await platform.web.inject({ method: 'POST', url: '/platform/session', payload: wrong });
  const { body } = await platform.web.inject('/metrics');
  const there = new Set([...body.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!));
  const names = alarms.match(/\b(amphi|nodejs|process)_\w+/g) ?? [];
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !there.has(name))).toEqual([]);
  const results = new Set([...body.matchAll(/\bresult="(\w+)"/g)].map(([, result]) => result));
  for (const [, result] of alarms.matchAll(/result="(\w+)"/g)) expect(results).toContain(result);
  const whys = new Set(Object.values(errorCodes).map(({ name }) => name as string));
  const named = [...alarms.matchAll(/why=~?"([\w|]+)"/g)].flatMap(([, each]) => each!.split('|'));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((why) => !whys.has(why))).toEqual([]);
});
