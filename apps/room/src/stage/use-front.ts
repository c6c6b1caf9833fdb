import { SPOTLIGHT } from '@amphi/client';
import { useRole, useSessionValue } from '@amphi/react';
import { useMemo, useState } from 'react';
import { useLook } from '../look/look.tsx';
import { useAttempt } from '../page/use-attempt.ts';
import { useWords } from '../words/speaking.tsx';
import type { StageTile } from './stage-items.ts';

/** Who is shown large, by somebody's wish. */
export interface Front {
  /** Tile in front; undefined where nobody has chosen. */
  readonly id: string | undefined;
  readonly pinnedId: string | undefined;
  /** Peer id of whom everyone is shown large. */
  readonly spotlightId: string | undefined;
  readonly maySpotlight: boolean;
  /** For ourselves; undefined lets go. */
  readonly pin: (tileId: string | undefined) => void;
  /** For everyone; undefined lets go. */
  readonly spotlight: (peerId: string | undefined) => void;
}

/** Our own pin goes before the spotlight, which those who run the room set for everyone. */
export function useFront(tiles: readonly StageTile[]): Front {
  const words = useWords();
  const attempt = useAttempt();
  const { can } = useRole();
  const { spotlight: isOffered = true } = useLook();
  const maySpotlight = can('changeRole') && isOffered;
  const [pinned, pin] = useState<string>();
  const [spotlit, setSpotlit] = useSessionValue(SPOTLIGHT);
  const pinnedId = has(tiles, pinned) ? pinned : undefined;
  const spotlightId = has(tiles, spotlit) ? spotlit : undefined;
  return useMemo(
    () => ({
      id: pinnedId ?? spotlightId,
      pinnedId,
      spotlightId,
      maySpotlight,
      pin,
      spotlight: (peerId) => attempt(words.failed.spotlight, setSpotlit(peerId)),
    }),
    [pinnedId, spotlightId, maySpotlight, attempt, setSpotlit, words],
  );
}

function has(tiles: readonly StageTile[], id: string | undefined): boolean {
  return id !== undefined && tiles.some((tile) => tile.id === id);
}
