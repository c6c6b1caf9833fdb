import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAX_BODY_BYTES, MAX_COMPOSITION_BYTES } from '../../src/http/bodies.ts';
import { type PlatformServer, startPlatform } from '../platform/platform-server.ts';
import { bodyOf, makeWorld, type Operation, operationsOf, urlOf, type World } from './operations.ts';

/** What bodies may say and how much of everything may be asked for: held to by every operation that the description has. */

let platform: PlatformServer;
let world: World;
let operations: readonly Operation[];

beforeAll(async () => {
  platform = await startPlatform();
  world = await makeWorld(platform, await platform.listen());
  operations = await operationsOf(platform);
});
afterAll(async () => {
  world?.leave();
  await platform.close();
});

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;
const pathOf = (operation: Operation): string =>
  urlOf(operation.path, (parameter) => world.valueOf(operation, parameter));

async function send(operation: Operation, url: string, payload?: string) {
  const answer = await platform.web.inject({
    method: operation.method,
    url,
    headers: {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      authorization: `Bearer ${world.studio.managementToken}`,
      host: 'localhost',
      origin: 'http://localhost',
      cookie: world.cookie,
    },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, text: answer.body, headers: answer.headers };
}

/** Fields that say whose something is or what it has become, in either casing. */
const NOT_FOR_BODIES: Readonly<Record<string, unknown>> = {
  id: 'f'.repeat(24),
  _id: 'f'.repeat(24),
  customer: 'f'.repeat(24),
  customer_id: 'f'.repeat(24),
  customerId: 'f'.repeat(24),
  workspaceId: 'f'.repeat(24),
  workspace_id: 'f'.repeat(24),
  app_id: 'f'.repeat(24),
  appId: 'f'.repeat(24),
  session_id: 'f'.repeat(24),
  room_id: 'f'.repeat(24),
  default: true,
  isDefault: true,
  status: 'completed',
  node: 'elsewhere',
  created_at: '2001-01-01T00:00:00Z',
  createdAt: '2001-01-01T00:00:00Z',
  passwordHash: 'x',
  isOwner: true,
};

/** The same fields of all objects below, by their place, as REST shows them. */
function identities(value: unknown, at = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, held]) =>
    Object.hasOwn(NOT_FOR_BODIES, name) ? [[`${at}.${name}`, held]] : identities(held, `${at}.${name}`),
  );
}

async function identitiesOfAll(): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  // Of lists more is there afterwards.
  for (const operation of operations.filter(
    ({ method, path, isRest }) => method === 'GET' && isRest && /\}$/.test(path),
  )) {
    const { status, text } = await send(operation, pathOf(operation));
    if (status === 200) seen[nameOf(operation)] = identities(JSON.parse(text));
  }
  return seen;
}

it('API3: no body says whose a thing is, when it was made, or what has become of it; nor reaches what all objects have', async () => {
  const before = await identitiesOfAll();
  expect(Object.keys(before).length).toBeGreaterThan(12);
  const tried: string[] = [];
  for (const operation of operations) {
    // What ends the session, or takes away what the next ones are about.
    if (!operation.takesBody || /end-room|stop$|session|password/.test(operation.path)) continue;
    const proper = bodyOf(operation, world);
    if (Array.isArray(proper)) continue;
    const text = JSON.stringify({ ...(proper as object), ...NOT_FOR_BODIES }).replace(
      /^\{/,
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},',
    );
    const answer = await send(operation, pathOf(operation), text);
    expect(answer.status, `${nameOf(operation)}: ${answer.text}`).toBeLessThan(500);
    tried.push(nameOf(operation));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    // Of what was made or answered, nothing is as the body said.
    expect(answer.status < 400 && /f{24}|2001-01-01|elsewhere/.test(answer.text), answer.text).toBe(false);
  }
  expect(tried.length).toBeGreaterThan(15);
  expect(await identitiesOfAll()).toEqual(before);
});

it('API4: every body has a bound, and JSON a depth', async () => {
  for (const operation of operations.filter(({ takesBody }) => takesBody)) {
    // They carry the images of a composition.
    const isLarge = /composition$|destinations?$|templates(\/\{templateId\})?$/.test(operation.path);
    const most = isLarge ? MAX_COMPOSITION_BYTES : MAX_BODY_BYTES;
    const tooLarge = await send(operation, pathOf(operation), JSON.stringify({ x: 'x'.repeat(most) }));
    expect(tooLarge.status, nameOf(operation)).toBe(413);
    const tooDeep = await send(operation, pathOf(operation), `${'{"x":'.repeat(65)}1${'}'.repeat(65)}`);
    expect(tooDeep.status, nameOf(operation)).toBe(400);
  }
});

it('API4: every list has a limit of at most 100, which is said in the description and not reduced in silence', async () => {
  /** Bounded by what they are of: peers of a room, its stream key, a workspace's apps and keys; days of usage (USE2). */
  const WHOLE = [
    'GET /v2/active-rooms/{roomId}/peers',
    'GET /v2/analytics/usage',
    'GET /v2/stream-keys/room/{roomId}',
    'GET /platform/kits',
    'GET /platform/apps',
    'GET /platform/keys',
    'GET /platform/members',
  ];
  const lists = operations.filter(
    (operation) =>
      operation.method === 'GET' &&
      (operation.isRest || operation.path.startsWith('/platform')) &&
      (Object.values(operation.answers?.properties ?? {}) as { type?: string }[]).some(
        ({ type }) => type === 'array',
      ) &&
      Object.keys(operation.answers?.properties ?? {}).length < 6 &&
      !WHOLE.includes(nameOf(operation)),
  );
  expect(lists.length).toBeGreaterThan(9);
  for (const operation of lists) {
    const limit = operation.query.find(({ name }) => name === 'limit');
    expect([nameOf(operation), limit?.schema.minimum, limit?.schema.maximum]).toEqual([nameOf(operation), 1, 100]);
    for (const wrong of ['0', '101', '-1', '1e9', 'x']) {
      const { status } = await send(operation, `${pathOf(operation)}?limit=${wrong}`);
      expect(status, `${nameOf(operation)} limit=${wrong}`).toBe(400);
    }
  }
});

it('API4, BUD34: a workspace asks for so much, by tokens and dashboard together; then 429, which holds nobody else up', async () => {
  const bounded = await startPlatform({
    settings: { limits: { refusalDelayMs: 0, restRequestsPerWorkspace: { perSecond: 2, burst: 5 } } },
  });
  try {
    const url = await bounded.listen();
    const [busy, other] = [await makeWorld(bounded, url), await makeWorld(bounded, url)];
    bounded.clock.advance(10_000);
    const byToken = ({ studio }: World) =>
      bounded.web.inject({ url: '/v2/rooms', headers: { authorization: `Bearer ${studio.managementToken}` } });
    const byCookie = ({ cookie }: World) => bounded.web.inject({ url: '/platform/v2/rooms', headers: { cookie } });
    const statuses: number[] = [];
    for (const ask of [byToken, byCookie, byToken, byCookie, byToken]) statuses.push((await ask(busy)).statusCode);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    const before = bounded.store.statements;
    const refused = await byToken(busy);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(refused.json()).toMatchObject({ message: expect.stringMatching(/^too many requests for this workspace/) });
    expect(bounded.store.statements).toBe(before);
    expect((await byToken(other)).statusCode).toBe(200);
    bounded.clock.advance(1_000);
    expect((await byCookie(busy)).statusCode).toBe(200);
    busy.leave();
    other.leave();
  } finally {
    await bounded.close();
  }
});
