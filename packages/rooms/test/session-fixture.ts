import { type Role, role, type TrackState } from '@amphi/protocol';
import {
  createSession,
  type Effect,
  type Effects,
  type Fact,
  joinPeer,
  publishTracks,
  type Session,
} from '../src/index.ts';

type RolePart = { readonly [Key in keyof Role]?: unknown };

export function makeRole(name: string, part: RolePart = {}): Role {
  return role.parse({ name, ...part });
}

const STAGE = ['host', 'guest'];

/** host and guest publish and hear each other, audience hears them, viewer has no media. */
export const ROLES: Readonly<Record<string, Role>> = {
  host: makeRole('host', {
    publishParams: { allowed: ['audio', 'video', 'screen'] },
    subscribeParams: { subscribeToRoles: STAGE },
    permissions: { changeRole: true, endRoom: true, hlsStreaming: true },
  }),
  guest: makeRole('guest', {
    publishParams: { allowed: ['audio', 'video'] },
    subscribeParams: { subscribeToRoles: STAGE },
    maxPeerCount: 2,
  }),
  audience: makeRole('audience', { subscribeParams: { subscribeToRoles: STAGE } }),
  viewer: makeRole('viewer'),
  nobody: makeRole('nobody', { maxPeerCount: -1 }),
};

export function makeSession(change: Partial<Parameters<typeof createSession>[0]> = {}): Session {
  let ids = 0;
  return createSession({
    sessionId: 'session-1',
    roomId: 'room-1',
    roomName: 'Town hall',
    description: '',
    maxPeers: 0,
    maxListed: 100,
    maxMetadataBytes: 10_000,
    templateId: 'template-1',
    roles: ROLES,
    destinations: {},
    startedAt: 1000,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    ...change,
  });
}

export function makeTrack(id: string, change: Partial<TrackState> = {}): TrackState {
  const type = id.startsWith('a') ? 'audio' : 'video';
  return { track_id: id, stream_id: `s-${id}`, type, source: 'regular', description: '', mute: false, ...change };
}

/** Joins, and publishes the tracks named. */
export function enter(session: Session, peerId: string, roleName: string, ...trackIds: string[]): Effects {
  const request = {
    peerId,
    userId: `user-${peerId}`,
    identity: `user user-${peerId}`,
    bearer: `token-${peerId}`,
    roleName,
    name: peerId.toUpperCase(),
    data: '',
  };
  return [
    ...joinPeer(session, request, 2000),
    ...(trackIds.length > 0
      ? publishTracks(
          session,
          peerId,
          trackIds.map((id) => makeTrack(id)),
          2000,
        )
      : []),
  ];
}

/** `recipients <- method` for each notification, the rest by its type: short enough to read in an expectation. */
export function outline(effects: Effects): string[] {
  return effects.flatMap((effect) => {
    switch (effect.type) {
      case 'notify':
        return `${recipientsOf(effect).sort().join(',')} <- ${effect.notification.method}`;
      case 'subscriptionsChanged':
        return `subscriptions of ${[...effect.peerIds].sort().join(',')}`;
      case 'closeTrack':
        return `close ${effect.trackId} of ${effect.peerId}`;
      case 'trackMuted':
        return `${effect.muted ? 'mute' : 'unmute'} ${effect.trackId} of ${effect.peerId}`;
      // What has happened is looked at apart: see `factsOf`.
      case 'fact':
        return [];
      case 'peerGone':
        return `${effect.peerId} gone`;
      default:
        return effect.type;
    }
  });
}

/** What has happened, in order. */
export function factsOf(effects: Effects): Fact[] {
  return effects.flatMap((effect) => (effect.type === 'fact' ? [effect.fact] : []));
}

export function recipientsOf(effect: Extract<Effect, { type: 'notify' }>): string[] {
  return effect.to.filter((id) => id !== effect.except);
}

/** The parameters of the one notification of that name. */
export function sent(effects: Effects, method: string): unknown {
  const found = effects.filter((effect) => effect.type === 'notify' && effect.notification.method === method);
  if (found.length !== 1) throw new Error(`${found.length} notifications ${method} in ${outline(effects).join('; ')}`);
  return found[0]?.type === 'notify' ? found[0].notification.params : undefined;
}
