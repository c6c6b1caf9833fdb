import type { ChatMessage, FoundPeer, Recipients, RemotePeer, SelfState } from '@amphi/client';

/** People that are offered at once. */
export const MENTIONS_OFFERED = 8;
/** People whom one message can name, as the server takes them. */
export const MAX_MENTIONS = 20;
/** What is longer is a sentence, not the beginning of a name. */
const MAX_QUERY = 40;

/** A name that is being typed: from its "@" to the caret. */
export interface OpenMention {
  readonly start: number;
  readonly end: number;
  /** What is there of the name. */
  readonly query: string;
}

export type Mentionable = Pick<FoundPeer, 'id' | 'name' | 'roleName'>;

/** A letter, digit or sign of a word, before which an "@" is part of an address, and after which a name goes on. */
const WORD = /[\p{L}\p{N}\p{M}_]/u;

/**
 * The name that is being typed at the caret, if one is. A name can have spaces in it, but does not end with one: after a
 * chosen name one goes on writing.
 */
export function openMention(text: string, caret: number): OpenMention | undefined {
  const start = text.slice(0, caret).lastIndexOf('@');
  if (start < 0 || caret - start - 1 > MAX_QUERY) return undefined;
  if (WORD.test(characterBefore(text, start))) return undefined;
  const query = text.slice(start + 1, caret);
  if (/\n|^\s|\s$/u.test(query)) return undefined;
  return { start, end: caret, query };
}

/** The text with the name in place of what there was of it, and where one goes on. */
export function withMention(text: string, { start, end }: OpenMention, name: string): { text: string; caret: number } {
  const rest = text.slice(end);
  const named = `${text.slice(0, start)}@${name}${/^\s/u.test(rest) ? '' : ' '}`;
  return { text: named + rest, caret: named.length + (/^\s/u.test(rest) ? 1 : 0) };
}

/** Those who would get the message and have a name with a word that begins so; whose name itself begins so comes first. */
export function mentionsOffered(
  people: readonly Mentionable[],
  query: string,
  recipients: Recipients,
): readonly Mentionable[] {
  const wanted = query.toLocaleLowerCase();
  const found = people.flatMap((person) => {
    const name = person.name.toLocaleLowerCase();
    if (name.trim() === '' || !gets(person, recipients)) return [];
    const rank = name.startsWith(wanted) ? 0 : name.split(/\s+/u).some((word) => word.startsWith(wanted)) ? 1 : 2;
    return rank < 2 ? [{ person, rank }] : [];
  });
  // Somebody who is listed can be found once more.
  const once = new Map(found.map((entry) => [entry.person.id, entry]));
  return [...once.values()]
    .sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name))
    .slice(0, MENTIONS_OFFERED)
    .map(({ person }) => person);
}

function gets({ id, roleName }: Mentionable, recipients: Recipients): boolean {
  switch (recipients.to) {
    case 'everyone':
      return true;
    case 'roles':
      return recipients.roles.includes(roleName);
    case 'peer':
      return id === recipients.peerId;
  }
}

/** Ids of the chosen whose names are still in the text. */
export function mentionedIn(text: string, chosen: readonly Pick<RemotePeer, 'id' | 'name'>[]): readonly string[] {
  const ids = chosen.flatMap(({ id, name }) => (placesOf(text, name).length > 0 ? [id] : []));
  return [...new Set(ids)].slice(0, MAX_MENTIONS);
}

/** Whether another's message names us: as its sender has chosen, or, where they could not choose, by our name. */
export function namesUs(
  { sender, mentions, text }: Pick<ChatMessage, 'sender' | 'mentions' | 'text'>,
  self: Pick<SelfState, 'peerId' | 'name'>,
): boolean {
  if (sender.isSelf) return false;
  return mentions ? mentions.includes(self.peerId) : placesOf(text, self.name).length > 0;
}

/** Where "@name" stands in the text, as words of their own, whatever the case. */
export function placesOf(text: string, name: string): readonly { readonly start: number; readonly end: number }[] {
  const trimmed = name.trim();
  if (trimmed === '') return [];
  const wanted = new RegExp(`@${escaped(trimmed)}`, 'giu');
  return [...text.matchAll(wanted)].flatMap(({ 0: found, index }) => {
    const end = index + found.length;
    const isWord = !WORD.test(characterBefore(text, index)) && !WORD.test([...text.slice(end, end + 2)][0] ?? '');
    return isWord ? [{ start: index, end }] : [];
  });
}

function characterBefore(text: string, index: number): string {
  return [...text.slice(Math.max(0, index - 2), index)].at(-1) ?? '';
}

function escaped(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}
