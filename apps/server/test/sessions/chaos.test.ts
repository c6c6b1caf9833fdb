import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startTestHost, type TestHost } from './test-host.ts';
import { WireClient } from './wire-client.ts';

/**
 * Clients that come, drop, come back and send whatever they like, several at a time, over real sockets. Whatever they
 * do, the server goes on: a well-behaved peer is served throughout, every request of anyone on an open socket is
 * answered, and in the end nobody is left behind.
 */

const ROLES = ['broadcaster', 'viewer-on-stage', 'viewer-realtime', 'hls-viewer'] as const;

type Act = (person: Person) => Promise<void> | void;

/** One misbehaving user with a fixed peer id and token, as a client keeps them over reconnects. */
class Person {
  readonly peerId = randomUUID();
  readonly #host: TestHost;
  readonly #token: string;
  client: WireClient | undefined;
  version = 1;

  static async make(host: TestHost, role: string): Promise<Person> {
    return new Person(host, await host.token(role));
  }

  private constructor(host: TestHost, token: string) {
    this.#host = host;
    this.#token = token;
  }

  async connect(): Promise<void> {
    this.client = await new WireClient(this.#host.url, { token: this.#token, peerId: this.peerId }).opened();
  }

  get isOpen(): boolean {
    return this.client?.socket.readyState === this.client?.socket.OPEN && this.client !== undefined;
  }

  /** Answered, or the socket closed: nothing else may happen. */
  async ask(method: string, params: unknown): Promise<void> {
    const { client } = this;
    if (!client || !this.isOpen) return;
    const asked = client.request(method, params);
    asked.catch(() => {});
    await Promise.race([asked, client.closed]);
  }
}

const offerOf = (person: Person, tracks: readonly string[]) => ({
  type: 'offer',
  sdp: JSON.stringify({ session: person.peerId, version: person.version++, tracks }),
});

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constant<Act>((person) => person.connect()),
  fc.constant<Act>((person) => person.client?.socket.terminate()),
  fc.constant<Act>((person) => person.ask('join', { name: 'j', offer: offerOf(person, []) })),
  fc.constant<Act>((person) => person.ask('join', { name: 'j' })),
  fc.constant<Act>((person) => {
    if (person.isOpen) person.client?.notify('leave', {});
  }),
  fc.subarray(['a', 'v', 's']).map<Act>((kinds) => (person) => {
    const tracks = kinds.map((kind) => ({
      track_id: `${kind}-${person.peerId}`,
      stream_id: 's',
      type: kind === 'a' ? 'audio' : 'video',
      source: kind === 's' ? 'screen' : 'regular',
      mute: false,
    }));
    const ids = tracks.map((track) => track.track_id);
    const map = Object.fromEntries(tracks.map((track) => [track.track_id, track]));
    return person.ask('offer', { desc: offerOf(person, ids), tracks: map });
  }),
  fc
    .constantFrom(...ROLES)
    .map<Act>(
      (role) => (person) => person.ask('role-change-request', { requested_for: person.peerId, role, force: true }),
    ),
  fc
    .tuple(fc.constantFrom('broadcast', 'role-change', 'peer-update', 'plain-subscribe', 'dance'), fc.jsonValue())
    .map<Act>(
      ([method, params]) =>
        (person) =>
          person.ask(method, params),
    ),
  fc.string().map<Act>((text) => (person) => {
    if (person.isOpen) person.client?.sendRaw(text);
  }),
  fc.uint8Array({ maxLength: 50 }).map<Act>((bytes) => (person) => {
    if (person.isOpen) person.client?.sendRaw(Buffer.from(bytes));
  }),
  fc.string().map<Act>((sdp) => (person) => {
    if (person.isOpen) person.client?.notify('answer', { desc: { type: 'answer', sdp } });
  }),
);

it('SIG80: whatever clients do, the server serves the others and leaves nobody behind', async () => {
  const lives = fc.array(fc.tuple(fc.constantFrom(...ROLES), fc.array(act, { minLength: 5, maxLength: 25 })), {
    minLength: 2,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(lives, async (scripts) => {
      const host = await startTestHost();
      try {
        const good = await host.join('broadcaster', { name: 'good' });
        await Promise.all(
          scripts.map(async ([role, acts]) => {
            const person = await Person.make(host, role);
            await person.connect();
            for (const perform of acts) await perform(person);
            // All go properly in the end, those that lost their place included.
            await person.connect();
            person.client?.notify('leave', {});
            await person.client?.closed;
          }),
        );
        expect(await good.request('broadcast', { info: { message: 'still here' } })).toHaveProperty('result');
        expect(
          await good.request('role-change-request', {
            requested_for: good.peerId,
            role: 'viewer-realtime',
            force: true,
          }),
        ).toHaveProperty('result');
        expect(await good.next('on-policy-change')).toMatchObject({ name: 'viewer-realtime' });
        expect(host.host.activeSession('room-1')?.peerCount).toBe(1);
        expect(host.sfu.routers.flatMap((router) => router.tracks())).toEqual([]);
        const joined = new Set(good.all('on-peer-join').map((peer) => peer.peer_id));
        for (const { peer_id } of good.all('on-peer-leave')) joined.delete(peer_id);
        expect([...joined]).toEqual([]);
      } finally {
        await host.close();
      }
    }),
    { numRuns: 12, timeout: 15_000 },
  );
}, 60_000);
