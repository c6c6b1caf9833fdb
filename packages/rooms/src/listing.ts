import { levelOf, type Role } from '@amphi/protocol';
import { isPermitted } from './roles.ts';
import type { Member, Session } from './session.ts';

/**
 * Who is listed to whom. Everyone knows those on stage. Of the others, the first `maxListed` that came know each other:
 * that is everyone in a small room, and in a large one a sample that does not change under one's eyes. Whoever is in a
 * group (has raised a hand) is known to those who may call it to another role. All else of the audience is numbers;
 * names are had by request (client protocol, 8.5).
 */
export function isListed(viewer: Member, member: Member): boolean {
  return viewer !== member && isKnownTo(viewer, audienceKeyOf(member));
}

/** What of a member decides who knows it. */
export type AudienceKey = 'nobody' | 'everyone' | 'sample' | 'callers' | 'sample and callers';

export function audienceKeyOf(member: Member): AudienceKey {
  if (member.hidden) return 'nobody';
  if (isOnStage(member.role)) return 'everyone';
  if (member.groups.size > 0) return member.isSampled ? 'sample and callers' : 'callers';
  return member.isSampled ? 'sample' : 'nobody';
}

function isKnownTo(viewer: Member, key: AudienceKey): boolean {
  switch (key) {
    case 'everyone':
      return true;
    case 'sample':
      return viewer.isSampled;
    case 'callers':
      return mayCall(viewer.role);
    case 'sample and callers':
      return viewer.isSampled || mayCall(viewer.role);
    default:
      return false;
  }
}

/** To be called when a member is new, has another role, or is in other groups: so that nobody looks for it among thousands. */
export function indexAudience(session: Session, member: Member): void {
  if (audienceKeyOf(member) === 'nobody') session.listable.delete(member);
  else session.listable.add(member);
}

/** All who are listed to anybody, in the order of joining. */
export function listableMembers(session: Session): Member[] {
  return [...session.listable].sort((a, b) => a.serial - b.serial);
}

/** Whether peers of the role are people whom others come to see and hear. */
export function isOnStage(role: Role): boolean {
  return levelOf(role) === 'stage';
}

/** Whether peers of the role may bring others to the stage. */
export function mayCall(role: Role): boolean {
  return isPermitted(role, 'changeRole');
}

/** Ids of those to whom `member` is listed; never its own. */
export function listersOf(session: Session, member: Member): string[] {
  const ids: string[] = [];
  const key = audienceKeyOf(member);
  if (key === 'nobody') return ids;
  for (const viewer of session.members.values()) {
    if (viewer !== member && isKnownTo(viewer, key)) ids.push(viewer.peerId);
  }
  return ids;
}

/** How many are told when a peer of the role comes. */
export function toldOfNewcomer(session: Session, role: Role): number {
  if (isOnStage(role)) return session.members.size;
  return isSampleOpen(session) ? session.sample.size : 0;
}

/** How many are told at most when the peer enters a group, or leaves one. */
export function toldOfGroups(session: Session, member: Member): number {
  if (isOnStage(member.role)) return session.members.size;
  let told = 0;
  for (const viewer of session.members.values()) {
    if (mayCall(viewer.role) || (viewer.isSampled && member.isSampled)) told += 1;
  }
  return told;
}

/** Whether a newcomer is one of the sample. */
export function isSampleOpen(session: Session): boolean {
  return session.sample.size < session.settings.maxListed;
}

/**
 * The audiences of many members, each made once. They hold the member itself where it is of its own audience: it is to be
 * left out (`except`).
 */
export class Audiences {
  readonly #session: Session;
  readonly #byKey = new Map<AudienceKey, { readonly known: readonly string[]; readonly others: readonly string[] }>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Who knows members with the key, and who does not. */
  of(key: AudienceKey): { readonly known: readonly string[]; readonly others: readonly string[] } {
    const made = this.#byKey.get(key);
    if (made) return made;
    const known: string[] = [];
    const others: string[] = [];
    for (const viewer of this.#session.members.values()) {
      (isKnownTo(viewer, key) ? known : others).push(viewer.peerId);
    }
    const audience = { known, others };
    this.#byKey.set(key, audience);
    return audience;
  }
}
