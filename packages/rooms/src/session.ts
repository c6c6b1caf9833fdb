import type { Millis } from '@amphi/base';
import {
  type BoardRoles,
  type HlsDestination,
  type Peer,
  type PeerInfo,
  PublicError,
  type Role,
  type TrackState,
} from '@amphi/protocol';
import type { Board } from './board-state.ts';
import { type ChatHistory, emptyHistory } from './history-state.ts';
import { isOutputRunning, type OutputKind, type OutputState } from './output-state.ts';
import type { Poll } from './poll-state.ts';
import { hasMedia, isPermitted, type Permission, subscribesTo } from './roles.ts';
import { emptyStore, type SessionStore } from './store-state.ts';
import { isRunning, type StreamState } from './stream-state.ts';

/** How long a peer without a socket stays in the session (client protocol, 3.6: clients try for 60 s). */
export const GRACE_MS: Millis = 60_000;
/** After so long without a socket others are told: shorter losses are mended by a reconnect that nobody need notice. */
export const ABSENCE_TOLD_MS: Millis = 4_000;
/** For so long nobody else gets the seat of an absent peer: its owner opens the page again within this time. */
export const SEAT_KEPT_MS: Millis = 20_000;

/** What a session takes from its room when it begins, and keeps until it ends: changes count from the next session on. */
export interface SessionSettings {
  readonly sessionId: string;
  readonly roomId: string;
  readonly roomName: string;
  readonly description: string;
  /** Most visible peers at a time; 0 = no limit. */
  readonly maxPeers: number;
  /** Peers that are listed to each other though they are not on stage; beyond them the audience is numbers (`listing.ts`). */
  readonly maxListed: number;
  /** Names and metadata of all peers together, as JSON; `FREE_METADATA_BYTES` for each come on top. */
  readonly maxMetadataBytes: number;
  readonly templateId: string;
  readonly startedAt: Millis;
  /** Ids of messages and one-time tokens of role change requests; unguessable. */
  readonly newId: () => string;
}

/** What a template says of its streams, by name. */
export type Destinations = Readonly<Record<string, HlsDestination>>;

/**
 * `away`: the socket is lost; the peer keeps everything until the grace time is over. At first nobody is told
 * (`unnoticed`); then its tracks are shown as muted (`absent`); then its seat goes to whoever needs one (`yielding`).
 */
export type Presence =
  | { readonly state: 'connected' }
  | { readonly state: 'away'; readonly since: Millis; readonly phase: 'unnoticed' | 'absent' | 'yielding' };

/** One user's presence. Owned by the session; other code gets `PeerInfo` and `Peer`. */
export interface Member {
  readonly peerId: string;
  /** In the order of joining; of the session. */
  readonly serial: number;
  readonly userId: string;
  /**
   * Whose messages it may read that were for one person, also when it is another peer by then. A user id that a back end
   * has signed; else its token, as anyone may claim a user id with a room code.
   */
  readonly identity: string;
  /** Same for all peers that came with the same token; see `isOwnerOf`. */
  readonly bearer: string;
  /** The composing peer: in no list, count or message, and told only what it composes. */
  readonly hidden: boolean;
  readonly joinedAt: Millis;
  /** One of those that are listed to each other (`listing.ts`); the hidden peer is shown them, and counts not. */
  readonly isSampled: boolean;
  name: string;
  data: string;
  /** Of `name` and `data` (`metadataBytes`). */
  metadataBytes: number;
  role: Role;
  /** One of its roles had media: it may have connections, and offers on their way. */
  hadMedia: boolean;
  presence: Presence;
  /** By track id; changed by `keepTrack` and `dropTrack` only. */
  readonly tracks: Map<string, TrackState>;
  /** When each of them was published, by track id. */
  readonly trackStarts: Map<string, Millis>;
  /** Keys of the session store that it is told of. */
  readonly listens: Set<string>;
  /** Names of the groups it is in; `_handraise` is a raised hand. */
  readonly groups: Set<string>;
  /** Undefined while its hand is down. */
  handRaisedAt: Millis | undefined;
  /** Open requests to change its role, oldest first. */
  readonly roleOffers: RoleChangeOffer[];
}

/** An invitation to another role that its target may accept once, until it expires. */
export interface RoleChangeOffer {
  readonly token: string;
  readonly role: string;
  readonly requestedBy: string;
  readonly expiresAt: Millis;
}

/** Somebody ended the session for everyone. */
export interface Ending {
  /** A peer; empty for a back end. */
  readonly by: string;
  readonly reason: string;
  /** Nobody may come in again. */
  readonly lock: boolean;
}

/**
 * One live run of a room as a value. Only the functions of this package change it; they decide synchronously,
 * read no clock, and return what is to happen as effects.
 */
export interface Session {
  readonly settings: SessionSettings;
  /** By name, as the template has them now; those in `retiredRoles`, too. Changed by `changeRolesOfTemplate` only. */
  roles: Readonly<Record<string, Role>>;
  /** Roles that are gone from the template, and that somebody here still has. */
  retiredRoles: ReadonlySet<string>;
  readonly members: Map<string, Member>;
  /** Members with tracks. */
  readonly publishers: Set<Member>;
  /** Visible members that are listed to each other. */
  readonly sample: Set<Member>;
  /** Members whose socket is lost. */
  readonly away: Set<Member>;
  /** How many visible members have each role that somebody has. */
  readonly holders: Map<Role, number>;
  /** Members that are listed to anybody at all; of a large audience few are. Kept by `indexAudience`. */
  readonly listable: Set<Member>;
  /** Not everyone is listed to everyone, or has not been (`listing.ts`). Once so, it stays so. */
  isLarge: boolean;
  /** Peers that have speakers on display (see `speakers.ts`). */
  readonly speakersShown: Set<string>;
  /** As they were when a stream was last asked for, so that an owner's change counts from the next start on. */
  destinations: Destinations;
  stream: StreamState;
  outputs: Readonly<Record<OutputKind, OutputState>>;
  readonly store: SessionStore;
  /** Absent in rooms that keep no chat. */
  readonly history?: ChatHistory;
  /** By id, in the order of making. */
  readonly polls: Map<string, Poll>;
  /** By what roles may do with the whiteboard. Changed when one of them gets another name. */
  boardRoles: BoardRoles;
  /** The whiteboard, open or closed; absent before it was first opened. */
  board?: Board;
  /** Of the member that joined last. */
  lastSerial: number;
  ended: boolean;
  /** How it was ended for everyone; absent when it ended by itself. */
  ending?: Ending;
}

export function createSession(
  options: SessionSettings & {
    readonly destinations: Destinations;
    readonly roles: Readonly<Record<string, Role>>;
    /** Default: nobody may do anything with the whiteboard. */
    readonly boardRoles?: BoardRoles | undefined;
    /** The chat is kept, for so many days; see `ChatHistory`. */
    readonly chatHistory?: { readonly days: number } | undefined;
  },
): Session {
  const { destinations, roles, boardRoles, chatHistory, ...settings } = options;
  return {
    settings,
    roles,
    retiredRoles: new Set(),
    destinations,
    members: new Map(),
    publishers: new Set(),
    sample: new Set(),
    away: new Set(),
    holders: new Map(),
    listable: new Set(),
    isLarge: false,
    speakersShown: new Set(),
    stream: { phase: 'none' },
    outputs: { browser: { phase: 'none' }, hls: { phase: 'none' }, rtmp: { phase: 'none' }, tracks: { phase: 'none' } },
    store: emptyStore(),
    ...(chatHistory && { history: emptyHistory(chatHistory.days) }),
    polls: new Map(),
    boardRoles: boardRoles ?? { admin: [], writer: [], reader: [] },
    lastSerial: 0,
    ended: false,
  };
}

/** @throws PublicError 410 when the peer is not, or no longer, in the session */
export function memberOf(session: Session, peerId: string): Member {
  const member = session.members.get(peerId);
  if (!member) throw new PublicError(410, `peer ${peerId} is not in this session`);
  if (session.ended) throw new PublicError(410, 'the session has ended');
  return member;
}

/** @throws PublicError 403 */
export function requirePermission(member: Member, permission: Permission): void {
  if (isPermitted(member.role, permission)) return;
  throw new PublicError(403, `role ${member.role.name} does not have the permission ${permission}`);
}

/** A role that peers may have here, by name. @throws PublicError 404 */
export function roleNamed(session: Session, name: string): Role {
  const role = Object.hasOwn(session.roles, name) ? session.roles[name] : undefined;
  if (!role) throw unknownRole(session, name);
  return role;
}

/** A role that a peer can be given: one of the template. @throws PublicError 404 */
export function roleToGive(session: Session, name: string): Role {
  if (session.retiredRoles.has(name)) throw unknownRole(session, name);
  return roleNamed(session, name);
}

/** Whether a newcomer may come with the role. */
export function isRoleOfTemplate(session: Session, name: string): boolean {
  return Object.hasOwn(session.roles, name) && !session.retiredRoles.has(name);
}

function unknownRole({ roles, retiredRoles }: Session, name: string): PublicError {
  const known = Object.keys(roles).filter((one) => !retiredRoles.has(one));
  return new PublicError(404, `role: "${name}" is not a role of this template (${known.join(', ')})`);
}

/** A visible peer by id. @throws PublicError 404 */
export function visibleMember(session: Session, peerId: string): Member {
  const member = session.members.get(peerId);
  if (!member || member.hidden) throw new PublicError(404, `no peer ${peerId} in this session`);
  return member;
}

/** By which destination the stage is composed now; undefined while it is not. */
export function composedBy({ stream, outputs, destinations }: Session): HlsDestination | undefined {
  if (isRunning(stream)) return destinations[stream.destination];
  const running = [outputs.browser, outputs.hls, outputs.rtmp].find(isOutputRunning);
  return running && destinations[running.destination];
}

/** Everyone that is counted and listed. */
export function visibleMembers(session: Session): Member[] {
  return [...session.members.values()].filter((member) => !member.hidden);
}

export function addMember(session: Session, member: Member): void {
  session.members.set(member.peerId, member);
  countHolder(session, member, 1);
  if (member.isSampled && !member.hidden) session.sample.add(member);
}

export function removeMember(session: Session, member: Member): void {
  if (session.members.delete(member.peerId)) countHolder(session, member, -1);
  session.publishers.delete(member);
  session.sample.delete(member);
  session.listable.delete(member);
  session.away.delete(member);
}

/** The member has another role from now on; nobody is told of it here. */
export function giveRole(session: Session, member: Member, role: Role): void {
  countHolder(session, member, -1);
  member.role = role;
  member.hadMedia ||= hasMedia(role);
  countHolder(session, member, 1);
}

function countHolder({ holders }: Session, { hidden, role }: Member, change: 1 | -1): void {
  if (hidden) return;
  const count = (holders.get(role) ?? 0) + change;
  if (count > 0) holders.set(role, count);
  else holders.delete(role);
}

/** @param now for one that is new: it is published from now on */
export function keepTrack(session: Session, member: Member, track: TrackState, now?: Millis): void {
  member.tracks.set(track.track_id, track);
  if (now !== undefined) member.trackStarts.set(track.track_id, now);
  session.publishers.add(member);
}

export function dropTrack(session: Session, member: Member, trackId: string): void {
  member.tracks.delete(trackId);
  member.trackStarts.delete(trackId);
  if (member.tracks.size === 0) session.publishers.delete(member);
}

/** Whether `viewer` is to see and hear `publisher`. Never itself. */
export function sees(viewer: Member, publisher: Member): boolean {
  return viewer !== publisher && !publisher.hidden && subscribesTo(viewer.role, publisher.role);
}

/** Ids of those who are to see and hear `publisher`. */
export function viewersOf(session: Session, publisher: Member): string[] {
  const ids: string[] = [];
  for (const viewer of session.members.values()) if (sees(viewer, publisher)) ids.push(viewer.peerId);
  return ids;
}

export function infoOf(member: Member): PeerInfo {
  return {
    peer_id: member.peerId,
    role: member.role.name,
    groups: [...member.groups],
    ...(member.handRaisedAt !== undefined && { hand_raised_at: member.handRaisedAt }),
    info: { name: member.name, data: member.data, user_id: member.userId, type: 'regular' },
  };
}

/** Whether others have been told that the peer is away. */
export function isAbsent({ presence }: Member): boolean {
  return presence.state === 'away' && presence.phase !== 'unnoticed';
}

/** A track as others are told of it: nothing of a peer that is absent is seen or heard. */
export function toldTrack(owner: Member, track: TrackState): TrackState {
  return isAbsent(owner) && !track.mute ? { ...track, mute: true } : track;
}

/** By track id, as the protocol has them. */
export function toldTracks(owner: Member, tracks: Iterable<TrackState>): Record<string, TrackState> {
  return Object.fromEntries([...tracks].map((track) => [track.track_id, toldTrack(owner, track)]));
}

/** `member` as `viewer` may know it: with the tracks it is to be sent. */
export function peerFor(viewer: Member, member: Member): Peer {
  return {
    ...infoOf(member),
    joined_at: member.joinedAt,
    // Public clients drop peers without it (client protocol, 8.1).
    realtime: true,
    tracks: sees(viewer, member) ? toldTracks(member, member.tracks.values()) : {},
  };
}

/** Numbers of `session-info`; the hidden peer counts nowhere. */
export function countsOf(session: Session): {
  readonly peerCount: number;
  readonly trackCount: number;
  readonly peersByRole: Readonly<Record<string, number>>;
} {
  let peerCount = 0;
  const peersByRole: Record<string, number> = {};
  for (const [{ name }, count] of session.holders) {
    peerCount += count;
    peersByRole[name] = (peersByRole[name] ?? 0) + count;
  }
  let trackCount = 0;
  for (const { hidden, tracks } of session.publishers) if (!hidden) trackCount += tracks.size;
  return { peerCount, trackCount, peersByRole };
}
