import { type Level, levelOf } from '@amphi/protocol';
import type { BoardRights } from './board-state.ts';
import type { CaptureState } from './devices/capture-device.ts';
import type { Poll } from './poll-state.ts';
import { HAND_RAISED, type RemotePeer, type RemoteTrack, type SessionState } from './state.ts';

/**
 * What follows from one part of the state, computed once per version of that part. Parts keep their identity while they
 * do not change, so a chat line or a speaker's level costs nothing of what follows from people and tracks.
 */
export function derived<Part extends object, T>(compute: (part: Part) => T): (part: Part) => T {
  const known = new WeakMap<Part, { readonly value: T }>();
  return (part) => {
    let entry = known.get(part);
    if (!entry) {
      entry = { value: compute(part) };
      known.set(part, entry);
    }
    return entry.value;
  };
}

/**
 * The same for what follows from several parts. The latest value alone is kept, so one selector serves one session at a
 * time well.
 */
export function derivedFrom<Parts extends object, T>(
  partsOf: (state: SessionState) => Parts,
  compute: (parts: Parts) => T,
): (state: SessionState) => T {
  let last: { readonly parts: Parts; readonly value: T } | undefined;
  return (state) => {
    const parts = partsOf(state);
    const keys = Object.keys(parts) as (keyof Parts)[];
    if (last && keys.every((key) => last?.parts[key] === parts[key])) return last.value;
    last = { parts, value: compute(parts) };
    return last.value;
  };
}

/** The others in the order they joined. */
export const peersInOrder = derived((peers: SessionState['peers']): readonly RemotePeer[] =>
  Object.values(peers).sort((a, b) => a.joinedAt - b.joinedAt),
);

const countsByRole = derived((peers: SessionState['peers']): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { roleName } of Object.values(peers)) counts.set(roleName, (counts.get(roleName) ?? 0) + 1);
  return counts;
});

const tracksByPeer = derived((tracks: SessionState['tracks']): ReadonlyMap<string, readonly RemoteTrack[]> => {
  const byPeer = new Map<string, RemoteTrack[]>();
  for (const track of Object.values(tracks)) {
    const present = byPeer.get(track.peerId);
    if (present) present.push(track);
    else byPeer.set(track.peerId, [track]);
  }
  return byPeer;
});

/** Level of another person; undefined while the role is unknown. */
export function levelOfPeer(state: Pick<SessionState, 'roles'>, peer: RemotePeer): Level | undefined {
  const role = state.roles[peer.roleName];
  return role && levelOf(role);
}

/** Everyone in the room, ourselves included. */
export function peerCount(state: SessionState): number {
  return state.room.peerCount ?? peersInOrder(state.peers).length + 1;
}

/** People who watch: everyone in the room but those on stage. */
export function viewerCount(state: SessionState): number {
  if (state.room.countsByRole) {
    return sum(
      Object.entries(state.room.countsByRole).filter(([roleName]) => {
        const role = state.roles[roleName];
        return !role || levelOf(role) !== 'stage';
      }),
    );
  }
  let onStage = state.self.level === 'stage' ? 1 : 0;
  let others = 0;
  for (const [roleName, count] of countsByRole(state.peers)) {
    others += count;
    const role = state.roles[roleName];
    if (role && levelOf(role) === 'stage') onStage += count;
  }
  return Math.max(0, Math.max(state.room.peerCount ?? 0, others + 1) - onStage);
}

function sum(counts: readonly (readonly [string, number])[]): number {
  return counts.reduce((total, [, count]) => total + count, 0);
}

/**
 * Those of whom we know that their hand is up, in the order in which it went up, by id where that is the same: everybody
 * has the same order. Not ourselves.
 */
export const raisedHands = derived((peers: SessionState['peers']): readonly RemotePeer[] =>
  Object.values(peers)
    .filter(({ groups }) => groups.includes(HAND_RAISED))
    .sort((a, b) => (a.handRaisedAt ?? 0) - (b.handRaisedAt ?? 0) || (a.id < b.id ? -1 : 1)),
);

/** Polls that have begun, the newest first, after those that have not. */
export const pollsInOrder = derived((polls: SessionState['polls']): readonly Poll[] =>
  Object.values(polls).sort((a, b) => Number(startOf(b) > startOf(a)) - Number(startOf(b) < startOf(a))),
);

function startOf({ status, startedAt }: Poll): number {
  return status === 'created' ? Number.POSITIVE_INFINITY : startedAt;
}

/** Whether our role may answer in a poll. */
export function mayAnswer(state: Pick<SessionState, 'self'>, poll: Poll): boolean {
  const { role } = state.self;
  return role !== undefined && (poll.voters.length === 0 || poll.voters.includes(role.name));
}

/** What we may do with the whiteboard. */
export const boardRights = derivedFrom(
  ({ board, self }) => ({ roles: board.roles, owner: board.owner, name: self.role?.name ?? '', peerId: self.peerId }),
  ({ roles, owner, name, peerId }): BoardRights => {
    const canOpen = roles?.admin.includes(name) ?? false;
    const canDraw = canOpen || (roles?.writer.includes(name) ?? false);
    const canSee = canDraw || (roles?.reader.includes(name) ?? false);
    return { canOpen, canClose: canOpen || owner?.peerId === peerId, canDraw, canSee };
  },
);

/** The track of this kind and source; `source` is `regular` for camera and microphone. */
export function trackOfPeer(
  state: Pick<SessionState, 'tracks'>,
  peerId: string,
  kind: 'audio' | 'video',
  source = 'regular',
): RemoteTrack | undefined {
  return tracksOfPeer(state, peerId, kind, source)[0];
}

function tracksOfPeer(
  state: Pick<SessionState, 'tracks'>,
  peerId: string,
  kind: 'audio' | 'video',
  source: string,
): readonly RemoteTrack[] {
  const tracks = tracksByPeer(state.tracks).get(peerId) ?? [];
  return tracks.filter((track) => track.kind === kind && track.source === source);
}

/** Pictures of all screens that a person shares, in the order in which they were begun. */
export function screensOfPeer(state: Pick<SessionState, 'tracks'>, peerId: string): readonly RemoteTrack[] {
  return tracksOfPeer(state, peerId, 'video', 'screen');
}

/** Whether others see or hear the device, now or in a moment: what its button shows as on. */
export function isCapturing({ status }: Pick<CaptureState, 'status'>): boolean {
  return status === 'on' || status === 'starting';
}
