import { CHAT_STATE, type MethodName } from '@amphi/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeRole, makeRoom } from './in-memory-ports.ts';
import { CALLS, EVERY_PERMISSION } from './method-samples.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient } from './wire-client.ts';

/** Every method when the time for it has not come, or is over. What else can be wrong about it: `every-method.test.ts`. */

/** A code, or `ok`. */
type Outcome = number | 'ok';
type State = readonly [what: string, ask: () => Promise<Outcome>, expected: Outcome];

const plenty = { perSecond: 1e9, burst: 1e9 };

let host: TestHost;
/** May everything. */
let ann: WireClient;
/** May nothing but answer in polls. */
let bo: WireClient;
/** Composes the stream. */
let eve: WireClient;

beforeAll(async () => {
  host = await startTestHost({ limits: { messagesPerToken: plenty, streamStartsPerRoom: plenty } });
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
        'hls-viewer': makeRole('hls-viewer', { permissions: { pollRead: true } }),
        full: makeRole('full', { maxPeerCount: -1 }),
      },
    },
  });
  ann = await host.join('host');
  bo = await host.join('hls-viewer');
});

afterAll(() => host.close());

async function ask(client: WireClient, name: MethodName, params: object = CALLS[name]): Promise<Outcome> {
  return (await client.request(name, params)).error?.code ?? 'ok';
}

/** The outcome of the second time. */
async function twice(client: WireClient, name: MethodName): Promise<Outcome> {
  await ask(client, name);
  return ask(client, name);
}

/** Someone who has been here and has left. */
async function leaver(): Promise<string> {
  const guest = await host.join('hls-viewer');
  guest.notify('leave', {});
  await guest.closed;
  return guest.peerId;
}

const offerOf = (version: number) => ({
  desc: { type: 'offer', sdp: JSON.stringify({ session: `pub-${ann.peerId}`, version, tracks: [] }) },
});

/** The token of an offer of a role to Bo. */
async function offered(role: string): Promise<string> {
  const since = bo.all('on-role-change-request').length;
  await ask(ann, 'role-change-request', { requested_for: bo.peerId, role });
  await bo.settled();
  return bo.all('on-role-change-request')[since]?.token ?? '';
}

let polls = 0;
/** A poll that nobody has begun. */
async function poll(): Promise<{ readonly poll_id: string }> {
  polls += 1;
  const id = { poll_id: `poll-${polls}` };
  await ask(ann, 'poll-info-set', { ...id, title: 'T', type: 'quiz' });
  await ask(ann, 'poll-questions-set', { ...CALLS['poll-questions-set'], ...id });
  return id;
}

async function begun(): Promise<{ readonly poll_id: string }> {
  const id = await poll();
  await ask(ann, 'poll-start', id);
  return id;
}

async function over(): Promise<{ readonly poll_id: string }> {
  const id = await begun();
  await ask(ann, 'poll-stop', id);
  return id;
}

async function board(): Promise<string> {
  const { result } = await ann.request('board-open', {});
  return String(result?.board_id);
}

/** Opens a board, and closes it. */
async function closedBoard(): Promise<string> {
  const id = await board();
  await ask(ann, 'board-close', { board_id: id });
  return id;
}

/** Eve, who comes with the stream. */
async function composer(): Promise<WireClient> {
  eve = await host.connect('', { token: host.issued.at(-1) ?? '' });
  await eve.request('join', { name: 'egress' });
  return eve;
}

async function record(): Promise<void> {
  await ask(ann, 'rtmp-start', { record: true });
  await ann.next('on-record-update', ({ state }) => state === 'started');
}

const say = (client: WireClient, to: object) => ask(client, 'broadcast', { info: { message: 'hi' }, ...to });
const pauseChat = (isPaused: boolean) =>
  ask(ann, 'set-metadata', { key: CHAT_STATE.key, data: { enabled: !isPaused, updatedBy: {} } });
const change = (wanted: object) => ask(ann, 'role-change-request', { force: true, ...wanted });
const accept = (role: string, token: string) => ask(bo, 'role-change', { role, token });
const respond = (id: object, question = 1) =>
  ask(ann, 'poll-response', { ...id, responses: [{ question, type: 'short-answer', text: 'x', duration: 1 }] });
const pause = () => ask(ann, 'recording-pause', { type: 'Browser' });
const resume = () => ask(ann, 'recording-resume', { type: 'Browser' });

/** What cannot come at a wrong time has none. In the order in which they are tried: one begins where the one before has ended. */
const STATES: { readonly [Name in MethodName]: readonly State[] } = {
  ping: [],
  join: [['has joined already', () => ask(ann, 'join'), 'ok']],
  offer: [
    [
      'is older than the last one',
      async () => {
        await ask(ann, 'offer', offerOf(9));
        return ask(ann, 'offer', offerOf(8));
      },
      421,
    ],
    ['is for media that have moved', () => ask(ann, 'offer', { ...offerOf(10), sfu_node_id: 'another' }), 421],
  ],
  answer: [['nothing was offered', () => ask(ann, 'answer'), 400]],
  trickle: [],
  'track-update': [['the track is not published', () => ask(ann, 'track-update'), 'ok']],
  leave: [],
  analytics: [],
  'peer-update': [],
  broadcast: [
    ['to a role and a peer at once', () => say(ann, { roles: ['host'], peer_id: bo.peerId }), 400],
    ['to one that has left', async () => say(ann, { peer_id: await leaver() }), 404],
    [
      'while the chat is paused',
      async () => {
        await pauseChat(true);
        return say(bo, {});
      },
      403,
    ],
    ['of a moderator meanwhile', () => say(ann, {}), 'ok'],
    [
      'after it',
      async () => {
        await pauseChat(false);
        return say(bo, {});
      },
      'ok',
    ],
  ],
  'chat-history': [['nothing is kept', () => ask(ann, 'chat-history'), 404]],
  'role-change-request': [
    [
      'for a peer and roles at once',
      () => change({ requested_for: bo.peerId, roles: ['hls-viewer'], role: 'host' }),
      400,
    ],
    ['for nobody', () => change({ role: 'host' }), 400],
    ['for one that has left', async () => change({ requested_for: await leaver(), role: 'host' }), 404],
    ['to a role that is full', () => change({ requested_for: bo.peerId, role: 'full' }), 403],
    ['to the role that it has', () => change({ requested_for: bo.peerId, role: 'hls-viewer' }), 'ok'],
    ['of a role that nobody has', () => change({ roles: ['full'], role: 'host' }), 'ok'],
  ],
  'role-change': [
    ['to another role than is offered', async () => accept('hls-viewer', await offered('host')), 403],
    [
      'taken already',
      async () => {
        const token = await offered('host');
        await accept('host', token);
        await change({ requested_for: bo.peerId, role: 'hls-viewer' });
        return accept('host', token);
      },
      403,
    ],
  ],
  'peer-leave-request': [
    ['of oneself', () => ask(ann, 'peer-leave-request', { requested_for: ann.peerId }), 400],
    ['of one that has left', async () => ask(ann, 'peer-leave-request', { requested_for: await leaver() }), 404],
  ],
  'group-join': [['is in it', () => twice(bo, 'group-join'), 'ok']],
  'group-leave': [['is not in it', () => twice(bo, 'group-leave'), 'ok']],
  'group-add': [['one that has left', async () => ask(ann, 'group-add', { name: 'g', peer_id: await leaver() }), 404]],
  'group-remove': [['one that is not in it', () => ask(ann, 'group-remove', { name: 'g', peer_id: bo.peerId }), 'ok']],
  'set-metadata': [
    ['changed meanwhile', () => ask(ann, 'set-metadata', { key: 'k', data: 1, if_change_version: 4 }), 409],
    ['not there, taken away', () => ask(ann, 'set-metadata', { key: 'k' }), 'ok'],
  ],
  'get-metadata': [['never set', () => ask(ann, 'get-metadata', { key: 'never' }), 'ok']],
  'listen-metadata-change': [],
  'track-update-request': [
    [
      'a track that is not published',
      () => ask(ann, 'track-update-request', { ...CALLS['track-update-request'], requested_for: ann.peerId }),
      404,
    ],
  ],
  'change-track-mute-state-request': [
    ['nobody publishes', () => ask(ann, 'change-track-mute-state-request', { value: true }), 'ok'],
  ],
  'get-peer': [['of one that has left', async () => ask(ann, 'get-peer', { peer_id: await leaver() }), 404]],
  'find-peer': [['of one that has left', async () => ask(ann, 'find-peer', { peerIds: [await leaver()] }), 'ok']],
  'peer-iter-next': [
    [
      'at the end of the list',
      async () => {
        const { result } = await ann.request('find-peer', {});
        const end = await ann.request('peer-iter-next', { iterator: result?.iterator });
        return ask(ann, 'peer-iter-next', { iterator: end.result?.iterator });
      },
      'ok',
    ],
  ],
  'peer-name-search': [['behind the end', () => ask(ann, 'peer-name-search', { query: '', offset: 10_000 }), 'ok']],
  'poll-info-set': [
    ['begun', async () => ask(ann, 'poll-info-set', { ...CALLS['poll-info-set'], ...(await begun()), vote: [] }), 400],
    ['over', async () => ask(ann, 'poll-info-set', { ...CALLS['poll-info-set'], ...(await over()), vote: [] }), 400],
  ],
  'poll-questions-set': [
    ['begun', async () => ask(ann, 'poll-questions-set', { ...CALLS['poll-questions-set'], ...(await begun()) }), 400],
    ['over', async () => ask(ann, 'poll-questions-set', { ...CALLS['poll-questions-set'], ...(await over()) }), 400],
  ],
  'poll-questions-get': [
    ['not begun, by one who answers', async () => ask(bo, 'poll-questions-get', await poll()), 404],
    ['not begun, by one who asks', async () => ask(ann, 'poll-questions-get', await poll()), 'ok'],
    ['over', async () => ask(bo, 'poll-questions-get', await over()), 'ok'],
  ],
  'poll-start': [
    ['begun', async () => ask(ann, 'poll-start', await begun()), 400],
    ['over', async () => ask(ann, 'poll-start', await over()), 400],
  ],
  'poll-stop': [
    ['not begun', async () => ask(ann, 'poll-stop', await poll()), 400],
    ['over', async () => ask(ann, 'poll-stop', await over()), 400],
  ],
  'poll-response': [
    ['not begun', async () => respond(await poll()), 400],
    ['over', async () => respond(await over()), 400],
    [
      'answered already',
      async () => {
        const id = await begun();
        await respond(id);
        return respond(id);
      },
      'ok',
    ],
    ['without such a question', async () => respond(await begun(), 7), 400],
  ],
  'poll-responses': [['not begun', async () => ask(ann, 'poll-responses', await poll()), 'ok']],
  'poll-result': [
    ['not begun', async () => ask(ann, 'poll-result', await poll()), 'ok'],
    ['not begun, by one who answers', async () => ask(bo, 'poll-result', await poll()), 404],
  ],
  'poll-list': [],
  'poll-leaderboard': [
    ['not begun', async () => ask(ann, 'poll-leaderboard', await poll()), 400],
    ['not over', async () => ask(ann, 'poll-leaderboard', await begun()), 400],
    ['over', async () => ask(ann, 'poll-leaderboard', await over()), 'ok'],
  ],
  'board-close': [
    ['closed', async () => ask(ann, 'board-close', { board_id: await closedBoard() }), 404],
    [
      'another one',
      async () => {
        const id = await board();
        const outcome = await ask(ann, 'board-close');
        await ask(ann, 'board-close', { board_id: id });
        return outcome;
      },
      404,
    ],
  ],
  'board-draw': [
    ['closed', async () => ask(ann, 'board-draw', { ...CALLS['board-draw'], board_id: await closedBoard() }), 404],
  ],
  'board-get': [['closed', async () => ask(ann, 'board-get', { board_id: await closedBoard() }), 404]],
  'board-open': [
    [
      'open',
      async () => {
        await board();
        return ask(ann, 'board-open');
      },
      409,
    ],
  ],
  'hls-stop': [['not live', () => ask(ann, 'hls-stop'), 404]],
  'hls-start': [['live', () => twice(ann, 'hls-start'), 400]],
  'plain-subscribe': [['the track is gone', async () => ask(await composer(), 'plain-subscribe'), 404]],
  'plain-resume': [['ended', () => ask(eve, 'plain-resume'), 404]],
  'plain-layer': [['ended', () => ask(eve, 'plain-layer'), 404]],
  'plain-unsubscribe': [['ended', () => ask(eve, 'plain-unsubscribe'), 'ok']],
  'plain-publish': [['published', () => twice(eve, 'plain-publish'), 'ok']],
  'plain-unpublish': [['ended', () => ask(eve, 'plain-unpublish'), 'ok']],
  'hls-timed-metadata': [
    ['not playable yet', () => ask(ann, 'hls-timed-metadata'), 404],
    [
      'not live any more',
      async () => {
        await ask(ann, 'hls-stop');
        return ask(ann, 'hls-timed-metadata');
      },
      404,
    ],
  ],
  'hls-composition': [['not live', () => ask(ann, 'hls-composition'), 'ok']],
  'recording-pause': [
    ['nothing runs', pause, 404],
    [
      'paused',
      async () => {
        await record();
        await pause();
        return pause();
      },
      400,
    ],
  ],
  'recording-resume': [
    [
      'not paused',
      async () => {
        await resume();
        return resume();
      },
      400,
    ],
    ['of another kind than runs', () => ask(ann, 'recording-resume', { type: 'HLS' }), 404],
  ],
  'rtmp-start': [['runs', () => ask(ann, 'rtmp-start'), 400]],
  'rtmp-stop': [['nothing runs', () => twice(ann, 'rtmp-stop'), 404]],
  'end-room': [
    [
      'ended',
      async () => {
        const results = [ann.request('end-room', CALLS['end-room']), ann.request('end-room', CALLS['end-room'])];
        return (await Promise.all(results)).at(-1)?.error?.code ?? 'ok';
      },
      410,
    ],
  ],
};

it.each(Object.keys(STATES) as MethodName[])('SIG99: %s: at a wrong time', async (name) => {
  for (const [what, outcome, expected] of STATES[name]) expect([what, await outcome()]).toEqual([what, expected]);
});
