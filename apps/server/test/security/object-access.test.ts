import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signToken } from '../../src/tokens/sign-token.ts';
import { type PlatformServer, startPlatform } from '../platform/platform-server.ts';
import {
  bodyOf,
  makeWorld,
  NO_IDS,
  type Operation,
  operationsOf,
  parametersOf,
  queryOf,
  urlOf,
  type World,
} from './operations.ts';

/** Whose objects an operation touches, and who may ask for it: held to by every operation that the description has. */

let platform: PlatformServer;
let mine: World;
let theirs: World;
let operations: readonly Operation[];

beforeAll(async () => {
  platform = await startPlatform();
  const baseUrl = await platform.listen();
  mine = await makeWorld(platform, baseUrl);
  theirs = await makeWorld(platform, baseUrl);
  operations = await operationsOf(platform);
});
afterAll(async () => {
  mine?.leave();
  theirs?.leave();
  await platform.close();
});

type Door = 'token' | 'cookie';

async function send(
  { method, takesBody }: Operation,
  url: string,
  { door, world: { studio, cookie }, body }: { door: Door; world: World; body?: unknown },
): Promise<{ status: number; text: string }> {
  const answer = await platform.web.inject({
    method,
    url: door === 'cookie' && url.startsWith('/v2') ? `/platform${url}` : url,
    headers: {
      ...(takesBody ? { 'content-type': 'application/json' } : {}),
      ...(door === 'token'
        ? { authorization: `Bearer ${studio.managementToken}` }
        : { cookie, host: 'localhost', origin: 'http://localhost' }),
    },
    ...(takesBody ? { payload: JSON.stringify(body ?? {}) } : {}),
  });
  return { status: answer.statusCode, text: answer.body };
}

const doorsOf = ({ isRest }: Operation): readonly Door[] => (isRest ? ['token', 'cookie'] : ['cookie']);
const idsIn = (operation: Operation): string[] =>
  parametersOf(operation).filter((parameter) => !NO_IDS.includes(parameter));

/** All that can be read of a world, in the words of the API. */
async function everythingOf(world: World): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const operation of operations) {
    if (operation.method !== 'GET' || !operation.isRest) continue;
    const path = urlOf(operation.path, (parameter) => world.valueOf(operation, parameter));
    const url = path + queryOf(operation, world);
    const { status, text } = await send(operation, url, { door: 'token', world });
    // The session runs: its quality is told when it is over.
    expect(status, `${operation.path} of one's own`).toBeLessThan(operation.path.endsWith('/peer-stats') ? 401 : 400);
    seen[url] = text;
  }
  return seen;
}

/** What of another workspace could be in an answer. */
const tracesOf = ({ ids, studio }: World): string[] => [...Object.values(ids), studio.workspaceId];

describe('API1: object-level authorisation', () => {
  it('API1: any id of another workspace, in any place of any path and by either door, is 404; nothing is touched', async () => {
    const before = await everythingOf(theirs);
    let tried = 0;
    for (const operation of operations) {
      const ids = idsIn(operation);
      // Each choice of ids that are theirs, beside those that are one's own.
      for (let choice = 1; choice < 2 ** ids.length; choice += 1) {
        const isTheirs = (parameter: string): boolean => ((choice >> ids.indexOf(parameter)) & 1) === 1;
        const url = urlOf(operation.path, (parameter) =>
          (ids.includes(parameter) && isTheirs(parameter) ? theirs : mine).valueOf(operation, parameter),
        );
        for (const door of doorsOf(operation)) {
          const { status, text } = await send(operation, url, { door, world: mine, body: bodyOf(operation, mine) });
          const name = `${operation.method} ${operation.path} by ${door}, of ids ${choice.toString(2)}: ${text}`;
          // A session in which a poll of one's own did not run: a list without elements.
          if (/\/sessions\/\{sessionId\}$/.test(operation.path) && status === 200) {
            expect(JSON.parse(text), name).toMatchObject({ responses: [] });
          } else {
            expect(status, name).toBe(404);
          }
          const given = new Set(ids.filter(isTheirs).map((parameter) => theirs.valueOf(operation, parameter)));
          for (const trace of tracesOf(theirs)) {
            if (!given.has(trace)) expect(text, name).not.toContain(trace);
          }
          tried += 1;
        }
      }
    }
    expect(tried).toBeGreaterThan(120);
    expect(await everythingOf(theirs)).toEqual(before);
  });

  it('API1: lists hold nothing of others, whatever is filtered for and wherever they are told to begin', async () => {
    const lists = operations.filter(
      ({ method, path, query, isRest }) =>
        method === 'GET' && isRest && query.length > 0 && idsIn({ path } as Operation).length === 0,
    );
    expect(lists.length).toBeGreaterThan(6);
    const filters: Readonly<Record<string, readonly string[]>> = {
      room_id: [theirs.ids.roomId!],
      session_id: [theirs.ids.sessionId!],
      peer_id: [theirs.ids.peerId!],
      template_id: [theirs.ids.templateId!],
      beam_id: [theirs.ids.recordingId!],
      user_id: ['ann'],
      start: Object.values(theirs.ids),
    };
    for (const operation of lists) {
      const empty = await send(operation, operation.path + queryOf(operation, mine), { door: 'token', world: mine });
      for (const trace of tracesOf(theirs)) expect(empty.text, operation.path).not.toContain(trace);
      for (const { name } of operation.query) {
        for (const value of filters[name] ?? []) {
          const url = operation.path + queryOf(operation, mine, { [name]: value });
          const { status, text } = await send(operation, url, { door: 'token', world: mine });
          expect([200, 400, 404], `${url}: ${text}`).toContain(status);
          if (status !== 200) continue;
          const { data = [], events = [] } = JSON.parse(text) as { data?: unknown[]; events?: unknown[] };
          // From an id of another kind a list of ids goes on; only what filters finds nothing.
          if (name !== 'start') expect([...data, ...events], url).toEqual([]);
          for (const trace of tracesOf(theirs)) {
            if (trace !== value) expect(text, url).not.toContain(trace);
          }
        }
      }
    }
  });

  it('API1: the place of a session of others among one’s own is not told by where a list begins', async () => {
    const list = operations.find(({ method, path }) => method === 'GET' && path === '/v2/sessions')!;
    const unknown = await send(list, `/v2/sessions?start=nobodys`, { door: 'token', world: mine });
    const foreign = await send(list, `/v2/sessions?start=${theirs.ids.sessionId}`, { door: 'token', world: mine });
    expect(foreign).toEqual(unknown);
  });

  it.each<[string, (world: World) => object]>([
    ['POST /v2/rooms', ({ ids }) => ({ template_id: ids.templateId })],
    ['POST /v2/rooms', ({ ids }) => ({ polls: [ids.pollId] })],
    ['POST /v2/rooms/{roomId}', ({ ids }) => ({ template_id: ids.templateId })],
    ['POST /v2/rooms/{roomId}', ({ ids }) => ({ polls: [ids.pollId] })],
    ['POST /v2/room-codes/code', ({ ids }) => ({ code: ids.code, enabled: false })],
    ['POST /v2/active-rooms/{roomId}/send-message', ({ ids }) => ({ message: 'x', peer_id: ids.peerId })],
    ['POST /v2/active-rooms/{roomId}/remove-peers', ({ ids }) => ({ peer_id: ids.peerId })],
  ])('API1: an id of another workspace in the body of %s is not there', async (name, body) => {
    const operation = operations.find(({ method, path }) => `${method} ${path}` === name)!;
    const url = urlOf(operation.path, (parameter) => mine.valueOf(operation, parameter));
    const answer = await send(operation, url, { door: 'token', world: mine, body: body(theirs) });
    const ofNobody = await send(operation, url, { door: 'token', world: mine, body: body(nobody()) });
    expect([400, 404], answer.text).toContain(answer.status);
    expect(answer.status).toBe(ofNobody.status);
  });

  /** Ids of the right form that nothing has. */
  const nobody = (): World => ({
    ...theirs,
    ids: Object.fromEntries(
      Object.entries(theirs.ids).map(([name, id]) => [
        name,
        name === 'code' ? 'zzz-zzzz-zzz' : id.replaceAll(/./g, 'f'),
      ]),
    ),
  });
});

describe('API5: function-level authorisation', () => {
  it('API5: a link into a room opens no operation of back ends or dashboards', async () => {
    const nowS = Math.floor(platform.clock.now() / 1000);
    const { key, roomId } = mine.studio;
    const claims = { access_key: key.accessKey, version: 2, room_id: roomId, role: 'broadcaster', user_id: 'ann' };
    const times = { iat: nowS, nbf: nowS, exp: nowS + 3_600 };
    const token = signToken({ ...claims, ...times, type: 'app' }, key.secret);
    for (const operation of operations) {
      const isDoor = !operation.isRest && !operation.path.startsWith('/platform/');
      if (isDoor || /^\/platform\/(session|invitations\/(look|accept)$)/.test(operation.path)) continue;
      const url = urlOf(operation.path, (parameter) => mine.valueOf(operation, parameter));
      const answer = await platform.web.inject({
        method: operation.method,
        url,
        headers: { authorization: `Bearer ${token}`, cookie: `amphi_session=${token}` },
      });
      expect(answer.statusCode, `${operation.method} ${operation.path}`).toBe(401);
    }
  });
});
