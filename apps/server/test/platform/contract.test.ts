import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** Every operation of REST v2 that needs a management token, driven from the document that describes it. */

interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly takesBody: boolean;
  readonly answers: Readonly<Record<string, unknown>>;
}

let platform: PlatformServer;
let studio: Studio;
let operations: readonly Operation[];
let client: WireClient;
/** What stands for a parameter of a path. */
const values: Record<string, string> = {};

interface Described {
  readonly security?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, { readonly schema: unknown }> }>>;
}

beforeAll(async () => {
  platform = await startPlatform();
  const baseUrl = await platform.listen();
  studio = await makeStudio(platform);
  const document = (await platform.web.inject('/v2/openapi.json')).json() as {
    paths: Record<string, Record<string, Described>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security, requestBody, responses }]): Operation[] => {
      if (!security) return [];
      const answers = Object.entries(responses).map(([status, { content }]) => [
        status,
        Object.values(content ?? {})[0]?.schema,
      ]);
      return [
        {
          method: method.toUpperCase() as Operation['method'],
          path,
          takesBody: requestBody !== undefined,
          answers: Object.fromEntries(answers),
        },
      ];
    }),
  );
  const { token } = (
    await platform.web.inject({
      method: 'POST',
      url: '/v2/token',
      payload: JSON.stringify({ code: studio.codes.broadcaster }),
    })
  ).json() as { token: string };
  client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token }).opened();
  await client.request('join', { name: 'Ann', data: '' });
  const poll = await send('POST', '/v2/polls', { questions: [{ index: 1, text: 'Which?' }] });
  Object.assign(values, {
    roomId: studio.roomId,
    templateId: studio.template.id,
    peerId: client.peerId,
    sessionId: (await send('GET', `/v2/active-rooms/${studio.roomId}`)).body.session.id,
    role: 'hls-viewer',
    pollId: poll.body.id,
    question: '1',
    option: '1',
  });
});
afterAll(async () => {
  client.close();
  await platform.close();
});

async function send(method: Operation['method'], url: string, body?: unknown, token: string = studio.managementToken) {
  const answer = await platform.web.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, body: answer.body === '' ? null : JSON.parse(answer.body) };
}

/** Bodies of those that need one to do something. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /v2/room-codes/code': () => ({ code: studio.codes['hls-viewer'], enabled: true }),
  'POST /v2/templates/{templateId}': () => ({ ...studio.template.body }),
  'POST /v2/templates/{templateId}/recordings': () => [],
  'POST /v2/templates/{templateId}/destinations': () => studio.template.body.destinations,
  'POST /v2/active-rooms/{roomId}/send-message': () => ({ message: 'hello' }),
  'POST /v2/active-rooms/{roomId}/remove-peers': () => ({ role: 'hls-viewer' }),
  'POST /v2/external-streams/room/{roomId}/start': () => ({ rtmp_urls: ['rtmp://live.example/app/KEY'] }),
  'POST /v2/live-streams/{streamId}/timed-metadata': () => ({ payload: 'now', duration: 5 }),
  'POST /v2/polls/{pollId}/questions/{question}': () => ({ text: 'Which?' }),
  'POST /v2/polls/{pollId}/questions/{question}/options/{option}': () => ({ text: 'A' }),
};

/** What must be asked with. */
const QUERIES: Readonly<Record<string, () => string>> = {
  '/v2/analytics/peer-stats': () => `?session_id=${values.sessionId}&peer_id=${values.peerId}`,
  '/v2/analytics/events': () => `?room_id=${studio.roomId}`,
};

const urlOf = (path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'f'.repeat(24))) +
  (QUERIES[path]?.() ?? '');

/** What only reads, then what adds, then what takes away. */
const rank = ({ method, path }: Operation): number =>
  path.endsWith('/end-room') ? 4 : method === 'DELETE' ? 3 : path.endsWith('/stop') ? 2 : method === 'POST' ? 1 : 0;

/** Of what is taken away, the option before its question. */
const partsFirst = (a: Operation, b: Operation): number =>
  a.method === 'DELETE' && b.method === 'DELETE' ? b.path.length - a.path.length : 0;

describe('the document', () => {
  it('describes all of REST v2', () => {
    expect(operations.length).toBeGreaterThan(45);
    for (const { method, path, answers } of operations) {
      expect(Object.keys(answers), `${method} ${path}`).toEqual(expect.arrayContaining(['400', '401', '404']));
    }
  });

  it('tells what each operation answers, when it does what it is asked for and when not', async () => {
    const told: string[] = [];
    for (const operation of [...operations].sort((a, b) => rank(a) - rank(b) || partsFirst(a, b))) {
      const name = `${operation.method} ${operation.path}`;
      const make = BODIES[name] as (() => unknown) | undefined;
      const { status, body } = await send(
        operation.method,
        urlOf(operation.path),
        operation.takesBody ? (make?.() ?? {}) : undefined,
      );
      told.push(`${status} ${name}`);
      const schema = operation.answers[status];
      expect(Object.keys(operation.answers), name).toContain(String(status));
      expect(status, name).toBeLessThan(500);
      if (status !== 204) z.fromJSONSchema(schema as never).parse(body);
    }
    // What is not there in this room: it has no stream key yet, no stream runs, nothing was recorded, no webhook failed. What is recorded is not sent
    // elsewhere from then on: both are started together. It has not begun yet, so that it cannot be paused. It runs: its quality is told when it is over.
    const failed = told.filter((line) => !line.startsWith('2'));
    expect(
      failed.filter(
        (line) =>
          !/^(404 .*(streams|stream-keys|recording|\{workflowId\}|\{id\})|400 .*(external-streams.*start|pause|resume|peer-stats)$)/.test(
            line,
          ),
      ),
    ).toEqual([]);
  });

  it('says who may call: without a token, and for what belongs to others, nothing is done', async () => {
    const other = await makeStudio(platform);
    for (const { method, path, takesBody } of operations) {
      const name = `${method} ${path}`;
      const body = takesBody ? ((BODIES[name] as (() => unknown) | undefined)?.() ?? {}) : undefined;
      expect((await send(method, urlOf(path), body, 'x.y.z')).status, name).toBe(401);
      if (!path.includes('{') && !path.endsWith('/code')) continue;
      expect((await send(method, urlOf(path), body, other.managementToken)).status, name).toBe(404);
    }
  });

  it('says what is taken: a body of another kind is refused by 400', async () => {
    for (const { method, path, takesBody } of operations) {
      if (!takesBody) continue;
      const { status, body } = await send(method, urlOf(path), 'no object');
      expect([status, body.code, Array.isArray(body.details)], `${method} ${path}`).toEqual([400, 400, true]);
    }
  });

  it('is a page for people, too, that needs nothing from elsewhere', async () => {
    const page = await platform.web.inject('/v2/docs');
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    for (const { path } of operations) expect(page.body).toContain(`<code>${path}</code>`);
    expect(page.body).not.toMatch(/<script|https?:\/\/|src=/);
  });
});
