import { CodedError } from '@amphi/base';
import { notifications, type TrackState } from '@amphi/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  acceptRoleChange,
  broadcast,
  changeGroup,
  type Effects,
  expireAway,
  HAND_RAISED,
  isListed,
  joinPeer,
  leavePeer,
  peerDisconnected,
  publishTracks,
  requestRoleChange,
  resumePeer,
  type Session,
  sees,
  sessionInfoOf,
  unpublishTracks,
  updatePeer,
  updateTracks,
  visibleTracks,
} from '../src/index.ts';
import { makeSession, makeTrack, ROLES, recipientsOf } from './session-fixture.ts';

/**
 * Random lives of a session, seen by clients that keep what they were told, as the genuine one does (client protocol,
 * section 8). Whatever happens, each client's view must equal what the session says it may know.
 */

const PEERS = ['p0', 'p1', 'p2', 'p3', 'p4', 'rec'] as const;
const ROLE_NAMES = ['host', 'guest', 'audience', 'viewer'] as const;
const TRACKS = ['a0', 'v0', 'v1'] as const;

/** What one client believes. */
class View {
  readonly peers = new Map<string, string>();
  readonly tracks = new Map<string, { owner: string; mute: boolean }>();
  role = '';
  groups: readonly string[] = [];
}

/** What is compared of a peer. */
const said = ({
  role = '',
  groups = [],
  hand_raised_at,
}: {
  readonly role?: string;
  readonly groups?: readonly string[];
  readonly hand_raised_at?: number | undefined;
}): string => `${role} ${[...groups].join()} ${hand_raised_at}`;

class World {
  readonly session: Session;
  readonly views = new Map<string, View>();
  readonly connected = new Set<string>();
  /** Tracks that the SFU was told to hold back. */
  readonly held = new Map<string, boolean>();
  readonly tokens: { peerId: string; role: string; token: string }[] = [];
  now = 0;

  /** @param maxListed so few that not everyone knows everyone, or so many that all do */
  constructor(maxListed: number) {
    this.session = makeSession({ maxPeers: 4, maxListed });
  }

  apply(effects: Effects): void {
    for (const effect of effects) {
      if (effect.type === 'peerGone') {
        this.views.delete(effect.peerId);
        this.connected.delete(effect.peerId);
      }
      if (effect.type === 'trackMuted') this.held.set(effect.trackId, effect.muted);
      if (effect.type !== 'notify') continue;
      const { method, params } = effect.notification;
      // What is sent is what the protocol says.
      if (!notifications[method].safeParse(params).success) throw new Error(`malformed ${method}`);
      expect(new Set(effect.to).size).toBe(effect.to.length);
      for (const peerId of recipientsOf(effect)) {
        expect(this.session.members.has(peerId), `${method} to a stranger`).toBe(true);
        if (this.connected.has(peerId)) this.receive(peerId, method, params as never);
      }
    }
  }

  receive(peerId: string, method: string, params: never): void {
    const view = this.views.get(peerId);
    if (!view) throw new Error(`${peerId} got ${method} without being there`);
    const of = params as {
      readonly peer?: { readonly peer_id: string };
      readonly peer_id?: string;
      readonly role?: string;
      readonly name?: string;
      readonly token?: string;
      readonly realtime?: boolean;
      readonly groups?: readonly string[];
      readonly hand_raised_at?: number;
      readonly tracks?: Record<string, TrackState>;
      readonly peers?: Record<
        string,
        { role: string; groups: readonly string[]; readonly tracks: Record<string, TrackState> }
      >;
    };
    const subject = of.peer?.peer_id ?? of.peer_id;
    if (method === 'on-peer-update' && subject === peerId) {
      view.groups = of.groups ?? [];
      return;
    }
    expect(subject, `${method} about oneself`).not.toBe(peerId);
    switch (method) {
      case 'on-policy-change':
        view.role = of.name ?? '';
        break;
      case 'peer-list':
        view.peers.clear();
        view.tracks.clear();
        for (const [id, peer] of Object.entries(of.peers ?? {})) {
          expect(id).not.toBe(peerId);
          view.peers.set(id, said(peer));
          for (const track of Object.values(peer.tracks)) {
            view.tracks.set(track.track_id, { owner: id, mute: track.mute });
          }
        }
        break;
      case 'on-peer-join':
        expect(view.peers.has(subject ?? ''), 'joined twice').toBe(false);
        view.peers.set(subject ?? '', said(of));
        break;
      case 'on-peer-update':
        // Others appear by an update when they come to the stage or raise a hand, and vanish by one.
        if (!this.session.isLarge || of.realtime === false) {
          expect(view.peers.has(subject ?? ''), 'update of an unknown peer').toBe(true);
        }
        if (of.realtime === true) view.peers.set(subject ?? '', said(of));
        else view.peers.delete(subject ?? '');
        break;
      case 'on-peer-leave':
        expect(view.peers.delete(subject ?? ''), 'unknown peer left').toBe(true);
        // Its tracks were withdrawn before.
        expect([...view.tracks.values()].some(({ owner }) => owner === subject)).toBe(false);
        break;
      case 'on-track-add':
      case 'on-track-update':
        for (const track of Object.values(of.tracks ?? {})) {
          expect(view.tracks.has(track.track_id), `${method} ${track.track_id}`).toBe(method === 'on-track-update');
          view.tracks.set(track.track_id, { owner: subject ?? '', mute: track.mute });
        }
        break;
      case 'on-track-remove':
        for (const id of Object.keys(of.tracks ?? {})) {
          expect(view.tracks.delete(id), `unknown track ${id} removed`).toBe(true);
        }
        break;
      case 'on-role-change-request':
        this.tokens.push({ peerId, role: of.role ?? '', token: of.token ?? '' });
        break;
      case 'on-broadcast':
        expect(peerId).not.toBe('rec');
        break;
    }
  }

  /** The views of all connected clients against the session itself. */
  check(): void {
    const { members } = this.session;
    const visible = [...members.values()].filter((member) => !member.hidden);
    expect(sessionInfoOf(this.session)).toMatchObject({
      peer_count: visible.length,
      track_count: visible.reduce((sum, member) => sum + member.tracks.size, 0),
    });
    expect(visible.length).toBeLessThanOrEqual(4);
    expect(visible.filter((member) => member.role.name === 'guest').length).toBeLessThanOrEqual(2);
    for (const [peerId, view] of this.views) {
      if (!this.connected.has(peerId)) continue;
      const self = members.get(peerId);
      if (!self) throw new Error(`${peerId} has a view without being there`);
      if (!self.hidden) expect(view.role).toBe(self.role.name);
      const others = visible.filter((member) => member !== self);
      const listed = others.filter((member) => isListed(self, member));
      expect(text(view.peers)).toBe(
        text(
          new Map(
            listed.map(({ peerId: id, role, groups, handRaisedAt }) => [
              id,
              said({ role: role.name, groups: [...groups], hand_raised_at: handRaisedAt }),
            ]),
          ),
        ),
      );
      if (!this.session.isLarge) expect(listed).toEqual(others);
      expect(view.groups).toEqual([...self.groups]);
      const expected = new Map<string, { owner: string; mute: boolean }>();
      for (const other of others) {
        if (!sees(self, other)) continue;
        const isAbsent = other.presence.state === 'away' && other.presence.phase !== 'unnoticed';
        for (const track of other.tracks.values()) {
          expected.set(track.track_id, { owner: other.peerId, mute: track.mute || isAbsent });
          // What is said to be off is not sent either.
          expect(this.held.get(track.track_id)).toBe(track.mute || isAbsent);
        }
      }
      expect(text(view.tracks)).toBe(text(expected));
      expect([...visibleTracks(this.session, peerId).keys()].sort()).toEqual([...expected.keys()].sort());
    }
    for (const member of visible) {
      for (const track of member.tracks.values()) {
        expect(member.role.publishParams.allowed).toContain(track.source === 'screen' ? 'screen' : track.type);
      }
    }
  }

  join(peerId: string, roleName: string): void {
    const roleOrHidden = peerId === 'rec' ? '__internal_recorder' : roleName;
    const isNew = !this.session.members.has(peerId);
    const view = this.views.get(peerId) ?? new View();
    // Two of the peers belong to one person, so that one may replace the other.
    const bearer = peerId === 'p1' || peerId === 'p2' ? 'shared' : peerId;
    const request = { peerId, userId: '', identity: bearer, bearer, roleName: roleOrHidden, name: bearer, data: '' };
    const present = [...this.connected];
    const effects = joinPeer(this.session, request, this.now);
    for (const id of present) expect(this.session.members.has(id), `${id} was displaced`).toBe(true);
    if (isNew) view.role = roleOrHidden;
    this.views.set(peerId, view);
    this.connected.add(peerId);
    this.apply(effects);
  }
}

/** In one order; comparing text is much quicker than comparing maps. */
const text = (map: ReadonlyMap<string, unknown>): string =>
  JSON.stringify([...map].sort(([a], [b]) => a.localeCompare(b)));

const peer = fc.constantFrom(...PEERS);
const roleName = fc.constantFrom(...ROLE_NAMES);
const trackName = fc.constantFrom(...TRACKS);

const track = (peerId: string, name: string, mute: boolean): TrackState =>
  makeTrack(name, { track_id: `${name}-${peerId}`, mute, source: name === 'v1' ? 'screen' : 'regular' });

type Act = (world: World) => void;

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.tuple(peer, fc.option(peer, { nil: undefined }), fc.boolean()).map(
      ([id, other, isIn]): Act =>
        (world) => {
          const whose = other === undefined ? {} : { peerId: other };
          world.apply(changeGroup(world.session, id, { name: HAND_RAISED, ...whose, isIn }, world.now).effects);
        },
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(peer, roleName).map(
      ([id, role]): Act =>
        (world) =>
          world.join(id, role),
    ),
  },
  {
    weight: 1,
    arbitrary: peer.map(
      (id): Act =>
        (world) =>
          world.apply(leavePeer(world.session, id, { why: 'left' })),
    ),
  },
  {
    weight: 2,
    arbitrary: peer.map(
      (id): Act =>
        (world) => {
          world.connected.delete(id);
          peerDisconnected(world.session, id, world.now);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: peer.map(
      (id): Act =>
        (world) => {
          if (world.session.members.has(id)) world.connected.add(id);
          world.apply(resumePeer(world.session, id, world.now));
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(30_000).map(
      (ms): Act =>
        (world) => {
          world.now += ms;
          world.apply(expireAway(world.session, world.now));
        },
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(peer, trackName, fc.boolean()).map(
      ([id, name, mute]): Act =>
        (world) => {
          if (world.session.members.get(id)?.tracks.has(`${name}-${id}`)) return;
          const made = track(id, name, mute);
          world.held.set(made.track_id, mute);
          world.apply(publishTracks(world.session, id, [made], 0));
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(peer, trackName).map(
      ([id, name]): Act =>
        (world) => {
          world.apply(unpublishTracks(world.session, id, [`${name}-${id}`]));
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(peer, trackName, fc.boolean()).map(
      ([id, name, mute]): Act =>
        (world) => {
          const state = track(id, name, mute);
          world.apply(updateTracks(world.session, id, { [state.track_id]: state }));
        },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(peer, peer, roleName, fc.boolean()).map(
      ([id, target, role, force]): Act =>
        (world) => {
          world.apply(requestRoleChange(world.session, id, { requested_for: target, role, force }, 0));
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(peer, roleName, roleName).map(
      ([id, from, role]): Act =>
        (world) => {
          world.apply(requestRoleChange(world.session, id, { roles: [from], role, force: true }, 0));
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.nat(20).map(
      (index): Act =>
        (world) => {
          const offer = world.tokens[index % Math.max(1, world.tokens.length)];
          if (offer) world.apply(acceptRoleChange(world.session, offer.peerId, offer, 0));
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(peer, fc.option(peer), fc.string()).map(
      ([id, to, message]): Act =>
        (world) => {
          const info = { message, type: 'chat' };
          world.apply(broadcast(world.session, id, to === null ? { info } : { info, peer_id: to }, world.now).effects);
          world.apply(updatePeer(world.session, id, { name: message }));
        },
    ),
  },
);

it('ROOM40: every client’s view equals what it may know, whatever happens', () => {
  expect(ROLES.guest?.maxPeerCount).toBe(2);
  fc.assert(
    fc.property(fc.array(act, { minLength: 10, maxLength: 80 }), fc.constantFrom(0, 2, 100), (acts, maxListed) => {
      const world = new World(maxListed);
      for (const perform of acts) {
        try {
          perform(world);
        } catch (error) {
          // Refusals are part of life; they change nothing.
          if (!(error instanceof CodedError)) throw error;
        }
        world.check();
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);
