import { useConnection } from '@amphi/react';
import { IconButton, Menu, MenuItem } from '@amphi/ui';
import { SmilePlus } from 'lucide-react';
import { useWords } from '../words/speaking.tsx';
import { REACTIONS, type Reaction } from './reactions.ts';

/** Ten feelings; the menu stays open for more of them. */
export function ReactionButton({ onReact }: { readonly onReact: (reaction: Reaction) => void }) {
  const words = useWords();
  const { status } = useConnection();
  return (
    <Menu
      trigger={
        <IconButton
          label={words.reactions.react}
          icon={<SmilePlus />}
          disabled={status !== 'joined'}
          data-testid="reactions-open"
        />
      }
    >
      <div className="grid grid-cols-5 gap-0.5">
        {REACTIONS.map((reaction) => (
          <MenuItem
            key={reaction.id}
            staysOpen
            aria-label={words.reactions.names[reaction.id]}
            textValue={words.reactions.names[reaction.id]}
            onSelect={() => onReact(reaction)}
            className="size-11 justify-center px-0 text-2xl"
            data-testid={`reaction-${reaction.id}`}
          >
            {reaction.glyph}
          </MenuItem>
        ))}
      </div>
    </Menu>
  );
}
