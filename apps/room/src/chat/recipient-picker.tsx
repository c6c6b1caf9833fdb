import type { Recipients, SessionState } from '@amphi/client';
import { useSessionState } from '@amphi/react';
import { classNames, Menu, MenuItem, MenuLabel } from '@amphi/ui';
import { Check, ChevronDown, Lock } from 'lucide-react';
import { useMemo } from 'react';
import { useLook } from '../look/look.tsx';
import { useWords } from '../words/speaking.tsx';
import type { Words } from '../words/words.ts';
import { EVERYONE, type RecipientChoice, recipientChoices } from './recipients.ts';

/** To whom the next message goes. */
export function RecipientPicker({
  recipients,
  onChange,
}: {
  readonly recipients: Recipients;
  readonly onChange: (recipients: Recipients) => void;
}) {
  const words = useWords();
  const label = useSessionState((state) => labelOf(words, recipients, state));
  const isPrivate = recipients.to !== 'everyone';
  const { privateChat = true } = useLook();
  // There is nothing to choose.
  if (!privateChat) return <span />;
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className={classNames(
            'inline-flex min-h-8 max-w-full min-w-0 items-center gap-1 rounded-control px-2 text-sm pointer-coarse:min-h-11',
            isPrivate ? 'bg-accent-wash font-medium text-accent' : 'text-ink-soft hover:bg-sunken',
          )}
          data-testid="chat-recipients"
        >
          {isPrivate && <Lock className="size-3.5 shrink-0" aria-hidden="true" />}
          <span className="shrink-0">{words.chat.to}</span>
          <span className="truncate">
            <bdi>{label}</bdi>
          </span>
          <ChevronDown className="size-4 shrink-0" aria-hidden="true" />
        </button>
      }
    >
      <Choices recipients={recipients} onChange={onChange} />
    </Menu>
  );
}

/** Made only while the menu is open: who is in the room changes often. */
function Choices({
  recipients,
  onChange,
}: {
  readonly recipients: Recipients;
  readonly onChange: (recipients: Recipients) => void;
}) {
  const words = useWords();
  const peers = useSessionState(selectPeers);
  const room = useSessionState(selectRoom);
  const { roles, people } = useMemo(() => recipientChoices({ peers, room }), [peers, room]);
  const item = (choice: RecipientChoice) => (
    <MenuItem key={choice.id} onSelect={() => onChange(choice.recipients)} data-testid="chat-recipient">
      <span className="min-w-0 flex-1 truncate">
        <bdi>{choice.label}</bdi>
      </span>
      {isSame(choice.recipients, recipients) && (
        <Check className="text-accent" aria-label={words.chat.chosen} role="img" />
      )}
    </MenuItem>
  );
  return (
    <>
      {item({ id: 'everyone', label: words.chat.everyone, recipients: EVERYONE })}
      {roles.length > 0 && <MenuLabel>{words.chat.withRole}</MenuLabel>}
      {roles.map(item)}
      {people.length > 0 && <MenuLabel>{words.chat.privately}</MenuLabel>}
      {people.map(item)}
    </>
  );
}

function labelOf({ chat, comma, thisPerson }: Words, recipients: Recipients, state: SessionState): string {
  switch (recipients.to) {
    case 'everyone':
      return chat.everyone;
    case 'roles':
      return recipients.roles.join(comma);
    case 'peer':
      return state.peers[recipients.peerId]?.name || thisPerson;
  }
}

function isSame(a: Recipients, b: Recipients): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const selectPeers = (state: SessionState) => state.peers;
const selectRoom = (state: SessionState) => state.room;
