import { useSessionState } from '@amphi/react';
import { MenuItem } from '@amphi/ui';
import { ChartNoAxesColumn, Pin, PinOff, Star, StarOff } from 'lucide-react';
import { isSamePerson, personOf } from '../people/people.ts';
import { PersonMenu } from '../people/person-menu.tsx';
import { useWords } from '../words/speaking.tsx';
import type { Front } from './use-front.ts';

/** What one can do with a person's tile: show it large for oneself or for everyone, and what there is about the person. */
export function TileMenu({
  peerId,
  front,
  hasNumbers,
  onNumbers,
}: {
  readonly peerId: string;
  readonly front: Front;
  readonly hasNumbers: boolean;
  readonly onNumbers: () => void;
}) {
  const words = useWords();
  const person = useSessionState((state) => personOf(state, peerId), isSamePerson);
  if (!person) return null;
  const isPinned = front.pinnedId === peerId;
  const isSpotlit = front.spotlightId === peerId;
  return (
    <div className="absolute top-2 end-2 rounded-full bg-black/65 opacity-0 group-focus-within/tile:opacity-100 group-hover/tile:opacity-100 has-data-[state=open]:opacity-100 pointer-coarse:opacity-100">
      <PersonMenu person={person} className="text-white! hover:bg-white/15!">
        <MenuItem
          icon={isPinned ? <PinOff /> : <Pin />}
          onSelect={() => front.pin(isPinned ? undefined : peerId)}
          data-testid="tile-pin"
        >
          {isPinned ? words.stage.unpin : words.stage.pin}
        </MenuItem>
        {front.maySpotlight && (
          <MenuItem
            icon={isSpotlit ? <StarOff /> : <Star />}
            onSelect={() => front.spotlight(isSpotlit ? undefined : peerId)}
            data-testid="tile-spotlight"
          >
            {isSpotlit ? words.stage.endSpotlight : words.stage.spotlight}
          </MenuItem>
        )}
        <MenuItem icon={<ChartNoAxesColumn />} onSelect={onNumbers} data-testid="tile-numbers">
          {hasNumbers ? words.stage.hideNumbers : words.stage.showNumbers}
        </MenuItem>
      </PersonMenu>
    </div>
  );
}
