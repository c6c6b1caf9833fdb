import type { ChatMessage, Recipients, SessionState } from '@amphi/client';
import { isolate } from '@amphi/ui';
import type { Words } from '../words/words.ts';

/** To whom one can write. */
export interface RecipientChoice {
  /** Stands for the recipients in lists. */
  readonly id: string;
  readonly label: string;
  readonly recipients: Recipients;
}

/** So many people are offered by name; to others one writes from a message of theirs. */
const PEOPLE_OFFERED = 50;

export const EVERYONE: Recipients = { to: 'everyone' };

/** Everyone, then those who have a role, then people by name. Roles that nobody is seen to have are left out. */
export function recipientChoices(state: Pick<SessionState, 'peers' | 'room'>): {
  readonly roles: readonly RecipientChoice[];
  readonly people: readonly RecipientChoice[];
} {
  const peers = Object.values(state.peers);
  const counted = Object.entries(state.room.countsByRole ?? {}).flatMap(([name, count]) => (count > 0 ? [name] : []));
  const roles = [...new Set([...peers.map(({ roleName }) => roleName), ...counted])]
    .filter((name) => name !== '' && !name.startsWith('__'))
    .sort((a, b) => a.localeCompare(b));
  const people = peers
    .filter(({ name }) => name !== '')
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, PEOPLE_OFFERED);
  return {
    roles: roles.map((name) => ({ id: `role ${name}`, label: name, recipients: { to: 'roles', roles: [name] } })),
    people: people.map(({ id, name }) => ({
      id: `peer ${id}`,
      label: name,
      recipients: { to: 'peer', peerId: id },
    })),
  };
}

/** Whom a message went to, in words for its head; undefined for everyone. */
export function addresseeOf(
  { chat, comma }: Words,
  message: ChatMessage,
  nameOf: (peerId: string) => string | undefined,
): string | undefined {
  const { recipients, sender } = message;
  switch (recipients.to) {
    case 'everyone':
      return undefined;
    case 'roles':
      return chat.toRoles(recipients.roles.map(isolate).join(comma));
    case 'peer': {
      if (!sender.isSelf) return chat.toYou;
      const name = nameOf(recipients.peerId);
      return name ? chat.toPerson(isolate(name)) : chat.toGone;
    }
  }
}

/** The way to answer the sender alone; undefined for our own messages and those of the room itself. */
export function answerTo({ sender }: ChatMessage): Recipients | undefined {
  return sender.isSelf || sender.peerId === undefined ? undefined : { to: 'peer', peerId: sender.peerId };
}
