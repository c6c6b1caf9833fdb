import { type MethodName, methods } from '@amphi/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type $ZodType, safeParse } from 'zod/v4/core';
import { makeRole, makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient, WireMessage } from './wire-client.ts';

/**
 * Every method of the protocol with everything that can be wrong about it. What is malformed is found by the schemas themselves, so
 * that a new method, or a new field, is in this table without anybody thinking of it: an entry of `VALID` is all the types ask for.
 */

const sdp = (version: number) => JSON.stringify({ session: 'pub', version, tracks: [], ufrag: 'u' });
const offer = { type: 'offer', sdp: sdp(1) };
const track = { track_id: 'a1', stream_id: 's', type: 'audio', source: 'regular', description: '', mute: false };
const NOBODY = 'nobody-there';
const POLL = 'poll-0001';
const BOARD = 'board-0001';

/** A well-formed call of each. Those that name a peer, a track, a poll or a role name one that is not there. */
const VALID: { readonly [Name in MethodName]: Readonly<Record<string, unknown>> } = {
  ping: { timestamp: 1 },
  join: { name: 'Ann', data: '', disableVidAutoSub: true, offer },
  offer: { desc: offer, tracks: { a1: track }, sfu_node_id: 'sfu-test-1' },
  answer: { desc: { type: 'answer', sdp: 'x' } },
  trickle: { target: 0, candidate: { candidate: '' } },
  'track-update': { tracks: { a1: track } },
  leave: { client_reason: 'bye' },
  analytics: {},
  'peer-update': { name: 'Ann', data: '{}' },
  broadcast: { info: { message: 'hi', type: 'chat' }, peer_id: NOBODY },
  'chat-history': { before: 9, limit: 10 },
  'role-change-request': { requested_for: NOBODY, role: 'hls-viewer', force: true },
  'role-change': { requested_by: NOBODY, role: 'hls-viewer', token: 'made-up' },
  'peer-leave-request': { requested_for: NOBODY, reason: 'why not' },
  'group-join': { name: 'g' },
  'group-leave': { name: 'g' },
  'group-add': { name: 'g', peer_id: NOBODY },
  'group-remove': { name: 'g', peer_id: NOBODY },
  'set-metadata': { key: 'k', data: 1, if_change_version: 9 },
  'get-metadata': { key: 'k' },
  'listen-metadata-change': { keys: ['k'] },
  'track-update-request': { requested_for: NOBODY, track_id: 'a1', stream_id: 's', mute: true },
  'change-track-mute-state-request': { value: true, type: 'audio', source: 'regular', roles: ['emperor'] },
  'get-peer': { peer_id: NOBODY },
  'find-peer': { limit: 10, role: 'hls-viewer', group: 'g', peerIds: [NOBODY], peers: [NOBODY] },
  'peer-iter-next': { iterator: 'made-up', limit: 10 },
  'peer-name-search': { query: 'a', limit: 10, offset: 0 },
  'poll-info-set': { poll_id: POLL, title: 'T', type: 'poll', vote: ['emperor'] },
  'poll-questions-set': { poll_id: POLL, questions: [{ question: { index: 1, type: 'short-answer', text: 'x' } }] },
  'poll-questions-get': { poll_id: POLL, index: 0, count: 10 },
  'poll-start': { poll_id: POLL },
  'poll-stop': { poll_id: POLL },
  'poll-response': { poll_id: POLL, responses: [{ question: 1, type: 'short-answer', text: 'x', duration: 1 }] },
  'poll-responses': { poll_id: POLL, index: 0, count: 10, self: true },
  'poll-result': { poll_id: POLL },
  'poll-list': { state: 'started', count: 10 },
  'poll-leaderboard': { poll_id: POLL, count: 10, offset: 0 },
  'board-open': { fresh: true },
  'board-close': { board_id: BOARD },
  'board-draw': { board_id: BOARD, changes: [{ id: 'e', version: 1, nonce: 1, data: { x: 1 } }] },
  'board-get': { board_id: BOARD, after: 0 },
  'end-room': { lock: false, reason: 'late' },
  'hls-start': {},
  'hls-stop': { stop_reason: 'over' },
  'hls-timed-metadata': { metadata_objs: [{ payload: 'x', duration: 5 }] },
  'hls-composition': { layout: 'grid' },
  'rtmp-start': { record: true },
  'rtmp-stop': {},
  'recording-pause': { type: 'HLS' },
  'recording-resume': { type: 'Browser' },
  'plain-subscribe': { track_id: 'a1', ip: '127.0.0.1', port: 5004 },
  'plain-resume': { subscription_id: 's' },
  'plain-layer': { subscription_id: 's', preferred_spatial_layer: 0 },
  'plain-unsubscribe': { subscription_id: 's' },
  'plain-publish': { ip: '127.0.0.1', port: 5006 },
  'plain-unpublish': { publication_id: 'p' },
};
const NAMES = Object.keys(VALID) as MethodName[];

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
  'a large object': Object.fromEntries(Array.from({ length: 5_000 }, (_none, i) => [`k${i}`, track])),
};

/** Changes of one field that the method's schema refuses. */
function malformed(name: MethodName): { readonly what: string; readonly field: string; readonly params: object }[] {
  const schema: $ZodType = methods[name];
  const valid = VALID[name];
  const cases = Object.keys(valid).flatMap((field) => {
    const { [field]: _dropped, ...missing } = valid;
    const wrong = Object.entries(WRONG).map(([kind, value]) => ({ what: kind, params: { ...valid, [field]: value } }));
    return [{ what: 'missing', params: missing }, ...wrong].map((one) => ({ ...one, field }));
  });
  return cases.filter(({ params }) => !safeParse(schema, params).success && JSON.stringify(params).length < 260_000);
}

const plenty = { perSecond: 1e9, burst: 1e9 };

let host: TestHost;
let ann: WireClient;

beforeAll(async () => {
  host = await startTestHost({
    limits: { messagesPerToken: plenty, messageBytesPerToken: plenty, chatPerToken: plenty, toldBytesPerToken: plenty },
  });
  const room = makeRoom();
  const every = {
    endRoom: true,
    changeRole: true,
    removeOthers: true,
    mute: true,
    unmute: true,
    hlsStreaming: true,
    browserRecording: true,
    pollRead: true,
    pollWrite: true,
  };
  host.rooms.rooms.set('room-1', {
    ...room,
    template: {
      ...room.template,
      plugins: { whiteboard: { permissions: { admin: ['host'] } } },
      roles: {
        host: makeRole('host', {
          publishParams: { allowed: ['audio', 'video'] },
          subscribeParams: { subscribeToRoles: ['host'] },
          permissions: every,
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
    expect(NAMES.toSorted()).toEqual(Object.keys(methods).toSorted());
    for (const name of NAMES) expect([name, methods[name].safeParse(VALID[name]).success]).toEqual([name, true]);
  });

  it.each(NAMES)('SIG96: %s: each field missing, of a wrong type or too large is 400, and named', async (name) => {
    for (const { what, field, params } of malformed(name)) {
      const answer = await ann.request(name, params);
      expect([field, what, codeOf(answer)]).toEqual([field, what, 400]);
      expect(answer.error?.message).toMatch(new RegExp(`^${name}: .*${field}`));
      // What is told of a long value is short.
      expect(answer.error?.message.length).toBeLessThan(400);
    }
    for (const params of ['x', 7, [], null, true]) {
      if (methods[name].safeParse(params ?? {}).success) continue;
      expect([params, codeOf(await ann.request(name, params))]).toEqual([params, 400]);
    }
  });

  it('SIG97: U+0000 in any text of any method is 400; half a surrogate pair reaches nobody', async () => {
    for (const name of NAMES) {
      const answer = await ann.request(name, { ...(VALID[name] as object), name: 'a zero \u0000' });
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
    return Promise.race([client.request(name, VALID[name]).then((answer) => codeOf(answer) ?? ('ok' as const)), ended]);
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
    expect(codeOf(await preview.request('end-room', VALID['end-room']))).toBe(410);
    // Its role has no media.
    expect(codeOf(await preview.request('join', VALID.join))).toBe(403);
    expect(codeOf(await powerless.request('end-room', VALID['end-room']))).toBe(403);
    preview.notify('leave', VALID.leave);
    powerless.notify('leave', VALID.leave);
    await Promise.all([preview.closed, powerless.closed]);
    expect((await ann.request('find-peer', {})).result).toMatchObject({ total: 0 });
  });
});
