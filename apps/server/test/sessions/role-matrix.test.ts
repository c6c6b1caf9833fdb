import { silentLogger } from '@amphi/base';
import { createSfu, type Sfu } from '@amphi/sfu';
import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientOffer } from './client-offer.ts';
import { makeRoom } from './in-memory-ports.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import { WireClient } from './wire-client.ts';

/**
 * One person is taken round the three levels by every way there is, hundreds of times, with sockets cut in between; after each
 * step all that is theirs is looked at. Over a real media worker: no media flow, transports and producers are real.
 */

const LEVELS = ['hls-viewer', 'viewer-realtime', 'viewer-on-stage'] as const;
type LevelRole = (typeof LEVELS)[number];
const DIRECTIONS = LEVELS.flatMap((from) => LEVELS.filter((to) => to !== from).map((to) => [from, to] as const));
const WAYS = ['forced', 'asked', 'asked, and the socket cut before the answer', 'by a back end'] as const;
const ROUNDS = 10;
const CUT_EVERY = 5;

/** What may not be published waits, paused, in case that changes (PB10); so many of a connection at most. */
const MAX_WITHHELD = 4;

const plenty = { perSecond: 1e9, burst: 1e9 };

let sfu: Sfu;
let host: TestHost;

beforeAll(async () => {
  sfu = await createSfu({ workers: 1, listen: [{ ip: '127.0.0.1' }], logger: silentLogger });
  host = await startTestHost({
    realSfu: sfu,
    limits: {
      messagesPerToken: plenty,
      messageBytesPerToken: plenty,
      chatPerToken: plenty,
      toldBytesPerToken: plenty,
      toldBytesPerRoom: plenty,
      sentBytesPerRoom: plenty,
      offersPerToken: plenty,
    },
  });
  const room = makeRoom();
  const roles = Object.fromEntries(
    Object.entries(room.template.roles).map(([name, role]) => {
      const permissions = { ...role.permissions, pollRead: true, pollWrite: name === 'broadcaster' };
      return [name, { ...role, permissions }];
    }),
  );
  host.rooms.rooms.set('room-1', { ...room, template: { ...room.template, roles } });
});

afterAll(async () => {
  await host.close();
  sfu.close();
  await sfu.closed;
});

/** The person, whatever socket they have. Its publish connection stays, or is made anew, as clients do either. */
class Traveller {
  readonly #token: string;
  socket: WireClient;
  role: LevelRole = 'hls-viewer';
  #connection = 0;
  #version = 0;
  #sections: string[] = [];
  #tracks = 0;

  constructor(socket: WireClient) {
    this.socket = socket;
    this.#token = socket.token;
  }

  get peerId(): string {
    return this.socket.peerId;
  }

  async cutSocket(): Promise<void> {
    const { peerId } = this;
    this.socket.socket.terminate();
    this.socket = await new WireClient(host.url, { token: this.#token, peerId }).opened();
    expect((await this.socket.next('on-policy-change')).name).toBe(this.role);
    await this.socket.next('peer-list');
  }

  /** As a browser that has made its connection anew. */
  forgetConnection(): void {
    this.#connection += 1;
    this.#version = 0;
    this.#sections = [];
  }

  /** Offers one more microphone; those before it have ended. */
  offerMicrophone(): ReturnType<WireClient['request']> {
    this.#tracks += 1;
    const id = `a${this.#tracks}`;
    const ended = new Set(this.#sections);
    this.#sections.push(id);
    this.#version += 1;
    const session = `${100 + this.#connection}`;
    const sdp = clientOffer(session, this.#version, this.#sections, ended);
    const track = { track_id: id, stream_id: `stream-${session}`, type: 'audio', source: 'regular', mute: false };
    return this.socket.request('offer', { desc: { type: 'offer', sdp }, tracks: { [id]: track } });
  }

  get microphone(): string {
    return `a${this.#tracks}`;
  }
}

it(`ROOM41: ${DIRECTIONS.length * WAYS.length * ROUNDS} changes over all directions and ways keep all that is theirs, and leak nothing`, async () => {
  const chief = await host.connect('broadcaster');
  const joined = await chief.request('join', {
    name: 'Chief',
    disableVidAutoSub: true,
    offer: { type: 'offer', sdp: clientOffer('1', 1) },
  });
  expect(joined).toHaveProperty('result');
  const traveller = new Traveller(await host.join('hls-viewer', { name: 'Tess' }));
  const { peerId } = traveller;
  await traveller.socket.request('peer-update', { data: '{"seat":7}' });
  await traveller.socket.request('group-join', { name: '_handraise' });
  const poll = await chief.request('poll-info-set', { title: 'Well?', type: 'poll' });
  const poll_id = String(poll.result?.poll_id);
  const question = { question: { index: 1, type: 'short-answer', text: 'Well?' } };
  await chief.request('poll-questions-set', { poll_id, questions: [question] });
  await chief.request('poll-start', { poll_id });
  const vote = { question: 1, type: 'short-answer', text: 'yes', duration: 1 };
  expect(await traveller.socket.request('poll-response', { poll_id, responses: [vote] })).toHaveProperty('result');

  const change = async (way: (typeof WAYS)[number], role: LevelRole): Promise<void> => {
    if (way === 'by a back end') {
      host.host.activeRoom('room-1').changePeer(peerId, { role });
    } else {
      const force = way === 'forced';
      const request = { requested_for: peerId, role, force };
      expect(await chief.request('role-change-request', request)).toHaveProperty('result');
      if (!force) {
        const asked = await traveller.socket.next('on-role-change-request');
        if (way !== 'asked') await traveller.cutSocket();
        const again = way === 'asked' ? asked : await traveller.socket.next('on-role-change-request');
        expect(again).toEqual(asked);
        expect(await traveller.socket.request('role-change', asked)).toHaveProperty('result');
      }
    }
    expect((await traveller.socket.next('on-policy-change')).name).toBe(role);
    traveller.role = role;
    expect(await chief.next('on-peer-update', (peer) => peer.peer_id === peerId && peer.role === role)).toMatchObject({
      groups: ['_handraise'],
      info: { name: 'Tess', data: '{"seat":7}' },
      realtime: true,
    });
  };

  const lookAt = async (what: string, message: string): Promise<void> => {
    const offered = await traveller.offerMicrophone();
    const level = traveller.role;
    // Also off the stage: clients that were on it end their tracks by offers. What is published is another matter.
    expect([what, offered.result?.type]).toEqual([what, 'answer']);
    const { tracks, ...peer } = host.host.activeRoom('room-1').peer(peerId);
    expect(peer).toMatchObject({ name: 'Tess', data: '{"seat":7}', role: level });
    const published = level === 'viewer-on-stage' ? [traveller.microphone] : [];
    expect([what, tracks.map(({ track }) => track.track_id)]).toEqual([what, published]);
    if (published.length > 0) await chief.next('on-track-add', (added) => traveller.microphone in added.tracks);
    const waiting = (await sfu.stats()).producers - published.length;
    expect([what, waiting >= 0 && waiting <= MAX_WITHHELD]).toEqual([what, true]);
    for (const [from, to] of [
      [traveller.socket, chief],
      [chief, traveller.socket],
    ] as const) {
      expect(await from.request('broadcast', { info: { message } })).toHaveProperty('result');
      await to.next('on-broadcast', ({ info }) => info.message === message);
    }
    const result = await traveller.socket.request('poll-result', { poll_id });
    expect(result.result).toMatchObject({ user_count: 1, total_response: 1 });
  };

  let step = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of WAYS) {
      for (const [from, to] of DIRECTIONS) {
        const what = `${step}: ${from} to ${to}, ${way}`;
        if (traveller.role !== from) await change('forced', from);
        if (step % 2 === 0) traveller.forgetConnection();
        await change(way, to);
        step += 1;
        if (step % CUT_EVERY === 0) await traveller.cutSocket();
        await lookAt(what, what);
      }
    }
  }

  const { publishings, subscribings } = await sfu.stats();
  // One pair each, however often a connection was made anew.
  expect([publishings, subscribings]).toEqual([2, 2]);
  traveller.socket.notify('leave', {});
  chief.notify('leave', {});
  await waitFor('nothing is left', async () => {
    const left = await sfu.stats();
    return left.publishings + left.subscribings + left.producers + left.consumers === 0;
  });
}, 120_000);
