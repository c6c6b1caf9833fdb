import type { NotificationParams } from '@amphi/protocol';
import { type Effect, type Effects, notify } from './effects.ts';
import { type Member, type Session, sees } from './session.ts';

export interface SpeakerLevel {
  readonly peerId: string;
  readonly trackId: string;
  /** 1–100. */
  readonly level: number;
}

/**
 * Tells everyone who speaks, loudest first, of those it hears and of itself. A listener that is shown nobody is told
 * once when it becomes quiet, not again.
 */
export function updateSpeakers(session: Session, levels: readonly SpeakerLevel[]): Effects {
  if (session.ended) return [];
  const speaking = levels.flatMap((level) => {
    const member = session.members.get(level.peerId);
    return member?.tracks.has(level.trackId) ? [{ level, member }] : [];
  });
  const groups = new Map<string, { readonly listener: Member; readonly to: string[] }>();
  for (const listener of session.members.values()) {
    if (!isListener(listener)) continue;
    // Listeners of a role hear the same, save those who hear themselves.
    const speaks = speaking.some(({ member }) => member === listener);
    const key = speaks ? `peer ${listener.peerId}` : `role ${listener.role.name}`;
    const group = groups.get(key);
    if (group) group.to.push(listener.peerId);
    else groups.set(key, { listener, to: [listener.peerId] });
  }
  const effects: Effect[] = [];
  const shown = new Set<string>();
  for (const { listener, to } of groups.values()) {
    const heard = speaking.filter(({ member }) => member === listener || sees(listener, member));
    const recipients = to.filter((id) => heard.length > 0 || session.speakersShown.has(id));
    if (heard.length > 0) for (const id of to) shown.add(id);
    effects.push(...notify(recipients, 'active-speakers', { 'speaker-list': heard.map(({ level }) => entry(level)) }));
  }
  session.speakersShown.clear();
  for (const id of shown) session.speakersShown.add(id);
  return effects;
}

function isListener(member: Member): boolean {
  return member.role.subscribeParams.subscribeToRoles.length > 0 || member.role.publishParams.allowed.length > 0;
}

function entry(level: SpeakerLevel): NotificationParams<'active-speakers'>['speaker-list'][number] {
  return { peer_id: level.peerId, track_id: level.trackId, level: level.level };
}
