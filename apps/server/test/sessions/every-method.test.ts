import { type MethodName, methods } from '@amphi/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type $ZodType, safeParse } from 'zod/v4/core';
import { makeRole, makeRoom } from './in-memory-ports.ts';
import { CALLS, EVERY_PERMISSION, fullCall, TRACK } from './method-samples.ts';
import { changedAt, placesOf } from './schema-places.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient, WireMessage } from './wire-client.ts';

/**
 * Every method of the protocol with everything that can be wrong about it. Where something can be malformed is found by the schemas
 * themselves: a new method, or a new field, fails here until there is a sample of it.
 */

const NAMES = Object.keys(methods) as MethodName[];

/** One of each kind of JSON, and some that are too large; below the limit of a frame. */
const WRONG: Readonly<Record<string, unknown>> = {
  null: null,
  'a number': 7.5,
  'a negative number': -1,
  'a text': 'x',
  'an empty text': '',
  true: true,
  'an empty list': [],
  'a list of numbers': [1],
  'an empty object': {},
  'a huge number': 1e300,
  'a long text': 'x'.repeat(220_000),
  'a long list': Array.from({ length: 10_000 }, () => 'x'),
  'a large object': Object.fromEntries(Array.from({ length: 5_000 }, (_none, i) => [`k${i}`, TRACK])),
};

interface Malformed {
  readonly what: string;
  /** Of the value that is wrong, as messages name it. */
  readonly place: string;
  readonly params: unknown;
}

/** Changes at one place that the method's schema refuses. */
function malformed(name: MethodName): Malformed[] {
  const schema: $ZodType = methods[name];
  const call = fullCall(name);
  const cases = [...placesOf(schema, call)].flatMap(({ path }) =>
    [['missing', undefined] as const, ...Object.entries(WRONG)].map(([what, value]) => ({
      what,
      place: path.join('.'),
      params: changedAt(call, path, value),
    })),
  );
  return cases.filter(({ params }) => !safeParse(schema, params).success && JSON.stringify(params).length < 260_000);
}

/** A refusal names the value, something in it, or what it is a part of. */
function names(message: string | undefined, name: MethodName, place: string): boolean {
  const [, named] = /^([^:]*): (.*?): /.exec(message ?? '')?.slice(1) ?? [];
  if (named === undefined || !message?.startsWith(`${name}: `)) return false;
  return named === place || named.startsWith(`${place}.`) || place.startsWith(`${named}.`);
}

const plenty = { perSecond: 1e9, burst: 1e9 };

let host: TestHost;
let ann: WireClient;

beforeAll(async () => {
  host = await startTestHost({
    limits: { messagesPerToken: plenty, messageBytesPerToken: plenty, chatPerToken: plenty, toldBytesPerToken: plenty },
  });
  const room = makeRoom();
  host.rooms.rooms.set('room-1', {
    ...room,
    template: {
      ...room.template,
      plugins: { whiteboard: { permissions: { admin: ['host'] } } },
      roles: {
        host: makeRole('host', {
          publishParams: { allowed: ['audio', 'video'] },
          subscribeParams: { subscribeToRoles: ['host'] },
          permissions: EVERY_PERMISSION,
        }),
        'hls-viewer': makeRole('hls-viewer'),
      },
    },
  });
  ann = await host.join('host');
});

afterAll(() => host.close());

const codeOf = ({ error }: WireMessage): number | undefined => error?.code;

describe('what is malformed', () => {
  it('the table is complete, and its calls are well-formed', () => {
    for (const name of NAMES) {
      for (const call of [CALLS[name], fullCall(name)]) {
        expect([name, methods[name].safeParse(call).success]).toEqual([name, true]);
      }
      const lacking = [...placesOf(methods[name], fullCall(name))].filter(({ isSampled }) => !isSampled);
      expect([name, lacking.map(({ path }) => path.join('.'))]).toEqual([name, []]);
    }
  });

  it('SIG96: every text has a longest', () => {
    const endless = NAMES.flatMap((name) =>
      [...placesOf(methods[name], fullCall(name))]
        .filter(({ path }) => methods[name].safeParse(changedAt(fullCall(name), path, WRONG['a long text'])).success)
        .map(({ path }) => `${name} ${path.join('.')}`),
    );
    // Any JSON, counted by its bytes when it is kept; and what is cut, not refused.
    expect(endless).toEqual(['analytics name', 'analytics info', 'set-metadata data', 'board-draw changes.0.data']);
  });

  it.each(NAMES)('SIG96: %s: each value missing, of a wrong type or too large is 400, and named', async (name) => {
    for (const { what, place, params } of malformed(name)) {
      const { error } = await ann.request(name, params);
      expect([place, what, error?.code, error?.message]).toEqual([place, what, 400, expect.any(String)]);
      expect([names(error?.message, name, place), error?.message]).toEqual([true, error?.message]);
      // What is told of a long value is short.
      expect(error?.message.length).toBeLessThan(400);
    }
    for (const params of ['x', 7, [], null, true]) {
      if (methods[name].safeParse(params ?? {}).success) continue;
      expect([params, codeOf(await ann.request(name, params))]).toEqual([params, 400]);
    }
  });

  it('SIG97: U+0000 in any text of any method is 400; half a surrogate pair reaches nobody', async () => {
    for (const name of NAMES) {
      const answer = await ann.request(name, { ...(CALLS[name] as object), name: 'a zero \u0000' });
      expect([name, answer.error]).toEqual([name, { code: 400, message: 'frame: U+0000 is in no text' }]);
    }
    const bo = await host.join('host', { name: 'half \ud83d' });
    expect(await ann.next('on-peer-join')).toMatchObject({ info: { name: 'half �' } });
    bo.notify('leave', {});
    await bo.closed;
  });

  it('SIG96: an unknown method is 400', async () => {
    const answer = await ann.request('make-coffee', {});
    expect([codeOf(answer), answer.error?.message]).toEqual([400, 'method: unknown method "make-coffee"']);
  });
});

/** A code, or `ok`. Of one that is connected and has not joined; of one whose role may nothing; of one that may everything. */
type Outcomes = readonly [preview: Outcome, powerless: Outcome, mighty: Outcome];
type Outcome = number | 'ok';

/**
 * Nobody asks as one that has not joined; whoever lacks a permission is told so and nothing else, also not whether the target
 * exists; then the target is looked for.
 */
const OUTCOMES: { readonly [Name in Exclude<MethodName, 'join' | 'leave' | 'end-room'>]: Outcomes } = {
  ping: ['ok', 'ok', 'ok'],
  offer: [410, 403, 'ok'],
  // Of a connection that is not there: an answer may cross with the end of it.
  answer: ['ok', 'ok', 400],
  trickle: ['ok', 'ok', 'ok'],
  'track-update': [410, 'ok', 'ok'],
  analytics: ['ok', 'ok', 'ok'],
  'peer-update': [410, 'ok', 'ok'],
  broadcast: [410, 404, 404],
  // Of a room that keeps none.
  'chat-history': [410, 404, 404],
  'role-change-request': [410, 403, 404],
  'role-change': [410, 403, 403],
  'peer-leave-request': [410, 403, 404],
  'group-join': [410, 'ok', 'ok'],
  'group-leave': [410, 'ok', 'ok'],
  'group-add': [410, 403, 404],
  'group-remove': [410, 403, 404],
  'set-metadata': [410, 409, 409],
  'get-metadata': [410, 'ok', 'ok'],
  'listen-metadata-change': [410, 'ok', 'ok'],
  'track-update-request': [410, 403, 404],
  'change-track-mute-state-request': [410, 403, 404],
  'get-peer': [410, 404, 404],
  'find-peer': [410, 'ok', 'ok'],
  'peer-iter-next': [410, 400, 400],
  'peer-name-search': [410, 'ok', 'ok'],
  'poll-info-set': [410, 403, 404],
  'poll-questions-set': [410, 403, 404],
  'poll-questions-get': [410, 403, 404],
  'poll-start': [410, 403, 404],
  'poll-stop': [410, 403, 404],
  'poll-response': [410, 403, 404],
  'poll-responses': [410, 403, 404],
  'poll-result': [410, 403, 404],
  'poll-list': [410, 403, 'ok'],
  'poll-leaderboard': [410, 403, 404],
  'board-close': [410, 403, 404],
  'board-draw': [410, 403, 404],
  'board-get': [410, 403, 404],
  'board-open': [410, 403, 'ok'],
  'hls-start': [410, 403, 'ok'],
  'hls-stop': [410, 403, 'ok'],
  'hls-timed-metadata': [410, 403, 404],
  'hls-composition': [410, 403, 'ok'],
  'rtmp-start': [410, 403, 'ok'],
  'rtmp-stop': [410, 403, 'ok'],
  'recording-pause': [410, 403, 404],
  'recording-resume': [410, 403, 404],
  'plain-subscribe': [403, 403, 403],
  'plain-resume': [403, 403, 403],
  'plain-layer': [403, 403, 403],
  'plain-unsubscribe': [403, 403, 403],
  'plain-publish': [403, 403, 403],
  'plain-unpublish': [403, 403, 403],
};

describe('who asks, and for whom', () => {
  let powerless: WireClient;

  beforeAll(async () => {
    powerless = await host.join('hls-viewer');
  });

  /** The answer's code, or that of the `on-error` which ends the socket instead. */
  async function outcomeOf(client: WireClient, name: MethodName): Promise<Outcome> {
    const ended = client.next('on-error').then(({ code }) => code);
    // Waits in vain when there is an answer.
    ended.catch(() => {});
    return Promise.race([client.request(name, CALLS[name]).then((answer) => codeOf(answer) ?? ('ok' as const)), ended]);
  }

  it.each(Object.entries(OUTCOMES) as [keyof typeof OUTCOMES, Outcomes][])(
    'SIG96: %s: %j before joining, without permission, for a target that is not there',
    async (name, expected) => {
      const preview = await host.connect('hls-viewer');
      const outcomes = [await outcomeOf(preview, name), await outcomeOf(powerless, name), await outcomeOf(ann, name)];
      preview.close();
      expect(outcomes).toEqual(expected);
    },
  );

  it('SIG96: joining, ending and leaving', async () => {
    const preview = await host.connect('hls-viewer');
    expect(codeOf(await preview.request('end-room', CALLS['end-room']))).toBe(410);
    // Its role has no media.
    expect(codeOf(await preview.request('join', CALLS.join))).toBe(403);
    expect(codeOf(await powerless.request('end-room', CALLS['end-room']))).toBe(403);
    preview.notify('leave', CALLS.leave);
    powerless.notify('leave', CALLS.leave);
    await Promise.all([preview.closed, powerless.closed]);
    expect((await ann.request('find-peer', {})).result).toMatchObject({ total: 0 });
  });
});
