import type { VirtualClock } from '@amphi/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Session } from '../src/index.ts';
import { type FakeHost, roles, roomObject } from './fake-host.ts';
import { advance, joined, settled, setUp } from './joined.ts';

/**
 * Random troubles of a session: sockets that go at any moment, servers that are started again with other media, answers that
 * do not come, roles that change, devices switched in between. When all is calm again the session must be joined, and the
 * server must have been told just what the role and the devices say.
 */

interface Told {
  readonly type: string;
  readonly source: string;
  readonly mute: boolean;
}

type Tracks = Record<string, Told>;

/** What the server knows of this peer, by what it was sent. */
class ServerView {
  node = 1;
  /** The node that the client has confirmed by an answered offer. */
  #confirmed: number | undefined;
  #sockets = 0;
  tracks = new Map<string, Told>();
  readonly #host: FakeHost;

  constructor(host: FakeHost) {
    this.#host = host;
    this.#confirmed = host.sockets.length > 0 ? this.node : undefined;
    this.#sockets = host.sockets.length;
    this.answerOffers();
    const last = host.sockets.flatMap((socket) => socket.requests('offer')).at(-1);
    this.tracks = new Map(Object.entries((last?.params?.tracks ?? {}) as Tracks));
    host.onNotification = (method, params) => {
      if (method !== 'track-update') return;
      for (const [id, told] of Object.entries(params.tracks as Tracks)) {
        if (this.tracks.has(id)) this.tracks.set(id, told);
      }
    };
  }

  get nodeId(): string {
    return `n-${this.node}`;
  }

  answerOffers(): void {
    this.#host.answers.offer = (params) => {
      if (params.sfu_node_id !== undefined && params.sfu_node_id !== this.nodeId) {
        return { error: { code: 421, message: `the media of this session have moved to ${this.nodeId}` } };
      }
      this.#confirmed = this.node;
      this.tracks = new Map(Object.entries(params.tracks as Tracks));
      return { result: { type: 'answer', sdp: 'v=0 answer', sfu_node_id: this.nodeId } };
    };
  }

  /** As after a restart of the server or the end of a media worker. */
  moveMedia(): void {
    this.node++;
    this.tracks.clear();
    this.tell();
  }

  /** What a client is told on each new socket. */
  greet(): void {
    if (this.#host.sockets.length === this.#sockets) return;
    this.#sockets = this.#host.sockets.length;
    this.#host.socket.notify('peer-list', { peers: {}, room: roomObject() });
    this.tell();
  }

  tell(): void {
    if (this.#confirmed !== undefined && this.#confirmed !== this.node) {
      this.#host.socket.notify('node-info', { sfu_node_id: this.nodeId });
    }
  }

  get now(): readonly Told[] {
    return [...this.tracks.values()].map(({ type, source, mute }) => ({ type, source, mute })).sort(byName);
  }
}

const byName = (a: Told, b: Told): number => `${a.source} ${a.type}`.localeCompare(`${b.source} ${b.type}`);

interface World {
  readonly host: FakeHost;
  readonly clock: VirtualClock;
  readonly session: Session;
  readonly server: ServerView;
}

type Trouble = (world: World) => unknown;

const named = (name: string, run: Trouble): { toString(): string; run: Trouble } => ({ run, toString: () => name });

const troubles = fc.oneof(
  fc.constant(named('socket lost', ({ host }) => host.socket.drop())),
  fc.constant(named('media move', ({ server }) => server.moveMedia())),
  fc.constant(
    named('server killed', ({ host, server }) => {
      host.socket.drop();
      server.node++;
      server.tracks.clear();
    }),
  ),
  fc.constant(
    named('offers are not answered', ({ host }) => {
      host.answers.offer = 'silent';
    }),
  ),
  fc.constantFrom(429, 503).map((code) =>
    named(`offers are refused with ${code}`, ({ host }) => {
      host.answers.offer = () => ({ error: { code, message: 'not now', data: { retry_after_ms: 700 } } });
    }),
  ),
  fc.constant(named('offers are answered', ({ server }) => server.answerOffers())),
  fc.constant(
    named('unreachable', ({ host }) => {
      host.http = 'unreachable';
    }),
  ),
  fc.constant(
    named('reachable', ({ host }) => {
      host.http = undefined;
    }),
  ),
  fc.constantFrom(...Object.keys(roles)).map((role) =>
    named(`role ${role}`, ({ host }) => {
      host.roleName = role;
      host.socket.notify('on-policy-change', host.policy());
    }),
  ),
  fc.boolean().map((isOn) => named(`microphone ${isOn}`, ({ session }) => session.setMicrophone(isOn))),
  fc.boolean().map((isOn) => named(`camera ${isOn}`, ({ session }) => session.setCamera(isOn))),
  fc.constant(named('share', ({ session }) => session.startScreenShare().catch(() => {}))),
  fc.constant(named('share ends', ({ session }) => session.stopScreenShare())),
  fc.constantFrom('connected', 'disconnected', 'failed').map((state) =>
    named(`media ${state}`, ({ host }) => {
      for (const connection of host.peerConnections)
        if (!connection.isClosed) connection.setState(state as RTCPeerConnectionState);
    }),
  ),
);

/** A trouble, and what passes before the next: turns of the queue of microtasks, or time. */
const step = fc.record({
  trouble: troubles,
  pause: fc.oneof(
    fc.nat(25).map((turns) => ({ turns, ms: 0 })),
    fc.nat(1_500).map((ms) => ({ turns: 0, ms })),
  ),
});

async function pass(
  { clock, server }: World,
  { turns, ms }: { readonly turns: number; readonly ms: number },
): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await Promise.resolve();
    server.greet();
  }
  for (let passed = 0; passed < ms; passed += 250) {
    await advance(clock, Math.min(250, ms - passed));
    server.greet();
  }
}

function wanted({ session }: World): readonly Told[] {
  const { self, microphone, camera, screen } = session.state;
  const allowed = self.role?.publishParams?.allowed ?? [];
  const told: Told[] = [];
  if (allowed.includes('audio')) told.push({ type: 'audio', source: 'regular', mute: microphone.status !== 'on' });
  if (allowed.includes('video')) told.push({ type: 'video', source: 'regular', mute: camera.status !== 'on' });
  if (screen.video) told.push({ type: 'video', source: 'screen', mute: false });
  if (screen.audio) told.push({ type: 'audio', source: 'screen', mute: false });
  return told.sort(byName);
}

/** Time in which all is well, media included. */
async function calm(world: World): Promise<void> {
  const { host } = world;
  host.http = undefined;
  world.server.answerOffers();
  for (let second = 0; second < 40; second++) {
    await pass(world, { turns: 0, ms: 1_000 });
    for (const connection of host.peerConnections) if (!connection.isClosed) connection.setState('connected');
  }
}

it.each(Object.keys(roles))('a socket that is lost at any step of joining keeps nobody out: %s', async (role) => {
  for (let turns = 0; turns < 120; turns++) {
    const { host, clock, session } = setUp(role);
    const world: World = { host, clock, session, server: new ServerView(host) };
    const joining = session.join({ access: { roomCode: 'abc-defg-hij' }, name: 'Ada', microphone: true, camera: true });
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    host.sockets.at(-1)?.drop();
    await calm(world);
    await joining;
    expect(session.state.connection, `lost after ${turns} turns`).toEqual({ status: 'joined' });
    expect(world.server.now, `lost after ${turns} turns`).toEqual(wanted(world));
    session.leave();
  }
});

it('SIG89: comes to what role and devices say, whatever happened before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(roles)),
      fc.array(step, { minLength: 1, maxLength: 20 }),
      async (role, steps) => {
        const { host, clock, session } = await joined(role, { microphone: true, camera: true });
        const world: World = { host, clock, session, server: new ServerView(host) };
        host.socket.notify('node-info', { sfu_node_id: world.server.nodeId });
        await settled();
        for (const { trouble, pause } of steps) {
          void trouble.run(world);
          await pass(world, pause);
        }
        await calm(world);
        expect(session.state.connection).toEqual({ status: 'joined' });
        expect(world.server.now).toEqual(wanted(world));
        const open = host.peerConnections.filter(({ isClosed }) => !isClosed);
        expect(open.length === 2 || (open.length === 0 && session.state.self.level === 'stream')).toBe(true);
        session.leave();
        expect(host.peerConnections.every(({ isClosed }) => isClosed)).toBe(true);
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 150) },
  );
});
