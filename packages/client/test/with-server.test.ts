import { randomUUID } from 'node:crypto';
import { VirtualClock } from '@amphi/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ClientSocket, openClientSocket } from '../../../apps/server/test/sessions/client-socket.ts';
import { KIT_ROLES, makeRoom } from '../../../apps/server/test/sessions/in-memory-ports.ts';
import { startTestHost, type TestHost } from '../../../apps/server/test/sessions/test-host.ts';
import { createSession, type Session } from '../src/index.ts';
import { FakeHost } from './fake-host.ts';

/**
 * Our client against our server, several at a time, over real sockets, through random troubles: sockets are cut, media
 * workers die, roles change, devices are switched, all in between. When it is calm again every one of them knows the same
 * of all: who is there, in which role, under which name, with a hand up or not, what they publish, and what is on the whiteboard.
 */

const ROLES = Object.keys(KIT_ROLES);
/** As many as the smallest role has seats for. */
const PEOPLE = 3;

interface SdpFrame {
  readonly method?: string;
  readonly id?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: { readonly sdp?: string };
}

/** A browser whose sockets are real, with the SDP of the fake SFU on them. */
class Browser extends FakeHost {
  readonly #world: World;
  readonly #token: string;
  #socket: ClientSocket | undefined;
  override randomId = (): string => randomUUID();

  constructor(world: World, token: string) {
    super();
    this.#world = world;
    this.#token = token;
  }

  override async fetch(url: string): ReturnType<FakeHost['fetch']> {
    const body = url.includes('/v2/token')
      ? { token: this.#token }
      : { endpoint: this.#world.host.url, rtcConfiguration: { ice_servers: [] }, config: { enabledFlags: [] } };
    return { status: 200, header: () => null, text: async () => JSON.stringify(body) };
  }

  override openSocket(...[url, listener]: Parameters<FakeHost['openSocket']>): ReturnType<FakeHost['openSocket']> {
    const socket = openClientSocket(url, { ...listener, message: (text) => listener.message(readable(text)) });
    this.#socket = socket;
    return { send: (text) => socket.send(forFakeSfu(text)), close: () => socket.close() };
  }

  /** As by the network. */
  cut(): void {
    this.#socket?.cut();
  }
}

/** `m=` sections as JSON. */
function forFakeSfu(text: string): string {
  const frame = JSON.parse(text) as SdpFrame;
  const description = (frame.params?.desc ?? frame.params?.offer) as { type: string; sdp: string } | undefined;
  if (!description) return text;
  const [, session, version] = /^o=- (\S+) (\S+)/m.exec(description.sdp) ?? [];
  const tracks = [...description.sdp.matchAll(/a=sendonly\r\na=msid:\S+ (\S+)/g)].map(([, id]) => id);
  description.sdp = JSON.stringify({ session, version: Number(version), tracks });
  return JSON.stringify(frame);
}

/** JSON as `m=` sections. */
function readable(text: string): string {
  const frame = JSON.parse(text) as SdpFrame;
  if (frame.method !== 'offer' || !frame.params) return text;
  const { tracks } = JSON.parse(String(frame.params.sdp)) as { tracks: string[] };
  const sections = tracks.map(
    (id, mid) => `m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:${mid}\r\na=sendonly\r\na=msid:stream ${id}`,
  );
  return JSON.stringify({ ...frame, params: { ...frame.params, sdp: ['v=0', ...sections].join('\r\n') } });
}

interface Person {
  readonly browser: Browser;
  readonly session: Session;
}

interface World {
  /** The server that runs. */
  host: TestHost;
  readonly killed: TestHost[];
  readonly clock: VirtualClock;
  readonly people: Person[];
}

type Act = (world: World, person: Person) => unknown;

const act = (name: string, run: Act): { toString(): string; run: Act } => ({ run, toString: () => name });
const ignored = (promise: Promise<unknown>): void => void promise.catch(() => {});

const acts = fc.oneof(
  fc.constant(act('socket cut', (_world, { browser }) => browser.cut())),
  fc.constant(act('server killed', restart)),
  fc.constant(act('worker dies', ({ host }) => host.sfu.routers.at(-1)?.die())),
  fc
    .tuple(fc.nat(PEOPLE - 1), fc.constantFrom(...ROLES))
    .map(([whose, role]) =>
      act(`makes ${whose} ${role}`, ({ people }, { session }) =>
        ignored(
          Promise.resolve().then(() =>
            session.changeRole(people[whose]?.session.state.self.peerId ?? '', role, { force: true }),
          ),
        ),
      ),
    ),
  fc.boolean().map((isOn) => act(`microphone ${isOn}`, (_world, { session }) => ignored(session.setMicrophone(isOn)))),
  fc.boolean().map((isOn) => act(`camera ${isOn}`, (_world, { session }) => ignored(session.setCamera(isOn)))),
  fc.constant(act('share', (_world, { session }) => ignored(Promise.resolve().then(() => session.startScreenShare())))),
  fc.constant(act('share ends', (_world, { session }) => session.stopScreenShare())),
  fc
    .boolean()
    .map((isUp) =>
      act(`hand ${isUp}`, (_world, { session }) => ignored(Promise.resolve().then(() => session.setHand(isUp)))),
    ),
  fc
    .boolean()
    .map((isOpen) =>
      act(`board ${isOpen}`, (_world, { session }) =>
        ignored(Promise.resolve().then(() => (isOpen ? session.board.open() : session.board.close()))),
      ),
    ),
  fc
    .record({ id: fc.constantFrom('a', 'b', 'c'), data: fc.option(fc.nat(9), { nil: undefined }) })
    .map((drawing) =>
      act(`draws ${drawing.id} ${drawing.data}`, (_world, { session }) =>
        ignored(Promise.resolve().then(() => session.board.draw([drawing]))),
      ),
    ),
  fc
    .constantFrom('Ada', 'Bo', 'Cy')
    .map((name) =>
      act(`name ${name}`, (_world, { session }) =>
        ignored(Promise.resolve().then(() => session.updateProfile({ name }))),
      ),
    ),
);

/** Another process takes over what the one before had written; what was agreed on in its last tenth of a second is lost. */
async function restart(world: World): Promise<void> {
  const { host, killed, people } = world;
  const isWritten = ({ session: { state } }: Person): boolean => {
    const { peerId, name, role, groups } = state.self;
    const record = host.sessions.all().find((one) => one.peerId === peerId);
    return record?.name === name && record.role === role?.name && record.groups.join() === groups.join();
  };
  for (let round = 0; round < 100 && !people.every(isWritten); round++) {
    await pass(world, 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const { browser } of people) browser.cut();
  const earlier = [...host.sessions.sessions].map(([id, { startedAt }]) => ({
    id,
    startedAt,
    room: roomWithBoard(),
    peers: host.sessions.all(),
    state: host.sessions.allState(),
  }));
  killed.push(host);
  world.host = await startTestHost({ earlier, sessions: host.sessions.copy(), node: `run-${killed.length}` });
}

/** Whatever role they have by then, all of them may draw. */
function roomWithBoard(): ReturnType<typeof makeRoom> {
  const room = makeRoom();
  const plugins = { whiteboard: { permissions: { admin: ROLES } } };
  return { ...room, template: { ...room.template, plugins } };
}

const step = fc.record({ who: fc.nat(PEOPLE - 1), act: acts, turns: fc.nat(12) });

/** Real sockets need turns of the event loop; the clients' clock goes on with them. */
async function pass({ clock }: World, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    clock.advance(20);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What anyone should know of a person. */
function truth({ session }: Person): unknown {
  const { self, microphone, camera, screen } = session.state;
  return { name: self.name, role: self.role?.name, groups: [...self.groups].sort(), tracks: published() };

  function published(): string[] {
    const allowed = self.role?.publishParams?.allowed ?? [];
    return [
      ...(allowed.includes('audio') ? [`regular audio ${microphone.status === 'on' ? 'on' : 'muted'}`] : []),
      ...(allowed.includes('video') ? [`regular video ${camera.status === 'on' ? 'on' : 'muted'}`] : []),
      ...(screen.video ? ['screen video on'] : []),
      ...(screen.audio ? ['screen audio on'] : []),
    ].sort();
  }
}

/** What one knows of another. */
function known(viewer: Person, of: Person): unknown {
  const { peers, tracks } = viewer.session.state;
  const peer = peers[of.session.state.self.peerId];
  return {
    name: peer?.name,
    role: peer?.roleName,
    groups: [...(peer?.groups ?? [])].sort(),
    tracks: Object.values(tracks)
      .filter(({ peerId }) => peerId === peer?.id)
      .map(({ source, kind, isMuted }) => `${source} ${kind} ${isMuted ? 'muted' : 'on'}`)
      .sort(),
  };
}

function sees(viewer: Person, of: Person): boolean {
  const roles = viewer.session.state.self.role?.subscribeParams?.subscribeToRoles ?? [];
  return roles.includes(of.session.state.self.role?.name ?? '');
}

/** What is on it, but for who drew it when. */
function boardOf({ state: { board } }: Session): string {
  const elements = Object.values(board.elements).map(({ id, data }) => `${id} ${data}`);
  return [board.status, board.owner?.peerId, ...elements.sort()].join();
}

function differences({ people }: World): string[] {
  return people.flatMap((viewer, index) => {
    const { connection } = viewer.session.state;
    if (connection.status !== 'joined') return [`${index} is ${JSON.stringify(connection)}`];
    return people.flatMap((other, otherIndex) => {
      if (other === viewer) return [];
      const [own, theirs] = [viewer, other].map(({ session }) => boardOf(session));
      if (own !== theirs) return [`${index} has ${own} on the board, ${otherIndex} ${theirs}`];
      const right = truth(other) as { tracks: string[] };
      const told = JSON.stringify(known(viewer, other));
      const wanted = JSON.stringify(sees(viewer, other) ? right : { ...right, tracks: [] });
      return told === wanted ? [] : [`${index} of ${otherIndex}: ${told} instead of ${wanted}`];
    });
  });
}

const LEVELS = ['hls-viewer', 'viewer-realtime', 'viewer-on-stage'];
const DIRECTIONS = LEVELS.flatMap((from) => LEVELS.filter((to) => to !== from).map((to) => [from, to] as const));
const WAYS = [
  'forced',
  'asked',
  'asked, and the socket cut before the answer',
  'asked, and declined before',
  'with all of the role',
  'by a back end',
] as const;
const ROUNDS = 6;
const CUT_EVERY = 5;
const plenty = { perSecond: 1e9, burst: 1e9 };

it(`ROOM41: our client is taken round the levels every way, ${DIRECTIONS.length * WAYS.length * ROUNDS} times, and all is theirs after each`, async () => {
  const host = await startTestHost({
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
  host.rooms.rooms.set('room-1', roomWithBoard());
  const clock = new VirtualClock();
  const world: World = { host, killed: [], clock, people: [] };
  const until = async (what: string, isSo: () => boolean): Promise<void> => {
    for (let round = 0; round < 400 && !isSo(); round++) await pass(world, 5);
    expect([what, isSo()]).toEqual([what, true]);
  };
  try {
    for (const [name, role] of Object.entries({ Chief: 'broadcaster', Tess: LEVELS[0]! })) {
      const browser = new Browser(world, await host.token(role));
      const session = createSession({ endpoint: 'http://127.0.0.1/', environment: browser, clock });
      world.people.push({ browser, session });
      ignored(session.join({ access: { roomCode: 'abc-defg-hij' }, name, data: '{"seat":7}', microphone: true }));
    }
    const [chief, tess] = world.people.map(({ session }) => session) as [Session, Session];
    const { browser } = world.people[1]!;
    const settled = (): boolean => differences(world).length === 0;
    await until('both are in', settled);
    await tess.setHand(true);
    await until('the hand is up', settled);
    const roleOf = (): string | undefined => tess.state.self.role?.name;

    const cut = async (): Promise<void> => {
      let isLost = false;
      const end = tess.subscribe(() => {
        isLost ||= tess.state.connection.status === 'reconnecting';
      });
      browser.cut();
      await until('the loss is noticed', () => isLost);
      end();
      await until('back', settled);
    };

    let declined = 0;
    chief.events.on('customEvent', ({ type }) => {
      if (type === 'role_change_declined') declined += 1;
    });
    const decline = async (role: string): Promise<void> => {
      const [before, told] = [roleOf(), declined];
      await chief.changeRole(tess.state.self.peerId, role);
      await until(`offered ${role}`, () => tess.state.invitation?.roleName === role);
      await tess.declineInvitation();
      await until('the chief hears of it', () => declined > told && settled());
      expect([roleOf(), tess.state.invitation]).toEqual([before, undefined]);
    };

    const change = async (way: (typeof WAYS)[number], role: string): Promise<void> => {
      const { peerId } = tess.state.self;
      if (way === 'asked, and declined before') await decline(role);
      if (way === 'by a back end') host.host.activeRoom('room-1').changePeer(peerId, { role });
      else if (way === 'with all of the role') await chief.changeRoles([roleOf() ?? ''], role, { force: true });
      else await chief.changeRole(peerId, role, { force: way === 'forced' });
      if (way.startsWith('asked')) {
        await until(`asked to be ${role}`, () => tess.state.invitation?.roleName === role);
        if (way.includes('cut')) {
          await cut();
          await until(`asked again to be ${role}`, () => tess.state.invitation?.roleName === role);
        }
        await tess.acceptInvitation();
      }
      await until(`${way} to ${role}`, () => roleOf() === role && settled());
    };

    let step = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const way of WAYS) {
        for (const [from, to] of DIRECTIONS) {
          if (roleOf() !== from) await change('forced', from);
          // Whoever goes to the audience lets the microphone go.
          await change(way, to);
          step += 1;
          if (step % CUT_EVERY === 0) await cut();
          await tess.setMicrophone(to === 'viewer-on-stage');
          const text = `${step}: ${from} to ${to}, ${way}`;
          await tess.sendMessage(text);
          await until(text, () => settled() && chief.state.messages.at(-1)?.text === text);
          expect(Object.values(chief.state.peers)[0]).toMatchObject({ name: 'Tess', data: '{"seat":7}', roleName: to });
          expect(tess.state.self.groups).toEqual(['_handraise']);
        }
      }
    }
  } finally {
    for (const { session } of world.people) session.leave();
    await host.close();
  }
}, 600_000);

it('SIG88: our clients all know the same in the end, whatever happened', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...ROLES), { minLength: PEOPLE, maxLength: PEOPLE }),
      fc.array(step, { minLength: 1, maxLength: 25 }),
      async (roles, steps) => {
        const host = await startTestHost();
        host.rooms.rooms.set('room-1', roomWithBoard());
        const clock = new VirtualClock();
        const world: World = { host, killed: [], clock, people: [] };
        try {
          for (const role of roles) {
            const browser = new Browser(world, await host.token(role));
            const session = createSession({ endpoint: 'http://127.0.0.1/', environment: browser, clock });
            world.people.push({ browser, session });
            ignored(session.join({ access: { roomCode: 'abc-defg-hij' }, name: role, microphone: true, camera: true }));
          }
          for (const { who, act, turns } of steps) {
            await act.run(world, world.people[who] as Person);
            await pass(world, turns);
          }
          let left: string[] = ['not looked at'];
          for (let round = 0; round < 400 && left.length > 0; round++) {
            await pass(world, 10);
            left = differences(world);
          }
          expect(left).toEqual([]);
        } finally {
          for (const { session } of world.people) session.leave();
          await Promise.all([world.host, ...world.killed].map((one) => one.close()));
        }
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 25) },
  );
}, 600_000);
